//! Names: those of arguments, those that are moved, those of formats and well-known values.

use super::{one, one_on};
use crate::check::scope::Scope;
use crate::check::uses::uses;
use crate::check::words::path;
use crate::ir::{AskedFor, Read, Value, What};
use crate::tests::{accept, accept_on, errors_on, tokens};

/// A function with one argument of this type, which its response names.
fn moved(ty: &str) -> Vec<String> {
    let item = format!("fn f<T: Copy>(it: {ty}) -> u8 {{ 1 }}");
    errors_on("chat", "provider = openai, response(|r| id = f(it))", &item)
}

#[test]
fn types_that_are_moved_for_sure() {
    for (ty, words) in [
        ("String", "a `String`"),
        ("std::string::String", "a `String`"),
        ("(String)", "a `String`"),
        ("Vec<u8>", "a `Vec`"),
        ("Box<str>", "a `Box`"),
        ("&mut u8", "a `&mut`"),
        ("impl Into<String>", "an `impl Trait`"),
        ("impl Into<Copy>", "an `impl Trait`"),
    ] {
        let found = moved(ty);
        let said = format!("`it` ({words}) is moved");
        assert!(
            found.len() == 1 && found[0].contains(&said),
            "{ty}: {found:?}"
        );
    }
    for ty in [
        "u8",
        "&str",
        "&Vec<u8>",
        "&String",
        "T",
        "Vec",
        "Box",
        "String<u8>",
        "Option<u8>",
        "impl Copy",
        "impl Send + std::marker::Copy",
        "[u8; 2]",
        "(u8, u8)",
    ] {
        assert_eq!(moved(ty), Vec::<String>::new(), "{ty}");
    }
}

/// Each name that is moved, where it stands.
#[test]
fn moved_names_are_found_in_every_value_after_the_call() {
    for attr in [
        "response(|r| id = text)",
        "response(|r| error = text)",
        "response(|r| id = f(r.id, [&text]))",
        "error(|e| type = text)",
    ] {
        one(
            "chat",
            &format!("provider = openai, {attr}"),
            &["`text` (a `String`) is moved"],
        );
    }
    one(
        "evaluation",
        "of = client, result(|r| label = text)",
        &["`text` (a `String`) is moved"],
    );
    // A pattern hides one argument, and no other.
    let item = "fn f(a: String, b: String) -> u8 { 1 }";
    one_on(
        "chat",
        "provider = openai, response(|(a, _)| id = a, model = b)",
        item,
        &["`b`"],
    );
    accept_on(
        "chat",
        "provider = openai, response(|X { a, c: [b, ..] }| id = a, model = b)",
        item,
    );
    // What is named before the call is there.
    accept_on(
        "chat",
        "provider = openai, model = a, attributes(x.y = b)",
        item,
    );
}

