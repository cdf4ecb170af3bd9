//! Values against the registry's types, each form of value against each type.

use syn::{Expr, parse_str};

use super::{one, one_on};
use crate::check::types::{control_flow, is_boolean};
use crate::diag::Diag;
use crate::ir::{Value, What};
use crate::tests::{FUNCTION, accept, accept_on, errors, errors_on};

/// An attribute with this entry, on an operation that takes it.
fn entry(key: &str, value: &str) -> (&'static str, String) {
    match key {
        "arguments" => ("tool", format!("name = \"t\", {key} = {value}")),
        _ => ("chat", format!("provider = openai, {key} = {value}")),
    }
}

/// Keys of every type.
const KEYS: [&str; 6] = [
    "model",
    "max_tokens",
    "temperature",
    "streaming",
    "stop_sequences",
    "input",
];

/// Forms of expressions: what is said of them, and the keys that they fit.
const FORMS: [(&str, &[&str], &[&str]); 11] = [
    (
        "a string",
        &[
            "format!(\"a\")",
            "concat!(\"a\")",
            "stringify!(a)",
            "file!()",
            "std::module_path!()",
            "&format!(\"a\")",
        ],
        &["model", "stop_sequences", "input"],
    ),
    (
        "an integer",
        &[
            "n as u8",
            "n as u16",
            "n as u32",
            "n as u64",
            "n as u128",
            "n as usize",
            "n as i8",
            "n as i16",
            "n as i32",
            "n as i64",
            "n as i128",
            "n as isize",
            "line!()",
            "column!()",
        ],
        &["max_tokens", "temperature", "input"],
    ),
    (
        "a floating-point number",
        &["n as f32", "(n as f64)"],
        &["temperature", "input"],
    ),
    (
        "a boolean",
        &[
            "a == b",
            "a != b",
            "a < b",
            "a <= b",
            "a > b",
            "a >= b",
            "a && b",
            "a || b",
            "matches!(a, b)",
            "n as bool",
        ],
        &["input"],
    ),
    (
        "a list",
        &["vec![a]", "[a; 2]", "&[a; 2]"],
        &["stop_sequences", "input"],
    ),
    ("a tuple", &["(a, b)"], &["input"]),
    ("`()`", &["()"], &["input"]),
    ("a range", &["1..2"], &[]),
    ("a closure", &["|x| x"], &[]),
    ("a future", &["async { a }"], &[]),
    ("an assignment", &["(a = b)"], &[]),
];

#[test]
fn every_form_of_expression_for_every_type() {
    for (words, values, fitting) in FORMS {
        for value in values {
            for key in KEYS {
                // A flag among the entries takes no value; the key of the conventions does.
                let is_flag = key == "streaming";
                let key = if is_flag {
                    "gen_ai.request.stream"
                } else {
                    key
                };
                let (name, attr) = entry(key, value);
                if fitting.contains(&key) || (is_flag && words == "a boolean") {
                    assert_eq!(errors(name, &attr), Vec::<String>::new(), "{attr}");
                } else {
                    one(name, &attr, &[&format!("found {words}")]);
                }
            }
        }
    }
}

#[test]
fn what_the_syntax_does_not_say_fits_every_type() {
    for value in [
        "a + b",
        "!a",
        "a.b",
        "f(a)",
        "a[0]",
        "f!(a)",
        "n as T",
        "n as &str",
        "n as a::u8",
        "{ a }",
        "*a",
        "&a",
        "a",
    ] {
        for key in KEYS
            .into_iter()
            .filter(|key| *key != "streaming")
            .chain(["gen_ai.request.stream"])
        {
            let (name, attr) = entry(key, value);
            assert_eq!(errors(name, &attr), Vec::<String>::new(), "{attr}");
        }
    }
}

#[test]
fn every_literal_has_its_name() {
    for (value, words) in [
        ("b\"a\"", "a byte string"),
        ("c\"a\"", "a C string"),
        ("b'a'", "a byte"),
        ("'a'", "a character"),
        ("1", "an integer"),
        ("-1", "an integer"),
        ("&1", "an integer"),
        ("1.5", "a floating-point number"),
        ("true", "a boolean"),
    ] {
        let (name, attr) = entry("model", value);
        one(name, &attr, &[&format!("expects a string; found {words}")]);
    }
    let (name, attr) = entry("max_tokens", "\"a\"");
    one(name, &attr, &["expects an integer; found a string"]);
    for value in ["-true", "\"a\"", "1"] {
        let (name, attr) = entry("gen_ai.request.stream", value);
        one(name, &attr, &["expects `true` or `false`"]);
    }
}

