//! Counts what the calling thread allocates.

use genai_tests::support::alloc::{Calls, Counted};

#[global_allocator]
static ALLOCATOR: Counted<Calls> = Counted(Calls);

/// How often `f` allocates (or grows an allocation), and how many bytes.
pub(crate) fn during(f: impl FnOnce()) -> (u64, u64) {
    let (count, bytes) = Calls::so_far();
    f();
    let (count_after, bytes_after) = Calls::so_far();
    (count_after - count, bytes_after - bytes)
}
