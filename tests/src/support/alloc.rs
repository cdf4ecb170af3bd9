//! Allocators that count. In go a program's allocations; out come how many a thread made, what it holds, and what a process held.
//!
//! A program has one: `#[global_allocator] static ALLOCATOR: Counted<Calls> = Counted(Calls);`

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is done with the sizes of allocations.
pub trait Count {
    fn allocated(&self, bytes: usize);

    fn freed(&self, bytes: usize);

    /// An allocation that becomes larger or smaller, and may be moved.
    fn resized(&self, from: usize, to: usize);
}

/// The system's allocator, counted.
#[derive(Debug)]
pub struct Counted<C>(pub C);

// SAFETY: everything is handed to the system's allocator as it came.
#[allow(unsafe_code)]
unsafe impl<C: Count> GlobalAlloc for Counted<C> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.0.allocated(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.0.allocated(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.0.resized(layout.size(), size);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        self.0.freed(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

thread_local! {
    static CALLS: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

/// Counts how often each thread allocates or resizes, and the bytes it asked for.
#[derive(Debug)]
pub struct Calls;

impl Calls {
    /// The calling thread's so far: how often, and how many bytes.
    pub fn so_far() -> (u64, u64) {
        CALLS.get()
    }

    /// What `f` gives, and how often the calling thread allocates in it.
    pub fn of<T>(f: impl FnOnce() -> T) -> (T, u64) {
        let before = CALLS.get().0;
        let value = f();
        (value, CALLS.get().0 - before)
    }

    /// How often the calling thread allocates in `f`.
    pub fn during(f: impl FnOnce()) -> u64 {
        let before = CALLS.get().0;
        f();
        CALLS.get().0 - before
    }
}

impl Count for Calls {
    #[inline]
    fn allocated(&self, bytes: usize) {
        // A thread that ends may free and allocate after its counters are gone.
        let _ = CALLS.try_with(|calls| {
            let (count, total) = calls.get();
            calls.set((count + 1, total + bytes as u64));
        });
    }

    #[inline]
    fn freed(&self, _: usize) {}

    #[inline]
    fn resized(&self, _: usize, to: usize) {
        self.allocated(to);
    }
}

/// As [`Calls`], and what each thread holds.
#[derive(Debug)]
pub struct Held;

impl Held {
    /// The bytes that the calling thread allocated and did not free.
    pub fn live() -> i64 {
        LIVE.get()
    }

    /// By how many bytes [`live`](Self::live) grows in `f`, where that is most.
    pub fn peak(f: impl FnOnce()) -> i64 {
        let before = LIVE.get();
        PEAK.set(before);
        f();
        PEAK.get() - before
    }

    #[allow(clippy::cast_possible_wrap, reason = "no allocation is that large")]
    fn grow(from: usize, to: usize) {
        // As if the old one went first: what is counted is what is kept.
        let _ = LIVE.try_with(|live| {
            live.set(live.get() + to as i64 - from as i64);
            let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
        });
    }
}

impl Count for Held {
    fn allocated(&self, bytes: usize) {
        Calls.allocated(bytes);
        Self::grow(0, bytes);
    }

    fn freed(&self, bytes: usize) {
        Self::grow(bytes, 0);
    }

    fn resized(&self, from: usize, to: usize) {
        Calls.resized(from, to);
        Self::grow(from, to);
    }
}

static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Counts the bytes that the whole process holds, on whatever thread.
#[derive(Debug)]
pub struct Process;

impl Process {
    /// By how many bytes the process grows in `f`, where that is most.
    pub fn peak(f: impl FnOnce()) -> usize {
        let before = USED.load(Ordering::SeqCst);
        MOST.store(before, Ordering::SeqCst);
        f();
        MOST.load(Ordering::SeqCst) - before
    }
}

impl Count for Process {
    fn allocated(&self, bytes: usize) {
        let used = USED.fetch_add(bytes, Ordering::Relaxed) + bytes;
        MOST.fetch_max(used, Ordering::Relaxed);
    }

    fn freed(&self, bytes: usize) {
        USED.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn resized(&self, from: usize, to: usize) {
        // It may be moved: then both are there for a moment.
        self.allocated(to);
        self.freed(from);
    }
}
