//! What a call of a tool costs over duplex, both sides on one thread: bare, without a provider, and recorded on both sides.
//!
//! `cargo bench -p genai-mcp-tests --bench call`

use std::time::{Duration, Instant};

use genai::mcp::{observe, observe_client};
use genai::testing::Harness;
use genai_mcp_tests::{Server, served};
use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use tokio::runtime::Runtime;

const CALLS: u32 = 2_000;

/// The time of one call.
fn measured(is_observed: bool) -> Duration {
    let runtime: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let timed = |call: &mut dyn FnMut()| {
        for _ in 0..CALLS / 4 {
            call();
        }
        let began = Instant::now();
        for _ in 0..CALLS {
            call();
        }
        began.elapsed() / CALLS
    };
    let params = || CallToolRequestParams::new("get_weather");
    if is_observed {
        let client = runtime.block_on(async {
            let (here, _) = served(observe(Server::default()));
            observe_client(().serve(here).await.expect("a client"))
        });
        timed(&mut || {
            runtime
                .block_on(client.call_tool(params()))
                .expect("an answer");
        })
    } else {
        let client = runtime.block_on(async {
            let (here, _) = served(Server::default());
            ().serve(here).await.expect("a client")
        });
        timed(&mut || {
            runtime
                .block_on(client.call_tool(params()))
                .expect("an answer");
        })
    }
}

/// The least of several runs, which the machine disturbs least.
fn least(is_observed: bool) -> Duration {
    (0..7)
        .map(|_| measured(is_observed))
        .min()
        .unwrap_or_default()
}

fn main() {
    let bare = least(false);
    let off = least(true);
    let harness = Harness::install();
    let recorded = (0..7)
        .map(|_| {
            harness.clear();
            measured(true)
        })
        .min()
        .unwrap_or_default();
    let ratio = |time: Duration| time.as_secs_f64() / bare.as_secs_f64();
    println!("bare rmcp      {bare:?}  1");
    println!("no provider    {off:?}  {:.3}", ratio(off));
    println!("recorded       {recorded:?}  {:.3}", ratio(recorded));
}