#[test]
fn a_literal_behind_a_shared_reference_is_that_literal_and_behind_another_is_code() {
    let value = |attr: &str| accept("chat", attr).before.pop().map(|entry| entry.value);
    assert!(
        matches!(value("provider = openai, model = &\"m\""), Some(Value::Str(m, _)) if m == "m")
    );
    assert!(matches!(
        value("provider = openai, max_tokens = &5"),
        Some(Value::Int(5, _))
    ));
    for code in ["&mut 5", "-&5", "!5", "--5"] {
        let value = value(&format!("provider = openai, max_tokens = {code}"));
        assert!(matches!(value, Some(Value::Expr(_))), "{code}");
    }
}

#[test]
fn numbers_at_their_bounds() {
    for (key, value, fits) in [
        ("max_tokens", "9223372036854775807", true),
        ("max_tokens", "-9223372036854775808", true),
        ("max_tokens", "9223372036854775808", false),
        ("max_tokens", "-9223372036854775809", false),
        ("temperature", "1e308", true),
        ("temperature", "-1e309", false),
    ] {
        let (name, attr) = entry(key, value);
        match fits {
            true => assert_eq!(errors(name, &attr), Vec::<String>::new(), "{attr}"),
            false => one(name, &attr, &["does not fit", key]),
        }
    }
}

#[test]
fn only_arguments_and_results_of_tools_are_any_json() {
    for value in ["5", "-1.5", "true", "\"a\""] {
        let (name, attr) = entry("arguments", value);
        accept(name, &attr);
        accept(
            name,
            &format!("name = \"t\", response(|r| result = {value})"),
        );
    }
    for value in ["5", "-1.5", "true"] {
        let (name, attr) = entry("input", value);
        one(name, &attr, &["gen_ai.input.messages"]);
    }
    let (name, attr) = entry("arguments", "'a'");
    one(name, &attr, &["found a character"]);
}

#[test]
fn elements_of_lists() {
    for list in ["[\"a\", f(b)]", "&[\"a\"]", "[]", "([\"a\"])", "[&\"a\"]"] {
        let (name, attr) = entry("stop_sequences", list);
        assert_eq!(errors(name, &attr), Vec::<String>::new(), "{attr}");
    }
    for (list, words) in [
        ("&[1]", "an integer"),
        ("[\"a\", 1.5]", "a floating-point number"),
        ("[f(a), (true)]", "a boolean"),
    ] {
        let (name, attr) = entry("stop_sequences", list);
        one(name, &attr, &[&format!("found {words}")]);
    }
    let (name, attr) = entry("model", "[\"a\"]");
    one(name, &attr, &["found a list"]);
}

#[test]
fn what_leaves_the_function_is_found_wherever_it_stands() {
    const AROUND: [&str; 17] = [
        "@",
        "(@)",
        "-@",
        "&@",
        "(@) as u8",
        "(@).y",
        "(@)[0]",
        "a[@]",
        "(@) + 1",
        "1 + (@)",
        "[a, @]",
        "(@, 1)",
        "f(a, @)",
        "(@)(1)",
        "(@).f()",
        "y.f(a, @)",
        "!(&((@).y))",
    ];
    for (leaves, words) in [
        ("x?", "`?`"),
        ("x.await", "`.await`"),
        ("return", "`return`"),
        ("break", "`break`"),
        ("continue", "`continue`"),
        ("(yield)", "`yield`"),
    ] {
        for around in AROUND {
            let text = around.replace('@', leaves);
            let expr: Expr = parse_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            let mut diag = Diag::default();
            assert_eq!(control_flow(&expr, &mut diag), None, "{text}");
            let found = diag.messages();
            assert!(
                found.len() == 1 && found[0].contains(words),
                "{text}: {found:?}"
            );
        }
    }
    for own in [
        "|x| x?",
        "f(|x| return)",
        "{ x? }",
        "async { x.await }",
        "loop { break }",
        "f!(x?)",
        "x.y",
    ] {
        let expr: Expr = parse_str(own).unwrap_or_else(|e| panic!("{own}: {e}"));
        let mut diag = Diag::default();
        assert_eq!(control_flow(&expr, &mut diag), Some(()), "{own}");
        assert!(diag.messages().is_empty(), "{own}");
    }
}

/// Everywhere a value may stand.
#[test]
fn what_leaves_the_function_is_refused_in_every_place() {
    for (name, attr) in [
        ("chat", "provider = openai, model = x?"),
        ("chat", "provider = openai, request = x?"),
        ("chat", "provider = openai, span_name = x?"),
        ("chat", "provider = openai, response(|r| model = r?)"),
        ("chat", "provider = openai, response(|r| error = r?)"),
        ("chat", "provider = openai, error(|e| type = e?)"),
        ("chat", "provider = openai, attributes(a.b = x?)"),
        ("chat", "provider = openai, properties(a = x?)"),
        ("tool", "metric_attributes(a = x?)"),
        ("tool", "name = \"t\", arguments(a = x?)"),
        ("context", "conversation_id = x?"),
        ("context", "properties(a = x?)"),
        ("span", "name = x?"),
        ("span", "attributes(gen_ai.request.model = x?)"),
        ("evaluation", "of = x?, result(|r| score = 1)"),
        ("evaluation", "of = client, result(|r| score = r?)"),
        ("evaluation", "of = client, result(|r| score = r? > 1)"),
        (
            "evaluation",
            "of = client, name = x?, result(|r| score = 1)",
        ),
        ("evaluation", "of = client, llm = x?, result(|r| score = 1)"),
    ] {
        one(name, attr, &["`?` would change the function"]);
    }
}