#[test]
fn names_that_tokens_use() {
    for (text, names) in [
        ("a", "a"),
        ("a.b.c", "a"),
        ("x.f(a)", "x a"),
        ("a::b", ""),
        ("a::b(c)", "c"),
        ("::a", ""),
        ("X { a: b }", "X b"),
        ("a..b", "a b"),
        ("a ..= b", "a b"),
        ("a ! (b)", "b"),
        ("f(&mut a)", "f mut a"),
        ("|a| a", ""),
        ("|r| a", "a"),
        ("|k, a| a", ""),
        ("|(k, a)| f(a)", "f"),
        ("|k: u8, X { a, .. }| a", ""),
        ("|k| { |a| a } + b", "b"),
        ("f(|k| k) + a", "f a"),
        ("|| a", "a"),
        ("a || b", "a b"),
        ("|| |a| f(a, b)", "f b"),
        ("a | b", "a b"),
        ("1 | b", "b"),
        ("(1) | b", "b"),
        ("a? | b", "a b"),
        ("move |a| a + b", "b move"),
        ("f(|a| a, b)", "f b"),
        ("a != b", "a b"),
        ("!a", "a"),
        ("{ for a in b { c(a) } }", "b c for in"),
        ("{ let a = b; a }", "let b"),
        ("{ let mut a = b; a }", "let b"),
        ("{ let (k, a) = b; f(a) }", "let b f"),
        ("{ let Some(a) = b else { c }; a }", "let b else c"),
        ("if let Some(a) = b { a }", "if let b"),
        ("match b { Some(a) => a, _ => c }", "match b c"),
        (
            "match b { X { a, .. } if a > c => { a } d => d, }",
            "match b c if",
        ),
        (
            "match b { 1 => a.b, a | A::C(a) => { c } 2 => d }",
            "match b c d",
        ),
        (
            "match b { 1 => f(e), X(a) => a, Y { d } => d }",
            "match b f e",
        ),
        ("f { a => b }", "f b"),
        ("f(a => b)", "f a b"),
        ("match b { _ => a }", "match b a"),
        ("b = a", "b a"),
        ("{ b == a }", "b a"),
        ("{ k; |a| -> b { c(a) } }", "k b c"),
        ("{ b >= a }", "b a"),
        ("{ b = a }", "b a"),
        ("{ b > a }", "b a"),
        ("{ b => a }", "a"),
        ("b == a", "b a"),
        ("1 + a", "a"),
        ("\"x\" a", "a"),
    ] {
        let mut expected: Vec<&str> = names.split(' ').filter(|name| !name.is_empty()).collect();
        let found = uses(tokens(text));
        let mut found: Vec<String> = found
            .iter()
            .map(ToString::to_string)
            .filter(|name| name != "_")
            .collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn names_that_patterns_bind() {
    let scope = |item: &str| {
        let function: syn::ItemFn = syn::parse_str(item).unwrap_or_else(|e| panic!("{item}: {e}"));
        Scope::new(&function.sig)
    };
    let all = scope(
        "fn f<const N: usize>(&self, a: u8, (b, [c, ..]): X, Y { d, e: f @ Z(g) }: Y, &mut h: &u8) {}",
    );
    for name in ["N", "a", "b", "c", "d", "f", "g", "h"] {
        assert!(all.binds(name), "{name}");
    }
    for name in ["e", "X", "Y", "Z", "self"] {
        assert!(!all.binds(name), "{name}");
    }
    assert!(!all.open && all.moved.is_empty());
    let open = scope("fn f(bind!(a): u8, b: String) {}");
    assert!(open.open && open.binds("b") && !open.binds("a"));
    let inner = open.with(&syn::parse_quote!((c, _)));
    assert!(inner.open && inner.binds("b") && inner.binds("c"));
    assert_eq!(inner.moved, [("b".to_owned(), "a `String`")]);
    assert!(open.with(&syn::parse_quote!(b)).moved.is_empty());
    assert!(Scope::of(None).open);
}

#[test]
fn paths_of_words() {
    for (text, words) in [
        ("a", Some("a")),
        ("a.b.c", Some("a b c")),
        ("a.b.", Some("a b")),
        ("", None),
        (".a", None),
        ("a..b", None),
        ("a b", None),
        ("a, b", None),
        ("a:b", None),
        ("(a)", None),
        ("1", None),
    ] {
        let found = path(tokens(text)).map(|words| {
            words
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        });
        assert_eq!(found.as_deref(), words, "{text}");
    }
}

#[test]
fn other_names_of_providers() {
    for (alias, name) in [
        ("bedrock", "aws.bedrock"),
        ("aws", "aws.bedrock"),
        ("amazon", "aws.bedrock"),
        ("gemini", "gcp.gemini"),
        ("google", "gcp.gemini"),
        ("vertex", "gcp.vertex_ai"),
        ("vertexai", "gcp.vertex_ai"),
        ("azure", "azure.ai.openai"),
        ("azure_openai", "azure.ai.openai"),
        ("claude", "anthropic"),
        ("Claude", "anthropic"),
        ("mistral", "mistral_ai"),
        ("watsonx", "ibm.watsonx.ai"),
        ("grok", "x_ai"),
        ("gpt", "openai"),
        ("chatgpt", "openai"),
    ] {
        one(
            "chat",
            &format!("provider = {alias}"),
            &[&format!("did you mean `{name}`?")],
        );
    }
}

#[test]
fn words_that_are_code() {
    for code in [
        "self",
        "Self::X",
        "crate::x",
        "config.0",
        "PROVIDER",
        "P",
        "A1_B",
        "#[cfg(x)] openai",
        "<T as U>::V",
    ] {
        let call = accept("chat", &format!("provider = {code}"));
        assert!(matches!(call.before[0].value, Value::Expr(_)), "{code}");
    }
    for word in ["Provider", "_", "opnai"] {
        one(
            "chat",
            &format!("provider = {word}_x"),
            &["`gen_ai.provider.name`"],
        );
    }
    // Where any name may be an argument's, a word that is no value is one.
    let call = accept_on(
        "chat",
        "provider = opnai, output_type = json",
        "fn f(bind!(x): u8) {}",
    )
    .what;
    let What::Operation(call) = call else {
        panic!("an operation was meant")
    };
    assert!(matches!(call.before[0].value, Value::Expr(_)));
    assert!(matches!(&call.before[1].value, Value::Str(json, _) if json == "json"));
    // Nothing is known of words on an item that is no function.
    one_on(
        "chat",
        "provider = opnai",
        "struct S;",
        &["a struct is none"],
    );
}

#[test]
fn words_of_formats() {
    let chat = |entry: &str| format!("provider = openai, {entry}");
    one("chat", &chat("request = opnai(req)"), &["openai", "opnai"]);
    one("chat", &chat("request = openai(req, text)"), &["openai"]);
    one("chat", &chat("request = openai()"), &["openai"]);
    one(
        "chat",
        &chat("response = anthropc"),
        &["anthropic", "anthropc"],
    );
    for (word, name) in [
        ("auto", "Auto"),
        ("openai", "OpenAi"),
        ("openai_responses", "OpenAiResponses"),
        ("anthropic", "Anthropic"),
        ("gemini", "Gemini"),
        ("gemini_interactions", "GeminiInteractions"),
        ("mistral_conversations", "MistralConversations"),
        ("bedrock", "Bedrock"),
        ("bedrock_invoke", "BedrockInvoke"),
        ("ollama", "Ollama"),
        ("cohere", "Cohere"),
    ] {
        let call = accept("chat", &chat(&format!("request = {word}(req)")));
        let Some(AskedFor::One(one)) = call.request else {
            panic!("one request")
        };
        assert!(
            matches!(one.read, Read::In(format) if format.name == name),
            "{word}"
        );
    }
    // The function of an argument's name is that argument.
    let item = "fn f(opnai: impl Fn(u8) -> u8 + Copy, req: u8) {}";
    accept_on("chat", &chat("request = opnai(req)"), item);
    one_on("chat", "request = openai(req)", item, &["provider"]);
}

#[test]
fn a_request_is_read_by_the_name_of_its_own_type() {
    let read = |request: &str| {
        let item = "fn f(&self, other: u8, req: &CreateChatCompletionRequest, (pair, _): (CreateChatCompletionRequest, u8)) {}";
        let attr = format!("provider = openai, request = {request}");
        let What::Operation(call) = accept_on("chat", &attr, item).what else {
            panic!("an operation was meant")
        };
        match call.request {
            Some(AskedFor::One(one)) => matches!(one.read, Read::ByName),
            _ => panic!("one request"),
        }
    };
    for by_name in ["req", "&req", "(req)", "&(req)"] {
        assert!(read(by_name), "{by_name}");
    }
    for by_type in [
        "other",
        "&other",
        "pair",
        "req.inner",
        "f(req)",
        "unknown",
        "self",
    ] {
        assert!(!read(by_type), "{by_type}");
    }
}

#[test]
fn deprecated_keys_in_lists() {
    one(
        "tool",
        "attributes(gen_ai.system = 1)",
        &["deprecated", "`gen_ai.provider.name`"],
    );
    one(
        "context",
        "properties(gen_ai.system = 1)",
        &["deprecated", "`gen_ai.provider.name`"],
    );
    one(
        "chat",
        "provider = openai, attributes(gen_ai.usage.prompt_tokens = 1)",
        &["deprecated", "`input_tokens = ..`"],
    );
    // The end of a deprecated key is nobody's.
    accept("tool", "attributes(prompt_tokens = 1)");
}
