//! What is accepted, and what it comes to.

use quote::ToTokens;

use super::{accept, accept_on, tokens};
use crate::entry;
use crate::ir::{Call, ResponseSpec, Returns, Value, What};
use crate::registry::{ATTRIBUTES, Type};

/// The entries before the call as text: key, value.
fn before(call: &Call) -> Vec<(&'static str, String)> {
    let text = |value: &Value| match value {
        Value::Str(v, _) => format!("{v:?}"),
        Value::Int(v, _) => format!("{v}"),
        Value::Double(v, _) => format!("{v:?}"),
        Value::Bool(v, _) => format!("{v}"),
        Value::Expr(v) => v.to_token_stream().to_string(),
        Value::Object(fields, _) => {
            let field = |f: &crate::ir::Named| format!("{}: {}", f.key, f.value.to_token_stream());
            fields.iter().map(field).collect::<Vec<_>>().join(", ")
        }
    };
    let all = call.before.iter().chain(&call.content);
    all.map(|e| (ATTRIBUTES[usize::from(e.id)].key, text(&e.value)))
        .collect()
}

#[test]
fn literals_become_data_by_type() {
    let call = accept(
        "chat",
        "provider = \"mine\", model = \"m\", temperature = 1, top_p = -0.5, max_tokens = 0x10, seed = -7_i32, \
         stop_sequences = \"a\", frequency_penalty = (2.5f32), server.port = 443, gen_ai.request.choice.count = 2",
    );
    let expected = [
        ("gen_ai.provider.name", "\"mine\""),
        ("gen_ai.request.model", "\"m\""),
        ("gen_ai.request.temperature", "1.0"),
        ("gen_ai.request.top_p", "-0.5"),
        ("gen_ai.request.max_tokens", "16"),
        ("gen_ai.request.seed", "-7"),
        ("gen_ai.request.stop_sequences", "\"a\""),
        ("gen_ai.request.frequency_penalty", "2.5"),
        ("server.port", "443"),
        ("gen_ai.request.choice.count", "2"),
    ];
    let found = before(&call);
    assert_eq!(
        found
            .iter()
            .map(|(k, v)| (*k, v.as_str()))
            .collect::<Vec<_>>(),
        expected
    );
    assert!(!call.provider_from_request);
}

#[test]
fn a_format_is_a_word_unless_an_argument_has_that_name() {
    use crate::ir::Read;
    let call = accept(
        "chat",
        "provider = openai, request = (openai(req), anthropic(&a.b), more), response = gemini",
    );
    let read: Vec<Option<&str>> = (call.request.iter())
        .flat_map(|request| request.parts())
        .map(|part| match part.read {
            Read::In(format) => Some(format.name),
            _ => None,
        })
        .collect();
    assert_eq!(read, [Some("OpenAi"), Some("Anthropic"), None]);
    assert!(matches!(call.response, ResponseSpec::Format(f) if f.name == "Gemini"));
    // A part of a format's name, or a path, is a function of the user's.
    for path in ["responses", "invoke", "self::openai", "my_reply"] {
        let call = accept("chat", &format!("provider = openai, response = {path}"));
        assert!(matches!(call.response, ResponseSpec::Path(_)), "{path}");
    }
}

#[test]
fn a_client_is_asked_for_where_its_name_is_written_and_nowhere_else() {
    let is_asked = |name: &str, item: &str| {
        let tokens = entry::run(
            name,
            tokens("provider = openai, request = req"),
            tokens(item),
        );
        let text = tokens.to_string();
        (
            text.contains("asked ("),
            text.contains("client_response") || text.contains("client_chunk"),
        )
    };
    let ask = "async fn f(req: &a::CreateChatCompletionRequest) -> a::Result<Option<a::CreateChatCompletionResponse>> { x }";
    assert_eq!(is_asked("chat", ask), (true, true));
    let of_agent = is_asked("agent", ask);
    assert_eq!(of_agent, (true, false));
    let own = "async fn f(req: MyRequest) -> Result<CreateChatCompletionResponses, E> { x }";
    assert_eq!(is_asked("chat", own), (false, false));
    let general = "fn f(req: CreateResponse) -> Response { x }";
    assert_eq!(is_asked("chat", general), (true, false));
    let of_module =
        "fn f(req: CreateResponse) -> BoxFuture<'static, Result<responses::Response, E>> { x }";
    assert_eq!(is_asked("chat", of_module), (true, true));
}

