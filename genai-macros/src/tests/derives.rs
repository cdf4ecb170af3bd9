//! The derives on token level.

use proc_macro2::TokenStream;

use super::tokens;
use crate::derive;
use crate::registry::Place;

fn derived(place: Place, item: &str) -> String {
    derive::run(place, tokens(item)).to_string()
}

#[test]
fn a_key_becomes_a_call_by_its_type() {
    let out = derived(
        Place::Response,
        "struct Reply { #[genai(input_tokens)] a: u32, #[genai(finish_reasons)] b: Vec<String>, #[genai(id)] c: String, d: u8 }",
    );
    for part in [
        "integer (64u8 , & self . a)",
        "strings (45u8 , & self . b)",
        "string (46u8 , & self . c)",
    ] {
        assert!(out.contains(part), "{out} lacks `{part}`");
    }
    assert!(
        !out.contains("self . d") && !out.contains("compile_error"),
        "{out}"
    );
}

#[test]
fn content_is_recorded_only_if_wanted() {
    let out = derived(Place::Entries, "struct Ask { #[genai(message)] a: String }");
    assert!(out.contains("if recorder . wants_content () {"), "{out}");
    assert!(out.contains("input_messages (& self . a)"), "{out}");
}

#[test]
fn a_mistake_leaves_the_implementation() {
    let out = derived(
        Place::Response,
        "struct Reply { #[genai(modle)] a: String, #[genai(id)] b: String }",
    );
    assert_eq!(out.matches("compile_error").count(), 1, "{out}");
    assert!(out.contains("impl :: genai :: Response for Reply"), "{out}");
    assert!(out.contains("& self . b"), "{out}");
}

#[test]
fn an_unknown_key_is_answered_with_what_holds_for_fields() {
    for place in [Place::Entries, Place::Response] {
        let unknown = derived(place, "struct Any { #[genai(zzzzzz)] a: String }");
        assert!(
            unknown.contains("unknown key `zzzzzz`") && unknown.contains("fields without"),
            "{unknown}"
        );
    }
    let of_another = derived(
        Place::Entries,
        "struct Ask { #[genai(encoding_formats)] a: String }",
    );
    assert!(
        of_another.contains("write `#[genai(operation = embeddings)]` on the type"),
        "{of_another}"
    );
}

#[test]
fn every_mistake_is_reported() {
    let out = derived(
        Place::Entries,
        "#[genai(provider = opnai, operation = chatt, crate = tel, x)] enum Ask { A(#[genai(modle)] u8), #[genai(y)] B { #[genai(input_tokens = 1)] a: u8, #[genai] b: u8 } }",
    );
    assert_eq!(out.matches("compile_error").count(), 8, "{out}");
}

#[test]
fn the_provider_is_known_only_if_it_is_given() {
    let ask = "struct Ask { #[genai(model)] a: String }";
    assert!(!derived(Place::Entries, ask).contains("ProviderRequest"));
    assert!(
        derived(
            Place::Entries,
            &format!("#[genai(provider = aws.bedrock)] {ask}")
        )
        .contains("\"aws.bedrock\"")
    );
    let field = derived(
        Place::Entries,
        "struct Ask { #[genai(provider)] a: String }",
    );
    assert!(field.contains("ProviderRequest for Ask"), "{field}");
}

#[test]
fn a_truncated_item_is_an_error_and_no_panic() {
    let item = tokens(
        "#[genai(provider = openai)] pub struct Ask<'a, T: Into<u8>> where T: X { #[genai(model)] pub a: &'a T, #[genai(flatten)] b: Option<T> }",
    );
    let all: Vec<_> = item.into_iter().collect();
    for end in 0..=all.len() {
        let cut: TokenStream = all.iter().take(end).cloned().collect();
        let out = derive::run(Place::Entries, cut);
        assert!(!out.is_empty());
    }
}

#[test]
fn a_field_without_a_name_is_refused() {
    let out = derived(Place::Entries, "struct Ask { #[genai(model)] _: u8 }");
    assert!(out.contains("a field needs a name to be recorded"), "{out}");
    assert!(!out.contains("self . _"), "{out}");
}

#[test]
fn a_key_of_the_other_derive_is_said_to_be_that() {
    for (place, key, other) in [
        (Place::Entries, "input_tokens", "Response"),
        (Place::Response, "temperature", "Request"),
        (Place::Response, "gen_ai.request.stream", "Request"),
    ] {
        let out = derived(place, &format!("struct Any {{ #[genai({key})] a: u8 }}"));
        assert_eq!(out.matches("compile_error").count(), 1, "{out}");
        let said = format!("belongs to a `genai::{other}`");
        assert!(out.contains(&said), "{key}: {out} lacks `{said}`");
    }
}

#[test]
fn a_format_is_one_of_the_words() {
    let of = |format: &str| {
        let item = format!("#[genai(format = {format})] struct Any {{ a: u8 }}");
        derived(Place::Response, &item)
    };
    let (known, unknown) = (of("anthropic"), of("anthropc"));
    assert!(!known.contains("compile_error"), "{known}");
    assert!(known.contains("Anthropic"), "{known}");
    assert!(unknown.contains("did you mean `anthropic`?"), "{unknown}");
    assert!(of("\"anthropic\"").contains("compile_error"));
}
