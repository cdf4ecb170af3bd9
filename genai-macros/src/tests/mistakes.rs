//! One mistake, one message: the beginning of it is what a person reads first.

use super::{FUNCTION, errors, errors_on, tokens};
use crate::entry;

/// Expects exactly one message that holds all of these.
fn one(name: &str, attr: &str, parts: &[&str]) {
    one_on(name, attr, FUNCTION, parts);
}

fn one_on(name: &str, attr: &str, item: &str, parts: &[&str]) {
    let found = errors_on(name, attr, item);
    assert_eq!(found.len(), 1, "#[{name}({attr})] {item}: {found:#?}");
    for part in parts {
        assert!(
            found[0].contains(part),
            "#[{name}({attr})] {item}: {found:#?} lacks `{part}`"
        );
    }
}

#[test]
fn keys() {
    one(
        "chat",
        "provider = openai, gen_ai.request.modle = 1",
        &[
            "unknown key `gen_ai.request.modle`",
            "did you mean `gen_ai.request.model`?",
        ],
    );
    one(
        "chat",
        "provider = openai, tempreature = 0.1",
        &["did you mean `temperature`?", "attributes(..)"],
    );
    one(
        "chat",
        "provider = openai, user = 1",
        &["unknown key `user` for `chat`"],
    );
    one(
        "chat",
        "provider = openai, dimension_count = 3",
        &["belongs to `embeddings`"],
    );
    one(
        "chat",
        "provider = openai, name = \"x\"",
        &["`agent`, `tool` and `workflow`"],
    );
    one(
        "chat",
        "provider = openai, input_tokens = 3",
        &[
            "known only after the call",
            "response(|r| input_tokens = ..)",
        ],
    );
    one(
        "chat",
        "provider = openai, response(|r| temperature = r.t)",
        &["known before the call"],
    );
    one(
        "chat",
        "provider = openai, response(|r| input_token = r.t)",
        &["did you mean `input_tokens`?"],
    );
    one(
        "chat",
        "provider = openai, gen_ai.system = \"openai\"",
        &[
            "deprecated",
            "`gen_ai.provider.name`",
            "`provider = ..` sets it",
        ],
    );
    one(
        "chat",
        "provider = openai, response(|r| prompt_tokens = 1)",
        &["deprecated", "`input_tokens = ..` sets it"],
    );
    one(
        "chat",
        "provider = openai, gen_ai.prompt = 1",
        &["deprecated", "no replacement"],
    );
    one(
        "chat",
        "provider = openai, model = \"a\", gen_ai.request.model = \"b\"",
        &["already set here"],
    );
    one(
        "chat",
        "provider = openai, mcp.method.name = \"a\"",
        &["key of the conventions, but `chat` does not have it"],
    );
    one(
        "chat",
        "provider = openai, error.type = \"a\"",
        &["error(|e| type = ..)"],
    );
    one(
        "chat",
        "provider = openai, \"model\" = \"a\"",
        &["without quotes"],
    );
    one(
        "agent",
        "provider = openai, server.address = \"a\"",
        &["add `remote`"],
    );
    one(
        "agent",
        "provider = openai, top_k = 1",
        &["belongs to `chat` and `retrieval`"],
    );
    one(
        "chat",
        "provider = openai, sytem = \"a\"",
        &["did you mean `system`?"],
    );
    one(
        "chat",
        "provider = openai, respnse = none",
        &["did you mean `response`?"],
    );
    one(
        "chat",
        "provider = openai, app. = 1",
        &["`app.` is not complete"],
    );
}

