//! Entries that are each right by themselves and wrong in their place, and those that are right only there.

use quote::quote;

use super::one;
use crate::diag::Diag;
use crate::entry;
use crate::ir::{Call, ResponseSpec, Value};
use crate::registry::STREAM;
use crate::tests::{accept, accept_on, tokens};

/// Whether the call is said to be streamed, with the value of `gen_ai.request.stream`.
fn streamed(call: &Call) -> Vec<bool> {
    let streams = call.before.iter().filter(|entry| entry.id == STREAM.id);
    streams
        .map(|entry| matches!(entry.value, Value::Bool(true, _)))
        .collect()
}

#[test]
fn a_value_that_is_missing_is_said_once() {
    for (name, attr) in [
        ("chat", "provider = openai, attributes ="),
        ("chat", "provider = openai, response ="),
        ("chat", "provider = openai, error ="),
        ("chat", "provider = openai, stream ="),
        ("chat", "provider = openai, model ="),
        ("chat", "provider = openai, returns ="),
        ("chat", "provider = openai, response(|r| id =)"),
        ("chat", "provider = openai, response(|r| error =)"),
        ("chat", "provider = openai, error(|e| type =)"),
        ("chat", "provider = openai, properties(a =)"),
        ("context", "properties ="),
        ("context", "replace ="),
        ("context", "conversation_id ="),
        (
            "evaluation",
            "of = client, result(|r| score = 1), attributes =",
        ),
        ("evaluation", "of = client, result ="),
        ("tool", "name = \"t\", arguments ="),
        ("tool", "name = \"t\", arguments(a =)"),
    ] {
        one(name, attr, &["needs a value"]);
    }
    // What is left out counts as no score, which is said too.
    assert_eq!(
        super::errors("evaluation", "of = client, result(|r| score =)").len(),
        1
    );
}

#[test]
fn entries_of_contexts() {
    one(
        "context",
        "\"conversation_id\" = a",
        &["quoted keys go into `properties(..)`"],
    );
    for entries in [
        "replace, replace",
        "properties(a = 1), properties(b = 1)",
        "returns = value, returns = value",
        "crate = ::a, crate = ::a",
    ] {
        one("context", entries, &["is already given"]);
    }
}

#[test]
fn attributes_of_a_value_are_no_word() {
    one(
        "chat",
        "provider = openai, span_kind = #[a] client",
        &["`client` or `internal`"],
    );
    one(
        "chat",
        "provider = openai, capture = #[a] none",
        &["can only be `none`"],
    );
    one(
        "chat",
        "provider = openai, crate = #[a] ::tel",
        &["expected a path"],
    );
    one(
        "chat",
        "provider = openai, crate = <T>::tel",
        &["expected a path"],
    );
    one("chat", "provider = openai, crate = 5", &["expected a path"]);
    one(
        "chat",
        "provider = openai, response = <T>::tel",
        &["expected the path"],
    );
}

#[test]
fn whether_a_request_is_streamed_is_a_key_of_chat_alone() {
    one(
        "chat",
        "provider = openai, response(|r| gen_ai.request.stream = true)",
        &["known before the call"],
    );
    one(
        "agent",
        "provider = openai, gen_ai.request.stream = true",
        &["belongs to `chat`"],
    );
    one(
        "agent",
        "provider = openai, response(|r| gen_ai.request.stream = true)",
        &["belongs to `chat`"],
    );
    let streaming = |attr: &str| streamed(&accept("chat", &format!("provider = openai, {attr}")));
    assert_eq!(streaming("streaming"), [true]);
    assert_eq!(streaming("gen_ai.request.stream = true"), [true]);
    assert_eq!(streaming("gen_ai.request.stream = f()"), [false]);
    assert_eq!(streaming("stream"), [false; 0]);
    assert_eq!(
        streamed(&accept("agent", "provider = openai, streaming")),
        [false; 0]
    );
    one(
        "chat",
        "provider = openai, streaming = true",
        &["`streaming` takes no value"],
    );
    one(
        "chat",
        "provider = openai, streaming, gen_ai.request.stream = true",
        &["already set here"],
    );
    one(
        "chat",
        "provider = openai, stream, streaming",
        &["already set here"],
    );
    one(
        "chat",
        "provider = openai, stream, gen_ai.request.stream = true",
        &["already set here"],
    );
    accept(
        "chat",
        "provider = openai, streaming, model = \"m\", max_tokens = 1, temperature = 0.5",
    );
    for with in [
        "stream",
        "streaming",
        "gen_ai.request.stream = f()",
        "returns = stream",
    ] {
        let call = accept(
            "chat",
            &format!("provider = openai, chunk_timing = false, {with}"),
        );
        assert!(call.chunk_timing_off, "{with}");
    }
    for value in ["1", "x", "\"false\"", "0.5"] {
        let attr = format!("provider = openai, stream, chunk_timing = {value}");
        one("chat", &attr, &["`chunk_timing` can only be `false`"]);
    }
}

