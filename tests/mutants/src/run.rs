//! Test programs go in. Each test is run once with nothing changed, for the changes that it comes by; then a change goes in and is tried
//! with the tests that come by it, those that are likely to notice first, until one fails; what becomes of it comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use crate::build::Program;
use crate::plant::Change;

/// Where rustc's own libraries are, which the tests of a procedural macro need; cargo says that to what it runs.
static LIBRARIES: LazyLock<String> = LazyLock::new(|| {
    let printed = Command::new("rustc")
        .args(["--print", "target-libdir"])
        .output();
    printed.map_or_else(
        |_| String::new(),
        |printed| String::from_utf8_lossy(&printed.stdout).trim().to_owned(),
    )
});

/// A test that takes longer is not tried with: it is about counts, and smaller ones are about the same.
const LONGEST: Duration = Duration::from_secs(12);

/// The time of all tests that a change is tried with. What is not noticed by then is missed: the quick ones come first.
const MOST: Duration = Duration::from_secs(40);

/// How many tests are run first, of those that are likely to notice.
const FIRST: usize = 12;

/// KiB of address space for a test program: a change may make it allocate without end.
const MEMORY: &str = "8000000";

/// What became of a change.
pub enum Fate {
    /// By this test.
    Caught(String),
    NeverEnds,
    /// By so many tests that come by it.
    Missed(usize),
}

struct Test {
    program: usize,
    name: String,
    takes: Duration,
    /// How many changes it comes by.
    reaches: usize,
}

/// The tests, and which come by a change.
pub struct Tests {
    programs: Vec<Program>,
    tests: Vec<Test>,
    by_change: BTreeMap<usize, Vec<usize>>,
    /// How many changes of a file a test has noticed.
    noticed: Mutex<BTreeMap<(String, usize), usize>>,
}

/// How a run of some tests ended.
enum Ended {
    Well,
    /// With this test, or without any that it named.
    Failed(Option<String>),
    Late,
}

impl Tests {
    /// Runs each test with nothing changed. Those that fail are left out. What was found is kept in a file, for as long as the program is
    /// the same.
    pub fn measured(programs: Vec<Program>) -> Result<Self, String> {
        let mut all = Self {
            programs,
            tests: Vec::new(),
            by_change: BTreeMap::new(),
            noticed: Mutex::new(BTreeMap::new()),
        };
        for program in 0..all.programs.len() {
            let began = Instant::now();
            let before = all.tests.len();
            let kept = all.programs[program].path.with_extension("measured");
            let bytes = fs::read(&all.programs[program].path).map_err(|error| error.to_string())?;
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            let sign = hasher.finish().to_string();
            let known = fs::read_to_string(&kept).unwrap_or_default();
            if let Some(lines) = known.strip_prefix(&*sign) {
                for line in lines.lines() {
                    all.add(program, line);
                }
            } else {
                let mut lines = format!("{sign}\n");
                for name in all.names(program)? {
                    if let Some(line) = all.measure(program, &name) {
                        all.add(program, &line);
                        lines += &format!("{line}\n");
                    }
                }
                fs::write(&kept, lines).map_err(|error| error.to_string())?;
            }
            // What the program takes to start it takes once for many.
            let tests = &mut all.tests[before..];
            let start = tests
                .iter()
                .map(|test| test.takes)
                .min()
                .unwrap_or_default();
            for test in tests {
                test.takes = test.takes.saturating_sub(start) + Duration::from_millis(1);
            }
            eprintln!(
                "{}: {} tests, in {:.0} s",
                all.programs[program].path.display(),
                all.tests.len() - before,
                began.elapsed().as_secs_f64()
            );
        }
        Ok(all)
    }

    /// What a program has of tests that are not ignored.
    fn names(&self, program: usize) -> Result<Vec<String>, String> {
        let list = |options: &[&str]| -> Result<BTreeSet<String>, String> {
            let output = self
                .command(program, &[], &["--list", "--format", "terse"])
                .args(options)
                .output()
                .map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
            Ok(names.map(str::to_owned).collect())
        };
        let ignored = list(&["--ignored"])?;
        Ok(list(&[])?.difference(&ignored).cloned().collect())
    }