#[test]
fn values() {
    one(
        "chat",
        "provider = openai, max_tokens = \"a\"",
        &["expects an integer; found a string"],
    );
    one(
        "chat",
        "provider = openai, max_tokens = 1.5",
        &["found a floating-point number"],
    );
    one(
        "chat",
        "provider = openai, max_tokens = -99999999999999999999",
        &["does not fit"],
    );
    one(
        "chat",
        "provider = openai, model = 5",
        &["expects a string; found an integer"],
    );
    one(
        "chat",
        "provider = openai, model = true",
        &["found a boolean"],
    );
    one(
        "chat",
        "provider = openai, model = b\"a\"",
        &["found a byte string"],
    );
    one(
        "chat",
        "provider = openai, temperature = \"0.2\"",
        &["expects a number; found a string"],
    );
    one(
        "chat",
        "provider = openai, stop_sequences = 1",
        &["expects a string or a list of strings; found an integer"],
    );
    one(
        "chat",
        "provider = openai, stop_sequences = [\"a\", 1]",
        &["found an integer"],
    );
    one(
        "chat",
        "provider = openai, model = |x| x",
        &["found a closure"],
    );
    one(
        "chat",
        "provider = openai, max_tokens = format!(\"a\")",
        &["found a string"],
    );
    one(
        "chat",
        "provider = openai, model = a == b",
        &["found a boolean"],
    );
    one(
        "chat",
        "provider = openai, model = n as i64",
        &["found an integer"],
    );
    one(
        "chat",
        "provider = openai, model = req.model()?",
        &["`?` would change the function"],
    );
    one(
        "chat",
        "provider = openai, model = load().await",
        &["`.await` would change the function"],
    );
    one(
        "chat",
        "provider = openai, max_tokens = ",
        &["needs a value"],
    );
    one(
        "chat",
        "provider = openai, max_tokens",
        &["`max_tokens` needs a value"],
    );
    one(
        "chat",
        "provider = openai, max_tokens(5)",
        &["`max_tokens` needs a value"],
    );
    one(
        "chat",
        "provider = openai, max_tokens: 5",
        &["expected `=` after `max_tokens`"],
    );
    one(
        "chat",
        "provider = openai, max_tokens = 5 +",
        &["the value of `max_tokens`"],
    );
    one(
        "chat",
        "provider = openai max_tokens = 5",
        &["expected `,`"],
    );
    one(
        "chat",
        "provider = openai, input = 5",
        &["found an integer"],
    );
}

#[test]
fn words() {
    one(
        "chat",
        "provider = opnai",
        &["did you mean `openai`?", "`\"opnai\"`"],
    );
    one(
        "chat",
        "provider = aws.bedrok",
        &["did you mean `aws.bedrock`?"],
    );
    one(
        "chat",
        "provider = vertex_ai",
        &["did you mean `gcp.vertex_ai`?"],
    );
    one("chat", "provider = claude", &["did you mean `anthropic`?"]);
    one(
        "chat",
        "provider = config.provider",
        &["no argument is named `config`"],
    );
    one(
        "chat",
        "provider = openai, output_type = jsn",
        &["did you mean `json`?"],
    );
    one(
        "chat",
        "provider = openai, operation = text_complete",
        &["did you mean `text_completion`?"],
    );
    one(
        "chat",
        "provider = openai, operation = embeddings",
        &["use `#[genai::embeddings]`"],
    );
    one(
        "agent",
        "provider = openai, operation = \"mine\"",
        &["`invoke_agent` or `create_agent`"],
    );
    one(
        "chat",
        "provider = openai, capture = all",
        &["can only be `none`"],
    );
    one(
        "chat",
        "provider = openai, span_kind = clinet",
        &["did you mean `client`?"],
    );
    one(
        "chat",
        "provider = openai, span_kind = server",
        &["`client` or `internal`"],
    );
    one(
        "chat",
        "provider = openai, returns = box",
        &["the value of `returns`"],
    );
    one(
        "chat",
        "provider = openai, returns = iterator",
        &["`future`, `stream` or `value`"],
    );
    one("chat", "provider = openai, remote", &["for `agent`"]);
    one("chat", "provider = openai, replace", &["for `context`"]);
    one(
        "chat",
        "provider = openai, stream = true",
        &["write `stream` alone"],
    );
    one(
        "chat",
        "provider = openai, chunk_timing = false",
        &["add `stream`"],
    );
    one(
        "chat",
        "provider = openai, stream, chunk_timing = true",
        &["or remove it"],
    );
    one(
        "chat",
        "provider = openai, stream, returns = value",
        &["contradict"],
    );
    one(
        "chat",
        "provider = openai, crate = tel",
        &["write `crate = ::tel`"],
    );
    one(
        "chat",
        "provider = openai, crate = \"tel\"",
        &["without quotes", "`crate = ::tel`"],
    );
    one(
        "chat",
        "provider = openai, span_name = 5",
        &["expects a string"],
    );
    one(
        "chat",
        "provider = openai, capture = none, capture = none",
        &["already given"],
    );
}

