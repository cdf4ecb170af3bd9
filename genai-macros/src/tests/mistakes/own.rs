//! Mistakes in attributes of operations of one's own.

use super::{one, one_on};

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
    one(
        "span",
        "metric_attributes(a = 1)",
        &["genai::metrics::counter"],
    );
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
    // A context has the conversation outside of the list, and no other key of the conventions.
    one(
        "context",
        "properties(gen_ai.conversation.id = id)",
        &["write it outside of `properties(..)`: `conversation_id = ..`"],
    );
    one(
        "context",
        "properties(gen_ai.request.model = 1)",
        &["choose a name of your own, such as `app.model`"],
    );
    one_on("span", "", "struct S;", &["a struct"]);
}