#[test]
fn arguments_become_the_fields_of_one_object() {
    let item = "fn a(city: &str, r#type: u8, days: u8) { b }";
    let attr = "name = city, arguments(city, type, self, days = days + 1, \"x-y\" = \"z\",)";
    let What::Operation(call) = accept_on("tool", attr, item).what else {
        panic!("an operation was meant")
    };
    let expected = [
        ("gen_ai.tool.name", "city".to_owned()),
        (
            "gen_ai.tool.call.arguments",
            "city: city, type: r#type, self: self, days: days + 1, x-y: \"z\"".to_owned(),
        ),
    ];
    assert_eq!(before(&call), expected);
}

#[test]
fn well_known_values() {
    for (word, value) in [
        ("openai", "openai"),
        ("aws.bedrock", "aws.bedrock"),
        ("gcp.gemini", "gcp.gemini"),
        ("ibm.watsonx.ai", "ibm.watsonx.ai"),
    ] {
        let call = accept("chat", &format!("provider = {word}"));
        assert_eq!(
            before(&call),
            [("gen_ai.provider.name", format!("{value:?}"))]
        );
    }
    // An argument, a constant, `self`, a call and a path are code.
    for code in [
        "model",
        "client.provider",
        "PROVIDER",
        "self.provider",
        "provider()",
        "config::PROVIDER",
        "req . provider . name",
    ] {
        let call = accept("chat", &format!("provider = {code}"));
        assert!(matches!(call.before[0].value, Value::Expr(_)), "{code}");
    }
    let call = accept(
        "chat",
        "provider = openai, output_type = json, openai.request.service_tier = default",
    );
    assert_eq!(call.before.len(), 3);
}

#[test]
fn every_key_of_every_operation_is_accepted_by_both_names() {
    for operation in &crate::registry::OPERATIONS {
        for used in operation.uses {
            let attribute = used.attribute().expect("in the table");
            for key in [used.short, attribute.key] {
                let provider = if used.short == "provider" {
                    ""
                } else {
                    "provider = openai,"
                };
                let provider = if operation.by_id(32).is_some() {
                    provider
                } else {
                    ""
                };
                let remote = if used.only_remote { "remote," } else { "" };
                let entry = format!("{key} = client.value()");
                let entry = match used.place() {
                    crate::registry::Place::Entries => entry,
                    crate::registry::Place::Response => format!("response(|r| {entry})"),
                };
                accept(operation.name, &format!("{provider} {remote} {entry}"));
            }
        }
    }
}

#[test]
fn requests_have_the_provider() {
    assert!(accept("chat", "request = req").provider_from_request);
    assert!(!accept("chat", "request = req, provider = openai").provider_from_request);
    assert!(!accept("tool", "request = req").provider_from_request);
}

#[test]
fn responses() {
    assert!(matches!(
        accept("chat", "provider = openai").response,
        ResponseSpec::FromType
    ));
    assert!(matches!(
        accept("chat", "provider = openai, response = none").response,
        ResponseSpec::Nothing
    ));
    assert!(matches!(
        accept("chat", "provider = openai, response = telemetry::fill").response,
        ResponseSpec::Path(_)
    ));
    for pattern in [
        "r",
        "_",
        "(a, b)",
        "Reply { model, .. }",
        "&n",
        "r @ Reply { .. }",
    ] {
        let call = accept(
            "chat",
            &format!(
                "provider = openai, response(|{pattern}| model = f(), finish_reasons = [\"stop\"], output = g(),)"
            ),
        );
        let ResponseSpec::Entries(_, entries, _) = call.response else {
            panic!("{pattern}")
        };
        assert_eq!(
            entries.iter().map(|e| e.ty).collect::<Vec<_>>(),
            [Type::Str, Type::Strs, Type::Content]
        );
    }
    // Hidden by the pattern or by a closure, a field, a method, a path: not the argument.
    accept("chat", "provider = openai, response(|text| id = text.id)");
    accept(
        "chat",
        "provider = openai, response(|r| id = r.text, model = r.f(|text| text.len()), finish_reasons = text::all(r))",
    );
    accept("chat", "provider = openai, response(|r| id = model)");
}

