//! Work of others that may hang, within one deadline: closures go in, whether all of them ended well comes out.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::guard::guard;

/// Work that says whether it went well.
pub(crate) type Work = Box<dyn FnOnce() -> bool + Send>;

/// Runs what is in one stage side by side, each on a thread of its own, and waits `deadline` at most.
///
/// A stage starts when the stages before it have ended, and at the latest when its share of the deadline begins: what hangs
/// holds the later ones up for so long only, and is left behind when the deadline is over.
pub(crate) fn in_stages<const N: usize>(stages: [Vec<Work>; N], deadline: Duration) -> bool {
    let began = Instant::now();
    let share = deadline / u32::try_from(N.max(1)).unwrap_or(u32::MAX);
    let (sender, receiver) = mpsc::channel();
    let mut is_well = true;
    let mut running = 0_usize;
    let mut until = Duration::ZERO;
    for (at, stage) in stages.into_iter().enumerate() {
        for work in stage {
            let sender = sender.clone();
            let thread = std::thread::Builder::new()
                .name("genai-flush".to_owned())
                .spawn(move || {
                    // Nobody waits any more once the deadline is over.
                    let _ = sender.send(guard(work).unwrap_or(false));
                });
            match thread {
                Ok(_) => running += 1,
                Err(_) => is_well = false,
            }
        }
        until = if at + 1 == N {
            deadline
        } else {
            until.saturating_add(share)
        };
        while running > 0 {
            match receiver.recv_timeout(until.saturating_sub(began.elapsed())) {
                Ok(went_well) => {
                    is_well &= went_well;
                    running -= 1;
                }
                Err(_) => break,
            }
        }
    }
    is_well && running == 0
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn hang() -> Work {
        Box::new(|| {
            std::thread::sleep(Duration::from_secs(30));
            true
        })
    }

    fn says(answer: bool) -> Work {
        Box::new(move || answer)
    }

    #[test]
    fn all_is_well_when_each_is() {
        let long = Duration::MAX;
        assert!(in_stages([vec![], vec![]], long));
        assert!(in_stages(
            [vec![says(true), says(true)], vec![says(true)]],
            long
        ));
        assert!(!in_stages(
            [vec![says(true), says(false)], vec![says(true)]],
            long
        ));
        assert!(!in_stages(
            [vec![Box::new(|| panic!("in a hook"))], vec![]],
            long
        ));
    }

    #[test]
    fn what_hangs_holds_up_nothing_beside_it_and_what_comes_after_it_for_its_share() {
        let deadline = Duration::from_millis(300);
        let done = Arc::new(Mutex::new(Vec::new()));
        let notes = |name: &'static str| -> Work {
            let done = Arc::clone(&done);
            Box::new(move || {
                done.lock().unwrap().push(name);
                true
            })
        };
        let began = Instant::now();
        let stages = [
            vec![hang(), notes("beside")],
            vec![notes("after"), hang()],
            vec![notes("last")],
        ];
        assert!(!in_stages(stages, deadline));
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(*done.lock().unwrap(), ["beside", "after", "last"]);
    }

    #[test]
    fn stages_keep_their_order_where_nothing_hangs() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let slow = |n: u64| -> Work {
            let order = Arc::clone(&order);
            Box::new(move || {
                std::thread::sleep(Duration::from_millis(20 * (3 - n)));
                order.lock().unwrap().push(n);
                true
            })
        };
        let stages = [vec![slow(0)], vec![slow(1)], vec![slow(2)]];
        assert!(in_stages(stages, Duration::from_secs(60)));
        assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
    }
}
