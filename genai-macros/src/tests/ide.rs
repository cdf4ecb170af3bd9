//! What an editor is shown: it looks at one place of two expansions, with and without a word at the cursor.

use proc_macro2::TokenStream;

use super::tokens;
use crate::diag::Diag;
use crate::{entry, ide};

const FUNCTION: &str =
    "pub async fn ask(mut req: Req) -> Result<Reply, Error> { req.send().await }";

/// What an editor gets for an attribute, errors included.
fn shown(name: &str, attr: &str, item: &str) -> String {
    let (attr, item) = (tokens(attr), tokens(item));
    let mut diag = Diag::default();
    entry::instrument(name, attr.clone(), item.clone(), &mut diag);
    ide::expand(name, attr, item, diag.into_tokens()).to_string()
}

/// The braces around the cursor (`^`); both expansions agree up to them.
fn around(name: &str, attr: &str) -> String {
    let one = |word| {
        let attr = tokens(&attr.replace('^', word));
        ide::expand(name, attr, tokens(FUNCTION), TokenStream::new()).to_string()
    };
    let (without, with) = (one(""), one("cursor"));
    assert_eq!(with.matches("cursor").count(), 1, "{with}");
    let found = with.find("cursor").unwrap_or(0);
    let open = with[..found].rfind('{').unwrap_or(0);
    assert_eq!(without.get(..open), with.get(..open), "{attr}");
    let end = with[found..].find('}').unwrap_or(0);
    with[open..=found + end].to_owned()
}

#[test]
fn a_key_is_chosen_from_those_of_its_place() {
    let shown = shown("chat", "provider = openai, ", FUNCTION);
    for item in [
        "pub const max_tokens : () = () ;",
        "pub const attributes : () = () ;",
        "pub mod server { pub const address : () = () ; pub const port : () = () ; }",
    ] {
        assert!(shown.contains(item), "{shown}");
    }
    assert!(!shown.contains("input_tokens"), "{shown}");
    assert!(
        shown.contains("use choices :: { provider as _ } ;"),
        "{shown}"
    );
    assert_eq!(
        around("chat", "model = 1, ^"),
        "{ model as _ , cursor as _ }"
    );
    assert_eq!(around("chat", "^ = 1"), "{ cursor as _ }");
    assert_eq!(around("chat", "server.^"), "{ server :: cursor as _ }");
    assert_eq!(
        around("tool", "gen_ai.tool.type = 1, ^"),
        "{ gen_ai :: tool :: r#type as _ , cursor as _ }"
    );
    assert_eq!(around("context", "^"), "{ cursor as _ }");
    assert_eq!(around("span", "^"), "{ cursor as _ }");
    assert_eq!(around("chat", "response(|r| ^)"), "{ cursor as _ }");
}

#[test]
fn a_value_stands_where_the_arguments_are() {
    assert_eq!(
        around("chat", "modle = 1, max_tokens = req.^"),
        "{ req . cursor }"
    );
    assert_eq!(
        around("chat", "properties(a.b = req.^)"),
        "{ req . cursor }"
    );
    assert_eq!(around("tool", "arguments(^)"), "{ cursor }");
    assert_eq!(
        around("chat", "request = f::<A, B>(^, 1)"),
        "{ f ::< A , B > (cursor , 1) }"
    );
    assert_eq!(
        around("chat", "response(|r| id = r.^, input_tokens = )"),
        "{ r . cursor }"
    );
    assert_eq!(around("chat", "error(|e| type = e.^)"), "{ e . cursor }");
    let out = shown("chat", "response(|Reply { id, .. }| id = id)", FUNCTION);
    assert!(
        out.contains("unreachable :: < Result < Reply , Error > > ()"),
        "{out}"
    );
    assert!(out.contains("Some (Reply { id , .. }) ="), "{out}");
}

#[test]
fn a_word_is_chosen_from_those_of_its_key() {
    for attr in [
        "provider = ^",
        "provider = open^",
        "returns = ^",
        "capture = ^",
        "operation = ^",
    ] {
        let around = around("chat", attr);
        assert!(around.contains("cursor as _ }"), "{around}");
    }
    assert_eq!(around("chat", "provider = aws.^"), "{ aws :: cursor as _ }");
    assert_eq!(around("chat", "provider = req.^"), "{ req . cursor }");
}

#[test]
fn a_format_is_chosen_beside_names_of_ones_own() {
    let choices = |attr: &str| {
        assert_eq!(around("chat", &attr.replace('=', "= ^")), "{ cursor }");
        shown("chat", attr, FUNCTION)
    };
    for word in ["openai", "gemini_interactions", "auto"] {
        let item = format!("pub const {word} : () = () ;");
        assert!(choices("response =").contains(&item), "{word}");
        assert!(choices("request =").contains(&item), "{word}");
    }
    let none = "pub const none : () = () ;";
    assert!(choices("response =").contains(none));
    assert!(!choices("request =").contains(none));
    // What is there already stays where it is.
    for (attr, expected) in [
        ("response = op^", "{ opcursor }"),
        ("response = openai^", "{ openaicursor }"),
        ("request = re^", "{ recursor }"),
        ("request = openai(re^)", "{ recursor ; }"),
    ] {
        assert_eq!(around("chat", attr), expected);
    }
    assert!(!shown("chat", "request = ", "fn f(openai: Req) {}").contains("const openai :"));
}

#[test]
fn words_of_every_attribute_are_offered() {
    for (name, words) in [
        (
            "chat",
            &[
                "stream",
                "streaming",
                "response",
                "request",
                "error",
                "returns",
            ][..],
        ),
        ("tool", &["arguments", "streaming", "metric_attributes"]),
        (
            "evaluation",
            &["name", "of", "llm", "human", "code", "identifier", "result"],
        ),
        ("context", &["conversation_id", "properties"]),
    ] {
        let shown = shown(name, "", FUNCTION);
        for word in words {
            let item = format!("pub const {word} : () = () ;");
            assert!(shown.contains(&item), "{name}: {word} in {shown}");
        }
    }
    let shown = shown("evaluation", "result(|r| )", FUNCTION);
    assert!(shown.contains("pub const score : () = () ;"), "{shown}");
}

#[test]
fn the_function_is_as_written_and_the_errors_are_last() {
    let out = shown("chat", "modle = 1, model = , provider = opnai", FUNCTION);
    assert!(
        out.starts_with("pub async fn ask (mut req : Req) -> Result < Reply , Error > { # [allow"),
        "{out}"
    );
    let body = out.find("} req . send () . await }").expect("the body");
    let error = out.find("compile_error").expect("an error");
    assert!(body < error, "{out}");
    assert_eq!(
        shown("chat", "model", "struct A;").find("struct A ;"),
        Some(0)
    );
    assert!(
        shown("chat", "", "fn a() { #![allow(x)] b }")
            .starts_with("#[allow (x)] fn a () { # [allow")
    );
}

#[test]
fn the_compiler_sees_nothing_of_it() {
    let out = entry::run("chat", tokens("provider = openai"), tokens(FUNCTION)).to_string();
    assert!(!out.contains("choices"), "{out}");
}