#[test]
fn booleans_by_their_looks() {
    for (text, is) in [
        ("true", true),
        ("(false)", true),
        ("a > b", true),
        ("n as bool", true),
        ("1", false),
        ("a", false),
        ("!a", false),
        ("\"true\"", false),
    ] {
        let expr: Expr = parse_str(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(is_boolean(&expr), is, "{text}");
    }
}

#[test]
fn types_that_are_certainly_no_stream() {
    for (returns, words) in [
        ("!", "`!` is none"),
        ("()", "`()` is none"),
        ("(u8, u8)", "a tuple is none"),
        ("[u8; 2]", "an array is none"),
        ("&[u8]", "a shared reference is none"),
        ("Box<[u8]>", "an array is none"),
        ("*const u8", "a pointer is none"),
        ("&u8", "a shared reference is none"),
        ("(String)", "a `String` is none"),
        ("std::string::String", "a `String` is none"),
        ("Vec<u8>", "a `Vec` is none"),
        ("bool", "this is none"),
        ("char", "this is none"),
        ("Box<str>", "this is none"),
        ("f64", "a number is none"),
        ("usize", "a number is none"),
        ("impl Iterator<Item = u8>", "an iterator is none"),
        (
            "impl Send + std::iter::Iterator<Item = u8>",
            "an iterator is none",
        ),
        ("Box<dyn Iterator<Item = u8> + Send>", "an iterator is none"),
        ("Option<String>", "a `String` is none"),
        ("Pin<Box<String>>", "a `String` is none"),
        (
            "BoxFuture<'static, Result<String, E>>",
            "a `String` is none",
        ),
        ("LocalBoxFuture<'static, String>", "a `String` is none"),
        ("impl Send + Future<Output = String>", "a `String` is none"),
        (
            "impl Other<u8> + Future<Output = String>",
            "a `String` is none",
        ),
        (
            "Pin<Box<dyn Future<Output = io::Result<String>> + Send>>",
            "a `String` is none",
        ),
    ] {
        let item = format!("fn a() -> {returns} {{ b }}");
        for attr in [
            "provider = openai, stream",
            "provider = openai, returns = stream",
        ] {
            one_on("chat", attr, &item, &["`stream` needs a stream", words]);
        }
        assert_eq!(
            errors_on("chat", "provider = openai", &item),
            Vec::<String>::new(),
            "{item}"
        );
    }
    for returns in [
        "impl Stream<Item = u8>",
        "Pin<Box<dyn Stream<Item = u8> + Send>>",
        "Chunks",
        "&mut Chunks",
        "Result<Chunks, String>",
        "impl Iterators",
        "impl Future<Output = Chunks>",
        "impl Other<Output = String>",
        "impl Future<Error = String>",
        "Pin<Box<dyn Other<u8, Output = String>>>",
        "Other<String>",
        "Result",
        "fn(u8) -> u8",
        "impl Send + 'static",
    ] {
        let item = format!("fn a() -> {returns} {{ b }}");
        accept_on("chat", "provider = openai, stream", &item);
    }
}

#[test]
fn a_name_of_an_evaluation_is_a_word_unless_it_is_something_here() {
    use quote::ToTokens as _;
    let name = |name: &str, item: &str| {
        let attr = format!("name = {name}, of = client, result(|r| score = 1)");
        match accept_on("evaluation", &attr, item).what {
            What::Evaluation(evaluation) => evaluation.name.to_token_stream().to_string(),
            _ => panic!("an evaluation was meant"),
        }
    };
    assert_eq!(name("relevance", FUNCTION), "\"relevance\"");
    assert_eq!(name("\"relevance\"", FUNCTION), "\"relevance\"");
    for code in ["model", "self", "NAME", "Name", "naMe"] {
        assert_eq!(name(code, FUNCTION), code);
    }
    // A pattern that is a macro may bind any name.
    assert_eq!(
        name("relevance", "fn judge(bind!(x): u8) -> u8 { 1 }"),
        "relevance"
    );
    // Without a name, it is the function's.
    let What::Evaluation(evaluation) = accept_on(
        "evaluation",
        "of = client, result(|r| score = 1)",
        "fn r#match() -> u8 { 1 }",
    )
    .what
    else {
        panic!("an evaluation was meant")
    };
    assert_eq!(evaluation.name.to_token_stream().to_string(), "\"match\"");
}
