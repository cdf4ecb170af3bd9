//! A context and an operation on one function, on token level: who steps below whom, and what is passed on.

use super::tokens;
use crate::entry;

fn expanded(name: &str, attr: &str, item: &str) -> String {
    entry::run(name, tokens(attr), tokens(item)).to_string()
}

/// What a context above these attributes becomes, up to the function.
fn below(attrs: &str) -> String {
    let out = expanded(
        "context",
        "conversation_id = id",
        &format!("{attrs} fn f(id: &str) {{ body }}"),
    );
    out.split(" fn f (id").next().unwrap_or("").to_owned()
}

const CONTEXT: &str = "# [:: genai :: context (conversation_id = id)]";

#[test]
fn a_context_steps_below_operations() {
    for (above, rest) in [
        ("#[genai::chat(provider = openai)]", ""),
        // With a mistake in it, too: the operation reports it.
        ("#[genai::chat(modle = 1)]", ""),
        ("#[::genai::tool]", ""),
        ("#[tool]", ""),
        (
            "#[tool(name = \"a\", response(|r| result = r))]",
            "#[must_use]",
        ),
        ("#[renamed::chat(request = id)]", "#[inline]"),
        ("#[inline] #[instrument] #[genai::span]", "#[allow(x)]"),
        (
            "#[cfg_attr(all(), inline, genai::agent(provider = openai))]",
            "",
        ),
    ] {
        let was = |attrs: &str| tokens(attrs).to_string();
        let expected = [&was(above), CONTEXT, &was(rest)]
            .map(str::to_owned)
            .join(" ");
        assert_eq!(
            below(&format!("{above} {rest}")),
            expected.trim_end(),
            "{above}"
        );
    }
}

#[test]
fn a_context_stays_above_what_is_no_operation_of_ours() {
    for attrs in [
        "",
        "#[inline]",
        "#[tokio::main]",
        // Keys and entries that ours do not have.
        "#[tool(aggr)]",
        "#[tool(description = \"x\", annotations(title = \"y\"))]",
        "#[chat]",
        "#[span = 5]",
        "#[cfg_attr(genai::tool, inline)]",
        "#[genai::tools]",
    ] {
        let out = below(attrs);
        assert!(!out.contains("genai :: context"), "{attrs}: {out}");
        assert!(out.starts_with(&tokens(attrs).to_string()), "{out}");
    }
}

#[test]
fn a_context_gets_what_the_operation_knows_of_the_shape() {
    let left = |attr: &str, context: &str, signature: &str| {
        let item = format!("{context} {signature} {{ body }}");
        let out = expanded("tool", attr, &item);
        out.split(" fn f")
            .next()
            .unwrap_or("")
            .trim_end_matches(" async")
            .to_owned()
    };
    let (alias, known) = ("fn f() -> Later", "async fn f() -> BoxStream<u8>");
    for (attr, context, signature, expected) in [
        (
            "returns = future",
            "#[genai::context(conversation_id = id)]",
            alias,
            "# [genai :: context (returns = future , conversation_id = id)]",
        ),
        (
            "returns = future",
            "#[context(properties(a = 1))]",
            alias,
            "# [context (returns = future , properties (a = 1))]",
        ),
        (
            "returns = value",
            "#[genai::context]",
            alias,
            "# [genai :: context (returns = value ,)]",
        ),
        (
            "stream",
            "#[genai::context(replace)]",
            alias,
            "# [genai :: context (returns = stream , replace)]",
        ),
        (
            "returns = future",
            "#[genai::context(returns = value)]",
            alias,
            "# [genai :: context (returns = value)]",
        ),
        (
            "stream",
            "#[genai::context(replace)]",
            known,
            "# [genai :: context (replace)]",
        ),
        (
            "stream",
            "#[genai::context(replace)]",
            "fn f() -> BoxFuture<Later>",
            "# [genai :: context (replace)]",
        ),
        // Not ours.
        (
            "returns = future",
            "#[context(\"while reading {}\", 1)]",
            alias,
            "# [context (\"while reading {}\" , 1)]",
        ),
        (
            "returns = future",
            "#[other::context]",
            alias,
            "# [other :: context]",
        ),
    ] {
        assert_eq!(
            left(attr, context, signature),
            expected,
            "{attr}: {context} {signature}"
        );
    }
}

#[test]
fn what_was_expanded_above_under_another_name_is_refused() {
    let mistake = "under another name";
    for (first, attr) in [
        ("context", "conversation_id = id"),
        ("context", ""),
        ("tool", "name = id"),
        ("tool", ""),
        ("chat", "provider = openai, request = id"),
    ] {
        for item in [
            "async fn f(id: String) { #[genai::tool] fn inner() {} body(&id) }",
            "fn f(id: String) -> u8 { body }",
            "fn f(id: &str) -> BoxFuture<u8> { body }",
        ] {
            let out = expanded(first, attr, item);
            assert!(!out.contains("compile_error"), "{out}");
            let again = expanded("tool", "", &out);
            assert!(again.contains(mistake) && again.ends_with(&out), "{again}");
            // The other way round it is as it should be.
            let around = expanded("context", "conversation_id = id", &out);
            assert!(!around.contains(mistake), "{around}");
        }
    }
    assert!(!expanded("tool", "", "fn f() { wasm_bindgen::__rt::borrow() }").contains(mistake));
}
