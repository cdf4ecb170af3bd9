//! Content that must not get out: a number of calls and a seed go in; how much was looked through, and which calls let something out,
//! come out.
//!
//! Every text of a message that is content has the same word in it, somewhere: arguments, results, prompts, resources, completions,
//! definitions of tools, what a server asks and a client answers, the state between rounds, `_meta`, errors with their data, and
//! panics. What was recorded is then searched for the word, after each call.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex};

use genai::ContentCapture;
use genai::mcp::{ObservedClient, observe, observe_client, observe_transport};
use genai::testing::Harness;
use rmcp::model::{
    ArgumentInfo, CallToolRequestParams, CallToolResponse, CallToolResult, ClientRequest,
    CompleteRequestParams, CompleteResult, CompletionInfo, ContentBlock,
    CreateMessageRequestParams, CreateMessageResult, CustomRequest, CustomResult, ElicitRequest,
    ElicitRequestParams, ElicitResult, ElicitationAction, ErrorCode, ErrorData,
    GetPromptRequestParams, GetPromptResponse, GetPromptResult, InputRequest, InputRequests,
    InputRequiredResult, JsonObject, ListRootsResult, ListToolsResult, PaginatedRequestParams,
    PromptMessage, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Reference,
    RequestMetaObject, RequestParamsMeta as _, ResourceContents, Role, Root, SamplingMessage,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{
    ClientServiceExt as _, RequestContext, RoleClient, RoleServer, RunningService,
};
use rmcp::transport::IntoTransport;
use rmcp::{ClientHandler, ServerHandler, ServiceExt as _};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::{Era, live, soon};

/// The word that is looked for.
pub const WORD: &str = "canary2f6b81";

/// How calls are made, and what of errors is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Setting {
    era: Era,
    /// Whether the transport is observed in place of the client.
    by_transport: bool,
    /// Whether messages of errors are shown: they have no word in them then.
    shows_messages: bool,
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub calls: u64,
    pub spans: u64,
    /// Of what was searched.
    pub bytes: u64,
    /// How many calls let something out, by how they were made and what they were.
    pub let_out: BTreeMap<String, u64>,
    /// What deviates from the conventions.
    pub findings: BTreeSet<String>,
}

/// Chance, the same for the same seed.
#[derive(Clone)]
struct Chance(Arc<Mutex<u64>>);

impl Chance {
    fn below(&self, end: u64) -> u64 {
        let mut state = self.0.lock().expect("no panic");
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// A text with the word in it.
    fn text(&self) -> String {
        let padding = || "x".repeat(usize::try_from(self.below(3_000)).unwrap_or_default());
        match self.below(6) {
            0 => format!("{} {WORD} {}", padding(), padding()),
            1 => format!("{{\"{WORD}\": \"{WORD}\"}}"),
            2 => format!("é\u{0}\n\"{WORD}\"\\"),
            3 => format!("https://{WORD}:{WORD}@{WORD}.example/{WORD}?{WORD}={WORD}"),
            4 => format!("Error: {WORD}: 403 {WORD}"),
            _ => WORD.to_owned(),
        }
    }

    /// JSON with the word in keys and values.
    fn object(&self) -> JsonObject {
        let text = self.text();
        let json = json!({"a": text.clone(), text.clone(): [{text: 1}, self.text()]});
        json.as_object().cloned().unwrap_or_default()
    }
}

/// Both sides' handler.
#[derive(Clone)]
struct Side {
    chance: Chance,
    shows_messages: bool,
    /// A call that is not answered has been received.
    reached: Arc<Notify>,
}

impl Side {
    fn error(&self) -> ErrorData {
        let codes = [-32602, -32603, -32002, -32000, 7];
        let code = codes[usize::try_from(self.chance.below(5)).unwrap_or_default()];
        let message = if self.shows_messages {
            "what went wrong".to_owned()
        } else {
            self.chance.text()
        };
        let data = Some(Value::Object(self.chance.object()));
        ErrorData::new(ErrorCode(code), message, data)
    }

    /// An answer, or sometimes an error.
    fn or_error<T>(&self, answer: impl FnOnce(&Chance) -> T) -> Result<T, ErrorData> {
        if self.chance.below(4) == 0 {
            Err(self.error())
        } else {
            Ok(answer(&self.chance))
        }
    }

    fn question(&self) -> ElicitRequestParams {
        ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: self.chance.text(),
            requested_schema: serde_json::from_value(json!({
                "type": "object",
                "description": self.chance.text(),
                "properties": {"name": {"type": "string", "description": self.chance.text()}},
            }))
            .expect("a schema"),
        }
    }
}

