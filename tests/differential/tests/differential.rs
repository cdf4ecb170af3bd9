//! Over two thousand generated functions, each plain and annotated, run side by side: same results, same order of every drop
//! and every line of the body, same auto traits; when they complete, are cancelled, are never polled, and panic; with
//! something listening and with nothing.
#![allow(
    unused,
    clippy::all,
    reason = "generated functions do what a generator thinks of"
)]

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use genai::testing::Harness;

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static EARLY: Cell<bool> = const { Cell::new(false) };
    static STEPS: Cell<u32> = const { Cell::new(0) };
}

fn log(line: &str) {
    LOG.with(|l| l.borrow_mut().push(line.to_owned()));
}

trait Name {
    fn name(&self) -> &'static str;
}

/// Says when it is dropped.
struct D(&'static str);

impl Name for D {
    fn name(&self) -> &'static str {
        self.0
    }
}

impl Drop for D {
    fn drop(&mut self) {
        log(&format!("drop {}", self.0));
    }
}

struct Pair {
    x: D,
    y: D,
}

struct Host;
const HOST: Host = Host;

#[derive(Debug)]
struct Oops;

impl Oops {
    fn code(&self) -> &'static str {
        "oops"
    }
}

impl std::fmt::Display for Oops {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("oops")
    }
}

fn is_early() -> bool {
    EARLY.with(Cell::get)
}

fn parse(fail: bool) -> Result<u32, Oops> {
    if fail { Err(Oops) } else { Ok(6) }
}

fn step() -> bool {
    STEPS.with(|s| s.replace(s.get() + 1)) > 0
}

fn keep<T: Name>(kept: T) {
    log(kept.name());
}

fn length(text: &str) -> u32 {
    text.len() as u32
}

/// Waits once.
fn tick() -> impl Future<Output = ()> {
    let mut waited = false;
    std::future::poll_fn(move |cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        log("tick");
        Poll::Pending
    })
}

/// A plain value.
struct One(u32);

fn one(n: u32) -> Result<One, Oops> {
    Ok(One(n))
}

/// A stream that says when it is dropped.
struct Numbers(u32, D);

impl Stream for Numbers {
    type Item = u32;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
        self.0 = self.0.saturating_sub(1);
        Poll::Ready((self.0 > 0).then_some(self.0))
    }
}

fn numbers(n: u32) -> Result<Numbers, Oops> {
    Ok(Numbers(n, D("stream")))
}

fn boxed_numbers(n: u32) -> Result<Pin<Box<dyn Stream<Item = u32>>>, Oops> {
    Ok(Box::pin(Numbers(n, D("stream"))))
}

trait Number {
    fn number(&self) -> u32 {
        1
    }
}
impl Number for One {}
impl<S: Stream> Number for S {}

/// How far a call is driven.
#[derive(Clone, Copy, Debug)]
enum Mode {
    Complete,
    Cancel,
    NeverPoll,
}

#[derive(Debug, PartialEq)]
struct Report {
    log: Vec<String>,
    outcome: String,
}

type Traits = [bool; 5];

struct Case {
    name: &'static str,
    bare: fn(Mode) -> Report,
    on: fn(Mode) -> Report,
    traits: Option<(fn() -> Traits, fn() -> Traits)>,
}

/// Whatever a function returned, read to its end.
trait Show {
    fn show(self) -> String;
}

impl Show for One {
    fn show(self) -> String {
        self.0.to_string()
    }
}

impl<S: Stream<Item = u32>> Show for S {
    fn show(self) -> String {
        let mut stream = pin!(self);
        let mut all = Vec::new();
        while let Poll::Ready(Some(n)) = stream
            .as_mut()
            .poll_next(&mut Context::from_waker(Waker::noop()))
        {
            all.push(n);
        }
        format!("{all:?}")
    }
}

fn outcome<T: Show>(result: Result<T, Oops>) -> String {
    match result {
        Ok(value) => value.show(),
        Err(e) => format!("failed: {e}"),
    }
}

fn report(run: &mut dyn FnMut() -> String) -> Report {
    LOG.with(|l| l.borrow_mut().clear());
    STEPS.with(|s| s.set(0));
    let outcome = catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|e| format!("panicked: {}", e.downcast_ref::<&str>().unwrap_or(&"?")));
    Report {
        log: LOG.with(|l| l.borrow_mut().split_off(0)),
        outcome,
    }
}