#[test]
fn keys_of_remote_agents() {
    for with in [
        "stream",
        "operation = invoke_agent",
        "name = create_agent",
        "remote = true",
    ] {
        let attr = format!("provider = openai, {with}, server.address = \"a\"");
        let found = super::errors("agent", &attr);
        let needs = found
            .iter()
            .filter(|message| message.contains("add `remote`"));
        assert_eq!(needs.count(), 1, "{attr}: {found:?}");
    }
    for with in ["remote", "operation = create_agent"] {
        accept(
            "agent",
            &format!("provider = openai, {with}, server.address = \"a\""),
        );
    }
}

#[test]
fn names_of_operations() {
    for value in ["5", "true", "1.5"] {
        one(
            "chat",
            &format!("provider = openai, operation = {value}"),
            &["`operation` is `chat`"],
        );
    }
    one(
        "chat",
        "provider = openai, operation = \"\"",
        &["`operation` is `chat`"],
    );
    one(
        "chat",
        "provider = openai, operation = retrieval",
        &["use `#[genai::retrieval]`"],
    );
    one(
        "chat",
        "provider = openai, operation = tool",
        &["use `#[genai::tool]`"],
    );
    one(
        "chat",
        "provider = openai, operation = \"execute_tool\"",
        &["use `#[genai::tool]`"],
    );
    one(
        "chat",
        "provider = openai, operation = mine",
        &["or a string of your own"],
    );
    one(
        "agent",
        "provider = openai, operation = f()",
        &["`invoke_agent` or `create_agent`"],
    );
    // A string that is the name of an attribute, and not that of an operation.
    accept("chat", "provider = openai, operation = \"tool\"");
    let found = super::errors("agent", "provider = openai, operation = mine");
    assert!(
        found.len() == 1 && !found[0].contains("of your own"),
        "{found:?}"
    );
    one(
        "chat",
        "provider = openai, span_name = \"\"",
        &["a span needs a name"],
    );
    one(
        "span",
        "model = 1",
        &["attributes(gen_ai.request.model = ..)"],
    );
    one("span", "input = 1", &["unknown key `input`"]);
}

#[test]
fn fields_of_one_object() {
    one(
        "tool",
        "name = \"t\", arguments(\"x y\")",
        &["only a variable is its own name", "`\"x y\" = ..`"],
    );
    one(
        "tool",
        "name = \"t\", arguments(city.name)",
        &["only a variable is its own name", "`name = city.name`"],
    );
    one(
        "tool",
        "name = \"t\", arguments(a, a = 1)",
        &["already set here"],
    );
    one(
        "tool",
        "name = \"t\", arguments(a(1))",
        &["`a` needs a value"],
    );
    one(
        "tool",
        "name = \"t\", result(a)",
        &["known only after the call"],
    );
    one(
        "chat",
        "provider = openai, input(a)",
        &["`input` needs a value"],
    );
}

#[test]
fn what_the_library_sets() {
    one(
        "chat",
        "provider = openai, gen_ai.operation.name = \"a\"",
        &["write `operation = ..`"],
    );
    for key in ["gen_ai.response.time_to_first_chunk", "time_to_first_chunk"] {
        for attr in [format!("{key} = 1.0"), format!("response(|r| {key} = 1.0)")] {
            one(
                "chat",
                &format!("provider = openai, {attr}"),
                &["measured when `stream` is given"],
            );
        }
    }
    one(
        "chat",
        "provider = openai, response(|r| gen_ai.operation.name = \"a\")",
        &["write `operation = ..`"],
    );
}

#[test]
fn a_key_of_this_place_is_meant_before_one_of_the_other() {
    one(
        "chat",
        "provider = openai, oinput = 1",
        &["did you mean `input`?"],
    );
    one(
        "chat",
        "provider = openai, response(|r| ioutput = 1)",
        &["did you mean `output`?"],
    );
    one(
        "chat",
        "provider = openai, response(|r| temperatur = 1)",
        &["did you mean `temperature`?"],
    );
}