impl ServerHandler for Side {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .enable_completions()
            .build();
        ServerConfig::new(capabilities).with_instructions(self.chance.text())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let chance = &self.chance;
        Ok(match request.name.as_ref() {
            "answers" => CallToolResult::structured(Value::Object(chance.object())).into(),
            "fails" => CallToolResult::error(vec![ContentBlock::text(chance.text())]).into(),
            "panics" => {
                self.reached.notify_one();
                panic!("{}", chance.text())
            }
            "waits" => {
                self.reached.notify_one();
                context.ct.cancelled().await;
                return Err(self.error());
            }
            "asks" => {
                let version = context.protocol_version();
                let has_rounds = version.is_some_and(|version| !version.has_initialize());
                if has_rounds && request.request_state.is_none() {
                    let request = InputRequest::Elicitation(ElicitRequest::new(self.question()));
                    let requests = InputRequests::from([("name".to_owned(), request)]);
                    return Ok(
                        InputRequiredResult::new(Some(requests), Some(chance.text())).into(),
                    );
                }
                if !has_rounds {
                    let peer = genai::mcp::observe_peer(context.peer.clone());
                    let message = SamplingMessage::user_text(chance.text());
                    let params = CreateMessageRequestParams::new(vec![message], 10);
                    let _ = peer.create_message(params).await;
                    let _ = peer.create_elicitation(self.question()).await;
                    let _ = peer.list_roots().await;
                }
                CallToolResult::success(vec![ContentBlock::text(chance.text())]).into()
            }
            _ => return Err(self.error()),
        })
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.or_error(|chance| {
            let tool = Tool::new("answers", chance.text(), chance.object());
            ListToolsResult::with_all_items(vec![tool])
        })
    }

    async fn get_prompt(
        &self,
        _: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.or_error(|chance| {
            let message = PromptMessage::new_text(Role::User, chance.text());
            GetPromptResult::new(vec![message])
                .with_description(chance.text())
                .into()
        })
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.or_error(|chance| {
            let contents = ResourceContents::text(chance.text(), request.uri);
            ReadResourceResult::new(vec![contents]).into()
        })
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.or_error(|chance| {
            let completion = CompletionInfo::with_all_values(vec![chance.text()]);
            CompleteResult::new(completion.expect("not too many"))
        })
    }

    async fn on_custom_request(
        &self,
        _: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        self.or_error(|chance| CustomResult::new(Value::Object(chance.object())))
    }
}

/// The client answers what it is asked.
#[derive(Clone)]
struct Asked(Side);

impl ClientHandler for Asked {
    async fn create_message(
        &self,
        _: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        self.0.or_error(|chance| {
            let message = SamplingMessage::assistant_text(chance.text());
            CreateMessageResult::new(message, chance.text())
        })
    }

    async fn create_elicitation(
        &self,
        _: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        // A round goes on only with an answer.
        let answer = ElicitResult::new(ElicitationAction::Accept);
        Ok(answer.with_content(Value::Object(self.0.chance.object())))
    }

    async fn list_roots(
        &self,
        _: RequestContext<RoleClient>,
    ) -> Result<ListRootsResult, ErrorData> {
        self.0.or_error(|chance| {
            let root = Root::new(format!("file:///{}", chance.text()));
            ListRootsResult::new(vec![root])
        })
    }
}

/// A client, whichever way it is observed.
enum Calls {
    Observed(ObservedClient<genai::mcp::Observed<Asked>>),
    Plain(RunningService<RoleClient, genai::mcp::Observed<Asked>>),
}

macro_rules! call {
    ($client:expr, $name:ident($params:expr)) => {
        match $client {
            Calls::Observed(client) => drop(client.$name($params).await),
            Calls::Plain(client) => drop(client.$name($params).await),
        }
    };
}

impl Calls {
    async fn connected(side: Side, setting: Setting) -> Self {
        let (here, there) = tokio::io::duplex(1 << 20);
        let served = observe(side.clone());
        tokio::spawn(async move {
            let serving = served.serve(there).await.expect("a server");
            serving.waiting().await
        });
        let handler = observe(Asked(side));
        let lifecycle = setting.era.lifecycle();
        if setting.by_transport {
            let transport = IntoTransport::<RoleClient, _, _>::into_transport(here);
            let client = handler.serve_with_lifecycle(observe_transport(transport), lifecycle);
            Self::Plain(soon(client).await.expect("a client"))
        } else {
            let client = handler.serve_with_lifecycle(here, lifecycle);
            Self::Observed(observe_client(soon(client).await.expect("a client")))
        }
    }