    /// A line with the name of a test, its microseconds and the numbers of the changes that it comes by; `None` where it fails.
    fn measure(&self, program: usize, name: &str) -> Option<String> {
        let list = self.programs[program].path.with_extension("reached");
        let _ = fs::remove_file(&list);
        let none = u32::MAX.to_string();
        let list_of_all = list.to_string_lossy().into_owned();
        let asks = [
            ("GENAI_MUTANTS_REACHED", &*list_of_all),
            ("GENAI_MUTANT", &none),
        ];
        let began = Instant::now();
        let mut ended = self.run(program, &asks, &[name], LONGEST);
        let mut takes = began.elapsed();
        if matches!(ended, Ended::Failed(_)) {
            // Writing the list is seen by tests that count.
            let began = Instant::now();
            ended = self.run(program, &asks[1..], &[name], LONGEST);
            takes = began.elapsed();
        }
        if !matches!(ended, Ended::Well) {
            let why = if matches!(ended, Ended::Late) {
                "takes long"
            } else {
                "fails"
            };
            eprintln!("{name} {why}: it is left out");
            return None;
        }
        let text = fs::read_to_string(&list).unwrap_or_default();
        let reached: BTreeSet<&str> = text.lines().collect();
        let reached: Vec<&str> = reached.into_iter().collect();
        Some(format!(
            "{name} {} {}",
            takes.as_micros(),
            reached.join(" ")
        ))
    }

    /// Adds a test as such a line says.
    fn add(&mut self, program: usize, line: &str) {
        let mut words = line.split(' ');
        let (Some(name), Some(takes)) = (words.next(), words.next()) else {
            return;
        };
        let at = self.tests.len();
        let mut reaches = 0;
        for change in words.filter_map(|word| word.parse().ok()) {
            self.by_change.entry(change).or_default().push(at);
            reaches += 1;
        }
        self.tests.push(Test {
            program,
            name: name.to_owned(),
            takes: Duration::from_micros(takes.parse().unwrap_or_default()),
            reaches,
        });
    }

    /// How many tests come by a change.
    pub fn reaching(&self, change: &Change) -> usize {
        self.by_change.get(&change.number).map_or(0, Vec::len)
    }

    /// Tries a change.
    pub fn fate(&self, change: &Change) -> Fate {
        let Some(mut order) = self.by_change.get(&change.number).cloned() else {
            return Fate::Missed(0);
        };
        let file = change
            .place
            .split(':')
            .next()
            .unwrap_or_default()
            .to_owned();
        let count = order.len();
        if let Ok(noticed) = self.noticed.lock() {
            order.sort_by_key(|at| {
                let test = &self.tests[*at];
                let noticed = noticed.get(&(file.clone(), *at)).copied();
                let is_slow = test.takes > Duration::from_millis(300);
                (is_slow, usize::MAX - noticed.unwrap_or(0), test.reaches)
            });
        }
        let mut rest = order.split_off(order.len().min(FIRST));
        // The quick ones of all programs, then those that take four times as long.
        rest.sort_by_key(|at| {
            let test = &self.tests[*at];
            (
                (test.takes.as_millis() / 20).max(1).ilog2() / 2,
                test.program,
            )
        });
        let mut left = MOST;
        for part in [order, rest] {
            for batch in self.batches(&part) {
                let takes: Duration = batch.iter().map(|at| self.tests[*at].takes).sum();
                let Some(after) = left.checked_sub(takes) else {
                    break;
                };
                left = after;
                match self.tried(change.number, &batch) {
                    Ended::Well => {}
                    Ended::Late => return Fate::NeverEnds,
                    Ended::Failed(by) => {
                        let at = batch
                            .iter()
                            .find(|at| Some(&self.tests[**at].name) == by.as_ref());
                        if let (Some(at), Ok(mut noticed)) = (at, self.noticed.lock()) {
                            *noticed.entry((file, *at)).or_default() += 1;
                        }
                        return Fate::Caught(
                            by.unwrap_or_else(|| "the program breaks down".to_owned()),
                        );
                    }
                }
            }
        }
        Fate::Missed(count)
    }

