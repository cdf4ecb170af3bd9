//! The time of a start, on both clocks. One read in a busy thread, two otherwise.

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime};

/// How long the wall clock may be derived from the monotonic one: a clock that is being adjusted is off by microseconds at most.
const FRESH: Duration = Duration::from_millis(10);

thread_local! {
    static READ: Cell<Option<(Instant, SystemTime)>> = const { Cell::new(None) };
}

/// Now.
pub(super) fn now() -> (Instant, SystemTime) {
    let now = Instant::now();
    let derived = READ.try_with(|read| {
        let (then, wall) = read.get()?;
        let since = now.checked_duration_since(then)?;
        if since < FRESH {
            wall.checked_add(since)
        } else {
            None
        }
    });
    if let Ok(Some(wall)) = derived {
        return (now, wall);
    }
    let wall = opentelemetry::time::now();
    let _ = READ.try_with(|read| read.set(Some((now, wall))));
    (now, wall)
}

#[cfg(test)]
mod tests {
    use super::now;

    #[test]
    fn both_clocks_advance_alike() {
        let (a, wall_a) = now();
        let (b, wall_b) = now();
        assert_eq!(wall_b.duration_since(wall_a).ok(), Some(b - a));
        std::thread::sleep(super::FRESH);
        let (_, wall) = now();
        let real = opentelemetry::time::now();
        assert!(real.duration_since(wall).is_ok_and(|d| d < super::FRESH));
    }
}