#[test]
fn options() {
    let call = accept(
        "agent",
        "provider = openai, remote, operation = create_agent, span_name = \"x\", span_kind = internal, capture = none, server.address = \"h\", \
         error(|e| type = e.code()), properties(a.b = 1, \"x-tenant\" = 2), attributes(type = 3), metric_attributes(tier = \"gold\"), \
         system = \"s\", returns = future",
    );
    assert!(call.remote && call.capture_none && call.error.is_some() && call.span_name.is_some());
    assert_eq!(call.span_kind_client, Some(false));
    assert!(call.returns == Some(Returns::Future));
    let keys: Vec<&str> = call
        .properties
        .iter()
        .chain(&call.attributes)
        .chain(&call.metric_attributes)
        .map(|n| n.key.as_str())
        .collect();
    assert_eq!(keys, ["a.b", "x-tenant", "type", "tier"]);
    assert_eq!(call.content.len(), 1);
    assert_eq!(
        call.operation_name
            .map(|n| n.to_token_stream().to_string())
            .as_deref(),
        Some("\"create_agent\"")
    );
    accept("chat", "provider = openai, operation = \"completion.v2\"");
    accept("chat", "provider = openai, operation = client.operation()");
    accept(
        "agent",
        "provider = openai, operation = create_agent, server.address = \"h\", response(|r| id = r.id)",
    );
}

#[test]
fn a_tool_is_named_after_its_function() {
    assert_eq!(
        before(&accept("tool", "type = \"function\"")),
        [
            ("gen_ai.tool.type", "\"function\"".into()),
            ("gen_ai.tool.name", "\"ask\"".into())
        ]
    );
    assert_eq!(
        before(&accept("tool", "name = \"other\"")),
        [("gen_ai.tool.name", "\"other\"".into())]
    );
    let What::Operation(call) = accept_on("tool", "", "fn r#match() {}").what else {
        panic!("an operation")
    };
    assert_eq!(before(&call), [("gen_ai.tool.name", "\"match\"".into())]);
}

#[test]
fn contexts() {
    let item = "async fn handler(id: Option<String>) {}";
    let What::Context(context) = accept_on(
        "context",
        "conversation_id = id.as_deref(), replace, properties(user.id = 1), crate = ::tel",
        item,
    )
    .what
    else {
        panic!("a context")
    };
    assert!(context.conversation_id.is_some() && context.replace && context.properties.len() == 1);
    assert_eq!(
        accept_on("context", "crate = ::tel", item)
            .krate
            .to_token_stream()
            .to_string(),
        ":: tel"
    );
    assert_eq!(
        accept_on("context", "crate = crate::tel", item)
            .krate
            .to_token_stream()
            .to_string(),
        "crate :: tel"
    );
}

#[test]
fn functions() {
    let items = [
        "fn a() {}",
        "pub(crate) async unsafe fn a<'a, T: 'a, const N: usize>(self: Pin<&mut Self>, (x, y): (u8, u8), mut z: [T; N]) -> impl Future + 'a where T: Send {}",
        "extern \"C\" fn a(_: u8) -> ! { loop {} }",
        "#[doc = \"x\"] #[inline] #[genai::context] fn a() { half typed ( body }"
            .trim_end_matches(" ( body }"),
        "#[tool] #[other::chat] #[tracing::instrument] fn a() {}",
        "fn union(union: u8) {}",
        "async fn a(#[cfg(x)] a: u8) {}",
        "fn a() { #![allow(unused)] #[allow(x)] let a; }",
    ];
    for item in items {
        let item = if item.matches('{').count() > item.matches('}').count() {
            format!("{item} }}")
        } else {
            item.to_owned()
        };
        accept_on("chat", "provider = openai", &item);
    }
}

