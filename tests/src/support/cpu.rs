//! The CPU time of a thread, which other programs do not lengthen.

/// Nanoseconds that the calling thread has run.
#[allow(unsafe_code, reason = "the clock has no safe function in std")]
pub fn nanos() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the clock writes to the place that it is given, which lives as long.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or_default()
}