#[test]
fn patterns_that_do_not_match_every_value() {
    let response = |pattern: &str| format!("provider = openai, response(|{pattern}| id = \"x\")");
    for (pattern, refused) in [
        ("1", true),
        ("'a'..='z'", true),
        ("None", true),
        ("Err(e)", true),
        ("std::option::Option::Some(r)", true),
        ("(a, Some(b))", true),
        ("X { a: Some(b), .. }", true),
        ("[a, Ok(b)]", true),
        ("a @ Some(_)", true),
        ("Somebody(a)", false),
        ("some", false),
        ("X::Any { a, .. }", false),
        ("(Some(a) | None)", false),
        ("(Some(a) | None, b)", false),
        ("NONE", false),
    ] {
        match refused {
            true => one("chat", &response(pattern), &["does not match every value"]),
            false => drop(accept("chat", &response(pattern))),
        }
    }
    one("chat", &response("(a, None)"), &["an `Option` needs none"]);
    one("chat", &response("None"), &["an `Option` needs none"]);
}

#[test]
fn what_a_response_says_of_failures() {
    let entries = |attr: &str| match accept("chat", &format!("provider = openai, {attr}")).response
    {
        ResponseSpec::Entries(_, entries, failure) => (entries.len(), failure.is_some()),
        _ => panic!("entries were meant"),
    };
    assert_eq!(entries("response(|r| id = r.id)"), (1, false));
    assert_eq!(
        entries("response(|r| error = r.error, id = r.id)"),
        (1, true)
    );
    assert_eq!(entries("response(|r| error.type = r.error)"), (0, true));
    one(
        "chat",
        "provider = openai, response(|r| error = a, error.type = b)",
        &["already set here"],
    );
    one(
        "chat",
        "provider = openai, response(|r| \"error\" = a)",
        &["without quotes"],
    );
    one(
        "chat",
        "provider = openai, response(|r| error)",
        &["error = r.error.as_deref()"],
    );
    one(
        "chat",
        "provider = openai, response(|r| error = 5)",
        &["expects a string"],
    );
    one(
        "chat",
        "provider = openai, response(|r| id)",
        &["`id` needs a value"],
    );
    one(
        "chat",
        "provider = openai, response(|r| modle)",
        &["did you mean `model`?"],
    );
    one(
        "chat",
        "provider = openai, error(|e| \"type\" = 1)",
        &["has one key, `type`"],
    );
    one(
        "chat",
        "provider = openai, error(|e| type = a, error.type = b)",
        &["already set here"],
    );
    one(
        "chat",
        "provider = openai, error(|e| type)",
        &["`type` needs a value"],
    );
    assert!(
        accept("chat", "provider = openai, error(|e| error.type = a)")
            .error
            .is_some()
    );
}

#[test]
fn attributes_beside_the_attribute() {
    let chat = "provider = openai";
    let judge = "of = client, result(|r| score = 1)";
    for (name, attr, item) in [
        ("chat", chat, "#[genai::evaluation] fn a() {}"),
        ("evaluation", judge, "#[genai::chat] fn a() {}"),
        ("evaluation", judge, "#[genai::evaluation] fn a() {}"),
        ("chat", chat, "#[genai::context] fn a() {}"),
        ("context", "", "#[genai::chat] fn a() {}"),
        ("context", "", "#[track_caller] fn a() {}"),
        ("chat", chat, "#[track_caller] async fn a() {}"),
        ("chat", chat, "#[inline] fn a() {}"),
        ("chat", chat, "#[other::track_caller] fn a() {}"),
    ] {
        accept_on(name, attr, item);
    }
}

/// `macro_rules!` hands a type over in a group without delimiters.
#[test]
fn types_that_a_macro_hands_over() {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    let handed =
        |text: &str| TokenStream::from(TokenTree::Group(Group::new(Delimiter::None, tokens(text))));
    let said = |attr: TokenStream, item: TokenStream| {
        let mut diag = Diag::default();
        entry::instrument("chat", attr, item, &mut diag);
        diag.messages().join(" ")
    };
    let string = handed("String");
    let found = said(
        quote!(provider = openai, stream),
        quote!(fn a() -> #string { b }),
    );
    assert!(found.contains("a `String` is none"), "{found}");
    let found = said(
        quote!(provider = openai, response(|r| id = it)),
        quote!(fn a(it: #string) {}),
    );
    assert!(found.contains("`it` (a `String`) is moved"), "{found}");
    let value = handed("x?");
    let found = said(
        quote!(provider = openai, model = #value),
        quote!(
            fn a() {}
        ),
    );
    assert!(found.contains("`?`"), "{found}");
}