#[test]
fn a_stream_returned_without_stream_is_warned_about() {
    let warned = |attr: &str, returns: &str| {
        let item = format!("fn a() -> {returns} {{ #![allow(x)] #[b] c; }}");
        let out = entry::run("chat", tokens(attr), tokens(&item)).to_string();
        assert!(out.starts_with("#[allow (x)] fn a () ->"), "{out}");
        out.contains("{ let _ = :: genai :: __hints :: STREAM_WITHOUT_STREAM ;")
    };
    let streams = [
        "impl Stream<Item = u8> + Send",
        "Pin<Box<dyn Stream<Item = u8>>>",
        "Result<BoxStream<'static, u8>, E>",
        "impl Future<Output = io::Result<impl Stream>>",
        "Result<ChatCompletionResponseStream, E>",
    ];
    for returns in streams {
        assert!(warned("provider = openai", returns), "{returns}");
        assert!(!warned("provider = openai, stream", returns), "{returns}");
        assert!(
            !warned("provider = openai, returns = value", returns),
            "{returns}"
        );
    }
    for returns in [
        "String",
        "TcpStream",
        "impl Future<Output = u8>",
        "Result<Vec<u8>, E>",
    ] {
        assert!(!warned("provider = openai", returns), "{returns}");
    }
}

#[test]
fn fragments_of_macro_rules_are_seen_through() {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    let wrapped = |text: &str| {
        TokenStream::from(TokenTree::Group(Group::new(
            Delimiter::None,
            super::tokens(text),
        )))
    };
    let mut diag = crate::diag::Diag::default();
    let (word, number, path, body) = (
        wrapped("openai"),
        wrapped("5"),
        wrapped("a::b"),
        wrapped("{ 1 }"),
    );
    let attr = quote::quote!(provider = #word, temperature = -#number, max_tokens = #number, response = #path);
    let found = crate::entry::instrument("chat", attr, quote::quote!(fn a() #body), &mut diag);
    assert_eq!(diag.messages(), Vec::<&str>::new());
    let Some(What::Operation(call)) = found.map(|i| i.what) else {
        panic!("an operation")
    };
    assert_eq!(
        before(&call)[1..],
        [
            ("gen_ai.request.temperature", "-5.0".to_owned()),
            ("gen_ai.request.max_tokens", "5".to_owned())
        ]
    );
    assert!(matches!(call.response, ResponseSpec::Path(_)));
    let attr = quote::quote!(provider = openai, max_tokens = #word);
    assert!(
        crate::entry::instrument(
            "chat",
            attr,
            quote::quote!(
                fn a() {}
            ),
            &mut diag
        )
        .is_some()
    );
    let wrong = wrapped("\"x\"");
    let attr = quote::quote!(provider = openai, max_tokens = #wrong);
    crate::entry::instrument(
        "chat",
        attr,
        quote::quote!(
            fn a() {}
        ),
        &mut diag,
    );
    assert_eq!(
        diag.messages(),
        ["`gen_ai.request.max_tokens` expects an integer; found a string"]
    );
}

#[test]
fn operations_of_ones_own() {
    let name = |call: crate::ir::Call| call.operation_name.map(|n| n.to_token_stream().to_string());
    assert_eq!(name(accept("span", "")).as_deref(), Some("\"ask\""));
    let call = accept(
        "span",
        "name = \"app.step\", attributes(gen_ai.usage.input_tokens = 5, gen_ai.system = \"acme\", app.x = text, \"x-y\" = 1), \
         properties(user.id = model), error(|e| type = e.code()), span_kind = client, returns = future, crate = ::tel",
    );
    assert_eq!(call.attributes.len(), 4);
    assert_eq!(call.properties.len(), 1);
    assert_eq!(call.span_kind_client, Some(true));
    assert_eq!(name(call).as_deref(), Some("\"app.step\""));
    accept("span", "name = model, stream, returns = stream");
}
