//! The user's own keys, the response, the error.

use super::one;

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
    for (pattern, said) in [
        ("Some(r)", "an `Option` needs none"),
        ("(a, Option::None)", "an `Option` needs none"),
        ("Ok(r)", "a name is enough"),
        ("X { a: 5, .. }", "look at it in the entry"),
        ("&[1..=3, ..]", "look at it in the entry"),
    ] {
        let response = format!("provider = openai, response(|{pattern}| id = \"x\")");
        one("chat", &response, &["does not match every value", said]);
        let error = format!("provider = openai, error(|{pattern}| type = \"x\")");
        one("chat", &error, &["does not match every value", said]);
    }
    one(
        "chat",
        "provider = openai, error = x",
        &["`error` is written"],
    );
}