    /// A call; what it was.
    async fn one(&self, side: &Side) -> &'static str {
        let chance = &side.chance;
        let tool = |name: &'static str| {
            let mut params = CallToolRequestParams::new(name).with_arguments(chance.object());
            let mut meta = RequestMetaObject::new();
            meta.0.0 = chance.object();
            params.set_meta(meta);
            params
        };
        let given_up = |name: &'static str| async move {
            let call = async {
                call!(self, call_tool(tool(name)));
                // It has no answer.
                pending::<()>().await;
            };
            tokio::select! {
                () = call => {}
                () = side.reached.notified() => {}
            }
            name
        };
        match chance.below(12) {
            0 => {
                call!(self, call_tool(tool("answers")));
                "answers"
            }
            1 => {
                call!(self, call_tool(tool("fails")));
                "fails"
            }
            2 => {
                call!(self, call_tool(tool("errors")));
                "errors"
            }
            3 => given_up("panics").await,
            4 => given_up("waits").await,
            5 => {
                call!(self, call_tool(tool("asks")));
                "asks"
            }
            6 => {
                let params = GetPromptRequestParams::new("review").with_arguments(chance.object());
                call!(self, get_prompt(params));
                "prompt"
            }
            7 => {
                call!(
                    self,
                    read_resource(ReadResourceRequestParams::new("file:///a"))
                );
                "resource"
            }
            8 => {
                let argument = ArgumentInfo::new(chance.text(), chance.text());
                let of = Reference::for_prompt("review");
                call!(self, complete(CompleteRequestParams::new(of, argument)));
                "completion"
            }
            9 => {
                let params = Some(Value::Object(chance.object()));
                let request = CustomRequest::new("app/custom", params);
                call!(self, send_request(ClientRequest::CustomRequest(request)));
                "custom"
            }
            10 => {
                call!(self, list_tools(None));
                "list"
            }
            _ => {
                // The call is in the span of the tool around it.
                let arguments = chance.object();
                let mut around = genai::tool("answers").start();
                around.arguments(&arguments);
                around
                    .scope(async { call!(self, call_tool(tool("answers"))) })
                    .await;
                around.result(&arguments);
                around.finish();
                "tool"
            }
        }
    }
}

/// Makes `count` calls with content captured as given.
///
/// # Panics
///
/// Where a connection cannot be made.
pub fn run(count: u64, seed: u64, capture: ContentCapture) -> Found {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut found = Found::default();
    let settings = Era::BOTH.into_iter().flat_map(|era| {
        [(false, false), (false, true), (true, false), (true, true)].map(
            |(by_transport, shows_messages)| Setting {
                era,
                by_transport,
                shows_messages,
            },
        )
    });
    for (at, setting) in settings.enumerate() {
        let h = Harness::install_with(|telemetry| {
            telemetry
                .capture(capture)
                .error_messages(setting.shows_messages)
                .mcp_notifications(true)
        });
        let at = u64::try_from(at).unwrap_or_default();
        let side = Side {
            chance: Chance(Arc::new(Mutex::new(seed.wrapping_add(at)))),
            shows_messages: setting.shows_messages,
            reached: Arc::new(Notify::new()),
        };
        let mut search = |h: &Harness, what: &str| {
            let spans = h.spans();
            found.spans += u64::try_from(spans.len()).unwrap_or_default();
            let metrics = h.metrics();
            let all = format!("{spans:?} {metrics:?} {:?}", h.events());
            found.bytes += u64::try_from(all.len()).unwrap_or_default();
            if all.contains(WORD) {
                *found
                    .let_out
                    .entry(format!("{setting:?} {what}"))
                    .or_default() += 1;
            }
            (found.findings).extend(spans.iter().flat_map(live::of_span));
            // Metrics add up: those at the end have all.
            if what == "end" {
                (found.findings).extend(metrics.iter().flat_map(live::of_metric));
            }
            h.clear();
        };
        runtime.block_on(async {
            let client = Calls::connected(side.clone(), setting).await;
            search(&h, "handshake");
            for _ in (at..count).step_by(8) {
                let what = soon(client.one(&side)).await;
                search(&h, what);
            }
        });
        // What was still open ends with the runtime's tasks, or when the next connection is made.
        search(&h, "end");
    }
    found.calls = count;
    found
}
