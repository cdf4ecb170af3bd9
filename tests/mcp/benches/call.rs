//! What a call of a tool costs over duplex, both sides on one thread: bare, without a provider, and recorded on both sides.
//!
//! `cargo bench -p genai-mcp-tests --bench call`

use std::time::Duration;

use genai::mcp::{observe, observe_client};
use genai::testing::Harness;
use genai_mcp_tests::{Server, cpu, served};
use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use tokio::runtime::Runtime;

const CALLS: u32 = 500;
const ROUNDS: usize = 61;

/// A connection whose calls are timed.
type Timed = Box<dyn FnMut() -> Duration>;

fn connected(is_observed: bool) -> Timed {
    let runtime: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let params = || CallToolRequestParams::new("get_weather");
    let timed = |call: &mut dyn FnMut()| {
        let began = cpu::nanos();
        for _ in 0..CALLS {
            call();
        }
        Duration::from_nanos(cpu::nanos() - began) / CALLS
    };
    if is_observed {
        let client = runtime.block_on(async {
            let (here, _) = served(observe(Server::default()));
            observe_client(().serve(here).await.expect("a client"))
        });
        Box::new(move || {
            timed(&mut || {
                let call = client.call_tool(params());
                runtime.block_on(call).expect("an answer");
            })
        })
    } else {
        let client = runtime.block_on(async {
            let (here, _) = served(Server::default());
            ().serve(here).await.expect("a client")
        });
        Box::new(move || {
            timed(&mut || {
                let call = client.call_tool(params());
                runtime.block_on(call).expect("an answer");
            })
        })
    }
}

/// The quartiles.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}

/// Bare calls and observed ones take turns; a ratio is taken within a turn.
fn compared(what: &str, mut between: impl FnMut()) {
    let (mut bare, mut observed) = (connected(false), connected(true));
    // What is lazy is done.
    bare();
    observed();
    let (mut times, mut ratios) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        between();
        // Whoever is second finds the caches of the first.
        let (first, second) = if round % 2 == 0 {
            let first = bare();
            (first, observed())
        } else {
            let second = observed();
            (bare(), second)
        };
        times.push(first.as_secs_f64() * 1e6);
        ratios.push(second.as_secs_f64() / first.as_secs_f64());
    }
    let [low, middle, high] = quartiles(ratios);
    let [_, time, _] = quartiles(times);
    println!("{what}: {middle:.3} ({low:.3} to {high:.3}) of a bare call, {time:.1} µs");
}

fn main() {
    compared("without a provider", || {});
    let harness = Harness::install();
    compared("recorded on both sides", || harness.clear());
}
