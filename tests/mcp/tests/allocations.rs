//! What a call costs in memory, both sides on one thread: without a provider not one allocation more than rmcp's own, and with one a
//! number that is known.

use std::sync::Arc;
use std::sync::Mutex;

use genai::mcp::{observe, observe_client};
use genai::testing::Harness;
use genai_mcp_tests::alloc::{Calls, Counted};
use genai_mcp_tests::{served, soon};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{ServerHandler, ServiceExt as _};
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: Counted<Calls> = Counted(Calls);

const CALLS: u64 = 200;
/// While nothing listens the library looks once a second whether a provider was set; that is in few of them.
const BATCHES: usize = 9;

#[derive(Clone, Default)]
struct Server {
    meta: Arc<Mutex<Vec<String>>>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let keys = context.meta.0.0.keys().cloned().collect();
        *self.meta.lock().expect("no panic") = keys;
        Ok(CallToolResult::success(vec![ContentBlock::text("rain")]).into())
    }
}

/// Allocations of all calls of a batch, in the batch with the least and that with the most, and the keys of `_meta` that the server
/// has seen.
fn measured(is_observed: bool) -> ([u64; 2], Vec<String>) {
    let runtime: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let server = Server::default();
    let seen = server.meta.clone();
    let calls = |calls: &mut dyn FnMut()| {
        for _ in 0..100 {
            calls();
        }
        let batches = [(); BATCHES].map(|()| {
            let ((), count) = Calls::of(|| {
                for _ in 0..CALLS {
                    calls();
                }
            });
            count
        });
        let [least, most] = [batches.iter().min(), batches.iter().max()];
        [least, most].map(|count| *count.expect("a batch"))
    };
    let params = || CallToolRequestParams::new("get_weather");
    let count = if is_observed {
        let client = runtime.block_on(async {
            let (here, _) = served(observe(server));
            observe_client(soon(().serve(here)).await.expect("a client"))
        });
        calls(&mut || {
            runtime
                .block_on(client.call_tool(params()))
                .expect("an answer");
        })
    } else {
        let client = runtime.block_on(async {
            let (here, _) = served(server);
            soon(().serve(here)).await.expect("a client")
        });
        calls(&mut || {
            runtime
                .block_on(client.call_tool(params()))
                .expect("an answer");
        })
    };
    let keys = seen.lock().expect("no panic").clone();
    (count, keys)
}

/// More than these per call, both sides together, are not made with a provider: 62, and three more where another package of the
/// build has serde_json keep the order of maps.
const MOST: u64 = 65;

#[test]
fn without_a_provider_nothing_is_allocated_and_with_one_little() {
    let ([bare, _], bare_keys) = measured(false);
    let ([observed, _], keys) = measured(true);
    assert_eq!(observed, bare);
    assert_eq!(keys, bare_keys);
    let _harness = Harness::install();
    let ([_, recorded], keys) = measured(true);
    assert!(keys.iter().any(|key| key == "traceparent"), "{keys:?}");
    let more = recorded.saturating_sub(bare);
    let (bare, more) = (bare / CALLS, more.div_ceil(CALLS));
    println!("{bare} of rmcp, {more} on top");
    assert!(more <= MOST, "{more}");
}

/// How many bytes a call's future has, bare and observed.
#[test]
fn a_call_that_is_observed_is_not_much_larger() {
    let runtime: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let _inside = runtime.enter();
    let (here, _) = served(Server::default());
    let client = runtime.block_on(async { soon(().serve(here)).await.expect("a client") });
    let peer = client.peer().clone();
    let observed = genai::mcp::observe_peer(peer.clone());
    let params = || CallToolRequestParams::new("get_weather");
    let bare = size_of_val(&peer.call_tool_once(params()));
    let observed = size_of_val(&observed.call_tool_once(params()));
    println!("{bare} bytes bare, {observed} observed");
    // Its parameters, twice, and the operation.
    let more = 2 * size_of::<CallToolRequestParams>() + 128;
    assert!(observed <= bare + more, "{observed} {bare} {more}");
}