    /// Tests of one program each, in their order, which take a second together.
    fn batches(&self, tests: &[usize]) -> Vec<Vec<usize>> {
        let mut batches: Vec<Vec<usize>> = Vec::new();
        let mut takes = Duration::ZERO;
        for at in tests {
            let test = &self.tests[*at];
            match batches.last_mut() {
                Some(last)
                    if last
                        .first()
                        .is_some_and(|first| self.tests[*first].program == test.program)
                        && takes < Duration::from_secs(1) =>
                {
                    last.push(*at);
                }
                _ => {
                    batches.push(vec![*at]);
                    takes = Duration::ZERO;
                }
            }
            takes += test.takes;
        }
        batches
    }

    /// What becomes of these tests of one program with a change. One that fails among others must fail alone too.
    fn tried(&self, change: usize, batch: &[usize]) -> Ended {
        let number = change.to_string();
        let on = [("GENAI_MUTANT", number.as_str())];
        let program = self.tests[batch[0]].program;
        let names: Vec<&str> = batch.iter().map(|at| &*self.tests[*at].name).collect();
        let takes: Duration = batch.iter().map(|at| self.tests[*at].takes).sum();
        let longest = |takes: Duration| Duration::from_secs(8) + 8 * takes;
        let ended = self.run(program, &on, &names, longest(takes));
        let Ended::Failed(Some(name)) = &ended else {
            return ended;
        };
        if names.len() == 1 {
            return ended;
        }
        match self.run(program, &on, &[name], longest(takes)) {
            Ended::Well => {
                eprintln!("{name} fails with others alone");
                let others: Vec<usize> = batch
                    .iter()
                    .copied()
                    .filter(|at| self.tests[*at].name != *name)
                    .collect();
                if others.is_empty() {
                    Ended::Well
                } else {
                    self.tried(change, &others)
                }
            }
            alone => alone,
        }
    }

    fn command(&self, program: usize, variables: &[(&str, &str)], arguments: &[&str]) -> Command {
        let Program { path, folder, .. } = &self.programs[program];
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -v $0; exec \"$@\"", MEMORY])
            .arg(path)
            .args(arguments)
            .current_dir(folder)
            .envs(variables.iter().copied())
            .env("CARGO_MANIFEST_DIR", folder)
            .env("LD_LIBRARY_PATH", &*LIBRARIES)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0);
        command
    }

    /// Runs tests one after the other until one fails.
    fn run(
        &self,
        program: usize,
        variables: &[(&str, &str)],
        names: &[&str],
        longest: Duration,
    ) -> Ended {
        let began = Instant::now();
        let mut command = self.command(program, variables, &["--exact", "--test-threads=1"]);
        let Ok(mut child) = command.args(names).spawn() else {
            return Ended::Failed(None);
        };
        let (say, hear) = mpsc::channel();
        if let Some(out) = child.stdout.take() {
            // It ends with the pipe; a grandchild that keeps that open is not waited for.
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if say.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        loop {
            match hear.recv_timeout(longest.saturating_sub(began.elapsed())) {
                Ok(line) => {
                    let failed = line
                        .strip_prefix("test ")
                        .and_then(|line| line.strip_suffix(" ... FAILED"));
                    if let Some(name) = failed {
                        let name = name.trim_end_matches(" - should panic");
                        end(&mut child);
                        return Ended::Failed(Some(name.to_owned()));
                    }
                    if line.starts_with("test result:") || line == "failures:" {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    end(&mut child);
                    return Ended::Late;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // The summary was written: it ends at once, or hangs.
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Ended::Well,
                Ok(None) if began.elapsed() < longest => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Ok(None) => {
                    end(&mut child);
                    return Ended::Late;
                }
                _ => return Ended::Failed(None),
            }
        }
    }
}

/// Ends a program and what it has started, which is its group.
fn end(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    let _ = child.wait();
}
