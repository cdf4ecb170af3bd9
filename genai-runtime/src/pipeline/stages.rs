//! Work of others that may hang, within one timeout: closures go in, what was left undone comes out.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::diag::guard::guard;
use crate::pipeline::hook::Unfinished;

/// Work of one part, such as `traces`.
pub(crate) struct Work {
    pub(crate) part: &'static str,
    pub(crate) run: Box<dyn FnOnce() -> Result<(), Unfinished> + Send>,
}

/// Runs what is in one stage side by side, each on a thread of its own, and waits `timeout` at most.
///
/// A stage starts when the stages before it have ended, and at the latest when its share of the timeout begins: what hangs
/// holds the later ones up for so long only, and is left behind when the timeout is over.
pub(crate) fn in_stages<const N: usize>(
    stages: [Vec<Work>; N],
    timeout: Duration,
) -> Result<(), Unfinished> {
    let began = Instant::now();
    let share = timeout / u32::try_from(N.max(1)).unwrap_or(u32::MAX);
    let (sender, receiver) = mpsc::channel();
    let mut running = Vec::new();
    let mut left = Ok(());
    let mut until = Duration::ZERO;
    for stage in stages {
        for Work { part, run } in stage {
            let (sender, id) = (sender.clone(), running.len());
            let thread = std::thread::Builder::new()
                .name("genai-flush".to_owned())
                .spawn(move || {
                    let result = guard(run).unwrap_or_else(|| Err(panicked(part)));
                    // Nobody waits any more once the timeout is over.
                    let _ = sender.send((id, result));
                });
            running.push(thread.is_ok().then_some(part));
            if thread.is_err() {
                left = both(left, Err(Unfinished::new(part)));
            }
        }
        until = until.saturating_add(share);
        while running.iter().any(Option::is_some) {
            match receiver.recv_timeout(until.saturating_sub(began.elapsed())) {
                Ok((id, result)) => {
                    left = both(left, result);
                    if let Some(part) = running.get_mut(id) {
                        *part = None;
                    }
                }
                Err(_) => break,
            }
        }
    }
    let hanging = running.into_iter().flatten();
    hanging.fold(left, |left, part| both(left, Err(Unfinished::new(part))))
}

fn panicked(part: &'static str) -> Unfinished {
    Unfinished::new(format!("{part} (panicked)"))
}

fn both(one: Result<(), Unfinished>, other: Result<(), Unfinished>) -> Result<(), Unfinished> {
    match (one, other) {
        (Err(one), Err(other)) => Err(one.and(other)),
        (one, other) => one.and(other),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn work(
        part: &'static str,
        run: impl FnOnce() -> Result<(), Unfinished> + Send + 'static,
    ) -> Work {
        Work {
            part,
            run: Box::new(run),
        }
    }

    fn hang(part: &'static str) -> Work {
        work(part, || {
            std::thread::sleep(Duration::from_secs(30));
            Ok(())
        })
    }

    fn parts(result: Result<(), Unfinished>) -> Vec<String> {
        let left = result.err();
        let parts = left.iter().flat_map(Unfinished::parts);
        parts.map(str::to_owned).collect()
    }

    #[test]
    fn what_each_leaves_is_said() {
        let long = Duration::MAX;
        let fine = || work("fine", || Ok(()));
        let fails = || work("fails", || Err(Unfinished::new("3 files")));
        assert_eq!(in_stages([vec![], vec![]], long), Ok(()));
        assert_eq!(
            in_stages([vec![fine(), fine()], vec![fine()]], long),
            Ok(())
        );
        let left = in_stages([vec![fine(), fails()], vec![fine()]], long);
        assert_eq!(parts(left), ["3 files"]);
        let panics = work("hook", || panic!("in a hook"));
        let left = in_stages([vec![panics], vec![fails()]], long);
        assert_eq!(parts(left), ["hook (panicked)", "3 files"]);
    }

    #[test]
    fn what_hangs_holds_up_nothing_beside_it_and_what_comes_after_it_for_its_share() {
        let done = Arc::new(Mutex::new(Vec::new()));
        let notes = |name: &'static str| {
            let done = Arc::clone(&done);
            work(name, move || {
                done.lock().unwrap().push(name);
                Ok(())
            })
        };
        let began = Instant::now();
        let stages = [
            vec![hang("a"), notes("beside")],
            vec![notes("after"), hang("b")],
            vec![notes("last")],
        ];
        let left = in_stages(stages, Duration::from_millis(600));
        assert_eq!(parts(left), ["a", "b"]);
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(*done.lock().unwrap(), ["beside", "after", "last"]);
    }

    #[test]
    fn stages_keep_their_order_where_nothing_hangs() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let slow = |n: u64| {
            let order = Arc::clone(&order);
            work("slow", move || {
                std::thread::sleep(Duration::from_millis(20 * (3 - n)));
                order.lock().unwrap().push(n);
                Ok(())
            })
        };
        let stages = [vec![slow(0)], vec![slow(1)], vec![slow(2)]];
        assert_eq!(in_stages(stages, Duration::from_secs(60)), Ok(()));
        assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
    }
}
