//! Values and words.

use super::one;

#[test]
fn values() {
    one(
        "chat",
        "provider = openai, temperature = 1e400",
        &["does not fit", "floating-point"],
    );
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
        "provider = openai, crate = ::tel::<u8>",
        &["expected a path, as in `crate = ::tel`"],
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
