//! Keys, and the provider.

use super::super::errors;
use super::one;

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
    // As the fields of clients' structs are written.
    one(
        "chat",
        "provider = openai, request_model = \"m\"",
        &["did you mean `gen_ai.request.model`?"],
    );
    // As for `tracing::instrument`.
    one(
        "chat",
        "provider = openai, skip_all",
        &[
            "unknown key `skip_all`",
            "arguments are not recorded unless",
        ],
    );
    one(
        "chat",
        "provider = openai, err",
        &["an error is always recorded"],
    );
    one(
        "chat",
        "provider = openai, ret",
        &["response(|r| key = ..)"],
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
fn names_of_clients() {
    for (alias, name) in [
        ("max_completion_tokens", "max_tokens"),
        ("n", "choice_count"),
        ("stop", "stop_sequences"),
    ] {
        one(
            "chat",
            &format!("provider = openai, {alias} = 1"),
            &[&format!("did you mean `{name}`?")],
        );
    }
    one(
        "chat",
        "provider = openai, response(|r| stop_reason = r)",
        &["did you mean `finish_reasons`?"],
    );
    one(
        "embeddings",
        "provider = openai, dimensions = 1",
        &["did you mean `dimension_count`?"],
    );
    one(
        "chat",
        "provider = openai, request.model = 1",
        &["did you mean `gen_ai.request.model`?"],
    );
    one(
        "workflow",
        "stop = 1",
        &["unknown key `stop` for `workflow`"],
    );
}