#[test]
fn providers() {
    for name in ["chat", "embeddings", "agent"] {
        one(
            name,
            "",
            &[
                "needs to know the provider",
                "`provider = openai`",
                "`request = arg`",
            ],
        );
    }
    for name in ["tool", "workflow", "retrieval", "context"] {
        assert!(errors(name, "").is_empty());
    }
}

#[test]
fn lists() {
    one(
        "chat",
        "provider = openai, attributes(gen_ai.request.model = 1)",
        &["write it outside of `attributes(..)`: `model = ..`"],
    );
    one(
        "tool",
        "properties(server.address = 1)",
        &["choose a name of your own"],
    );
    one("tool", "attributes(\"\" = 1)", &["an empty key is no key"]);
    one(
        "tool",
        "attributes(a.b = 1, \"a.b\" = 2)",
        &["already set here"],
    );
    one(
        "tool",
        "attributes(gen_ai.tool.nam = 1)",
        &["did you mean `gen_ai.tool.name`?"],
    );
    one(
        "tool",
        "attributes(gen_ai.association.properties.user = 1)",
        &["write `properties(user = ..)`"],
    );
    one("tool", "metric_attributes(a.b)", &["`a.b` needs a value"]);
    one("tool", "properties = 1", &["`properties(a.b = ..)`"]);
    one("tool", "attributes(= 1)", &["expected a key"]);
    one(
        "context",
        "attributes(a = 1)",
        &["`attributes` is for operations"],
    );
    one(
        "context",
        "conversation = 1",
        &["unknown key `conversation`"],
    );
    one(
        "context",
        "conversation_idd = 1",
        &["did you mean `conversation_id`?"],
    );
    one("context", "model = 1", &["belongs to"]);
    one("context", "conversation_id = 1", &["expects a string"]);
    one(
        "context",
        "conversation_id = a, gen_ai.conversation.id = b",
        &["already set here"],
    );
}

#[test]
fn response_and_error() {
    one(
        "chat",
        "provider = openai, response(model = 1)",
        &["the pattern is missing", "response(|r|"],
    );
    one(
        "chat",
        "provider = openai, response()",
        &["the pattern is missing"],
    );
    one(
        "chat",
        "provider = openai, response(||)",
        &["a name for the value is missing"],
    );
    one(
        "chat",
        "provider = openai, response(|a, b| id = a)",
        &["|(a, b)|"],
    );
    one(
        "chat",
        "provider = openai, response(|a: T| id = a)",
        &["remove it"],
    );
    one(
        "chat",
        "provider = openai, response(|a id = a)",
        &["expected `|`"],
    );
    one(
        "chat",
        "provider = openai, response = |a| a",
        &["goes into parentheses"],
    );
    one(
        "chat",
        "provider = openai, response = 5",
        &["expected the path"],
    );
    one(
        "chat",
        "provider = openai, response",
        &["`response` is written"],
    );
    one(
        "chat",
        "provider = openai, response(|r| id = text)",
        &["`text` (a `String`) is moved"],
    );
    one(
        "chat",
        "provider = openai, response(|r| id = f(&text))",
        &["`text` (a `String`) is moved"],
    );
    one(
        "chat",
        "provider = openai, response(|r| id = r.id, gen_ai.response.id = r.id)",
        &["already set here"],
    );
    one(
        "chat",
        "provider = openai, error(|e| kind = 1)",
        &["has one key, `type`"],
    );
    one(
        "chat",
        "provider = openai, error(|e|)",
        &["`type` is missing"],
    );
    one(
        "chat",
        "provider = openai, error(|e| type = 1)",
        &["expects a string"],
    );
    one(
        "chat",
        "provider = openai, error = x",
        &["`error` is written"],
    );
}