fn now<T: Show>(_: Mode, call: impl FnOnce() -> Result<T, Oops>) -> Report {
    let mut call = Some(call);
    report(&mut || outcome(call.take().unwrap()()))
}

/// A future whose output is shown.
trait Later {
    fn advance(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String>;
}

impl<T: Show, F: Future<Output = Result<T, Oops>>> Later for F {
    fn advance(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
        self.poll(cx).map(outcome)
    }
}

fn later<F: Later>(mode: Mode, call: impl FnOnce() -> F) -> Report {
    let mut call = Some(call);
    report(&mut || {
        let mut future = pin!(call.take().unwrap()());
        drive(mode, future)
    })
}

fn drive(mode: Mode, mut future: Pin<&mut dyn Later>) -> String {
    let mut cx = Context::from_waker(Waker::noop());
    for polls in 0.. {
        match mode {
            Mode::NeverPoll => return "never polled".to_owned(),
            Mode::Cancel if polls == 1 => return "cancelled".to_owned(),
            Mode::Cancel | Mode::Complete => {}
        }
        if let Poll::Ready(shown) = future.as_mut().advance(&mut cx) {
            return shown;
        }
    }
    unreachable!()
}

struct Probe<'a, T>(&'a T);

macro_rules! probes {
    ($($yes:ident $no:ident $method:ident: $bound:path;)*) => {$(
        trait $no {
            fn $method(&self) -> bool {
                false
            }
        }
        impl<T> $no for &Probe<'_, T> {}
        impl<T: $bound> Probe<'_, T> {
            fn $method(&self) -> bool {
                true
            }
        }
    )*};
}
probes! {
    Send NoSend is_send: Send;
    Sync NoSync is_sync: Sync;
    Unpin NoUnpin is_unpin: Unpin;
    UnwindSafe NoUnwindSafe is_unwind_safe: UnwindSafe;
    RefUnwindSafe NoRefUnwindSafe is_ref_unwind_safe: RefUnwindSafe;
}

macro_rules! auto_traits {
    ($value:expr) => {{
        let value = $value;
        let probe = &Probe(&value);
        [
            probe.is_send(),
            probe.is_sync(),
            probe.is_unpin(),
            probe.is_unwind_safe(),
            probe.is_ref_unwind_safe(),
        ]
    }};
}

include!(concat!(env!("OUT_DIR"), "/differential.rs"));

fn compare(cases: &[fn() -> Case]) -> Vec<String> {
    let mut differences = Vec::new();
    for case in cases {
        let case = case();
        for mode in [Mode::Complete, Mode::Cancel, Mode::NeverPoll] {
            for is_early in [false, true] {
                EARLY.with(|e| e.set(is_early));
                let (bare, on) = ((case.bare)(mode), (case.on)(mode));
                if bare != on {
                    differences.push(format!(
                        "{} {mode:?} early: {is_early}\n  bare {bare:?}\n  on   {on:?}",
                        case.name
                    ));
                }
            }
        }
        if let Some((bare, on)) = case.traits {
            let (bare, on) = (bare(), on());
            if bare != on {
                differences.push(format!(
                    "{} Send, Sync, Unpin, UnwindSafe, RefUnwindSafe: {bare:?}, annotated {on:?}",
                    case.name
                ));
            }
        }
    }
    differences
}

#[test]
fn annotated_functions_do_what_plain_ones_do() {
    let least = if IS_THOROUGH { 2_000 } else { 500 };
    assert!(COUNT >= least, "{COUNT}");
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<&str>() != Some(&"boom") {
            eprintln!("{info}");
        }
    }));
    let off = compare(&CASES);
    let harness = Harness::install();
    let mut on = Vec::new();
    for cases in CASES.chunks(100) {
        on.extend(compare(cases));
        // What is recorded is the business of other tests; here it is enough that something is.
        assert!(!harness.spans().is_empty());
        harness.clear();
    }
    let text = |d: &[String]| d.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    assert!(off.is_empty(), "off: {} differ\n{}", off.len(), text(&off));
    assert!(on.is_empty(), "on: {} differ\n{}", on.len(), text(&on));
}
