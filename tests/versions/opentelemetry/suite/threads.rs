//! Threads that end: their thread-locals are torn down in any order, with calls and guards in them.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::panic::catch_unwind;
use std::sync::Mutex;

use genai::GenAiContext;
use opentelemetry::trace::Tracer as _;
use opentelemetry::global;

use crate::older::Memory;

#[genai::chat(provider = openai, model = model, response = none)]
fn plain(model: &str) -> Result<String, std::io::Error> {
    Ok("x".into())
}

#[genai::chat(provider = openai, model = "nested", response = none)]
fn nested() -> Result<String, std::io::Error> {
    global::tracer("app").in_span("inner", |_| plain("below"))
}

/// Calls when its thread ends.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        let result = catch_unwind(|| {
            plain("late").expect("it answers");
            let _scope = GenAiContext::new().conversation_id("late").attach();
            plain("late").expect("it answers");
            genai::chat("openai").start().finish();
        });
        assert!(result.is_ok());
    }
}

thread_local! {
    static LAST: Last = const { Last };
    static KEPT: RefCell<Vec<genai::context::ContextScope>> = const { RefCell::new(Vec::new()) };
    static KEPT_THERE: RefCell<Vec<opentelemetry::ContextGuard>> = const { RefCell::new(Vec::new()) };
}

/// Where something panicked, caught or not.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub async fn scenario() {
    let memory = Memory::new();
    memory.set_global();
    std::panic::set_hook(Box::new(|_| {
        PANICS.lock().unwrap().push(Backtrace::force_capture().to_string());
    }));
    let last = || LAST.with(|_| ());
    let keep = || KEPT.with_borrow_mut(|kept| kept.push(GenAiContext::new().conversation_id("kept").attach()));
    let call = || drop(nested().expect("it answers"));
    let there = || drop(opentelemetry::Context::current());
    let steps: [&(dyn Fn() + Sync); 4] = [&last, &keep, &call, &there];
    let mut threads = 0;
    // Each order in which the thread-locals come to be is one in which they go.
    for a in 0..4 {
        for b in (0..4).filter(|b| *b != a) {
            for c in (0..4).filter(|c| *c != a && *c != b) {
                let d = 6 - a - b - c;
                std::thread::scope(|scope| {
                    let run = || [a, b, c, d].map(|step| steps[step]()).len();
                    scope.spawn(run).join().expect("a thread ends in peace");
                });
                threads += 1;
            }
        }
    }
    assert_eq!(threads, 24);
    drop(std::panic::take_hook());
    // The SDK's simple processor runs its exporter on an executor with a thread-local; after that it exports nothing more.
    for panic in PANICS.lock().unwrap().iter() {
        assert!(panic.contains("SimpleSpanProcessor") && panic.contains("futures_executor"), "{panic}");
    }
    let got = memory.telemetry();
    let nested = got.named("chat nested").len();
    assert!(nested > 0);
    assert_eq!(got.parents("inner"), vec!["chat nested"; nested]);
}