#[test]
fn items() {
    let chat = "provider = openai";
    one_on(
        "chat",
        chat,
        "struct A;",
        &["a struct is none", "derive `genai::Request`"],
    );
    one_on("chat", chat, "enum A { B }", &["an enum is none"]);
    one_on(
        "chat",
        chat,
        "impl A { fn a() {} }",
        &["put it on each method"],
    );
    one_on(
        "chat",
        chat,
        "unsafe impl A for B {}",
        &["an `impl` block is none"],
    );
    one_on("chat", chat, "trait A {}", &["methods of each `impl`"]);
    one_on("chat", chat, "pub(crate) mod a {}", &["a module is none"]);
    one_on("chat", chat, "const A: u8 = 1;", &["a constant is none"]);
    one_on("chat", chat, "static A: u8 = 1;", &["a static is none"]);
    one_on(
        "chat",
        chat,
        "extern \"C\" { fn a(); }",
        &["an `extern` block is none"],
    );
    one_on("chat", chat, "use a::b;", &["a `use` is none"]);
    one_on(
        "chat",
        chat,
        "fn a();",
        &["a function without a body", "each `impl`"],
    );
    one_on("chat", chat, "const fn a() {}", &["remove `const`"]);
    one_on(
        "chat",
        chat,
        "unsafe extern \"C\" fn a(x: u8, ...) {}",
        &["variadic"],
    );
    one_on(
        "chat",
        chat,
        "#[genai::tool] fn a() {}",
        &["already on this function", "split"],
    );
    one_on(
        "chat",
        "provider = openai, crate = ::tel",
        "#[tel::agent] fn a() {}",
        &["split"],
    );
    one_on("context", "", "#[genai::context] fn a() {}", &["merge"]);
    one_on("chat", chat, "#[track_caller] fn a() {}", &["track_caller"]);
    one_on(
        "chat",
        "provider = openai, stream",
        "fn a() {}",
        &["`()` is none", "observe_stream"],
    );
    one_on(
        "chat",
        "provider = openai, stream",
        "async fn a() -> Result<Vec<u8>, E> {}",
        &["a `Vec` is none"],
    );
    one_on(
        "chat",
        "provider = openai, returns = stream",
        "fn a() -> impl Future<Output = String> {}",
        &["a `String` is none"],
    );
}

#[test]
fn every_mistake_is_reported_once() {
    let attr = "provider = opnai, tempreature = 1, max_tokens = \"x\", input_tokens = 1, gen_ai.system = \"a\", \
        attributes(gen_ai.request.model = 1, \"\" = 2), response(|r| id = text, modle = 2, id = 3), bogus, stream = 1";
    let found = errors("chat", attr);
    assert_eq!(found.len(), 12, "{found:#?}");
    let whole = entry::run("chat", tokens(attr), tokens(FUNCTION)).to_string();
    assert_eq!(whole.matches("compile_error").count(), 12);
    assert!(
        whole.ends_with(&tokens(FUNCTION).to_string()),
        "the function is as it was"
    );
}

#[test]
fn operations_of_ones_own() {
    one("span", "name = \"\"", &["a span needs a name"]);
    one("span", "name = 5", &["`name` expects a string"]);
    one("span", "name = \"a\", name = \"b\"", &["`name`"]);
    one("span", "nane = \"a\"", &["did you mean `name`?"]);
    one(
        "span",
        "gen_ai.request.model = model",
        &["attributes(gen_ai.request.model = ..)"],
    );
    one("span", "app.x = 1", &["attributes(app.x = ..)"]);
    one(
        "span",
        "request = req",
        &["`request` is not for an operation of your own"],
    );
    one("span", "response = none", &["genai::current()"]);
    one("span", "metric_attributes(a = 1)", &["genai::counter"]);
    one("span", "operation = \"x\"", &["name = .."]);
    one("span", "span_name = \"x\"", &["name = .."]);
    one("span", "capture = none", &["no content"]);
    one("span", "stream, chunk_timing = false", &["no metric"]);
    one("span", "remote", &["is for `agent`"]);
    one("span", "replace", &["is for `context`"]);
    one("span", "attributes(\"\" = 1)", &["empty key"]);
    one(
        "span",
        "attributes(gen_ai.usage.input_tokens = \"many\")",
        &["integer"],
    );
    one(
        "span",
        "attributes(gen_ai.input.messages = text)",
        &["choose a name of your own"],
    );
    one(
        "span",
        "attributes(gen_ai.request.modle = 1)",
        &["gen_ai.request.model"],
    );
    one(
        "span",
        "properties(gen_ai.request.model = 1)",
        &["gen_ai.request.model"],
    );
    one(
        "span",
        "attributes(gen_ai.request.model = \"a\", gen_ai.request.model = \"b\")",
        &["already"],
    );
    one_on("span", "", "struct S;", &["a struct"]);
}
