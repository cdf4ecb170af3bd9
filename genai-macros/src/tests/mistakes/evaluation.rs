//! Mistakes in `#[genai::evaluation]`.

use super::{one, one_on};
use crate::tests::errors;

/// An attribute that is right, with more entries.
fn with(entries: &str) -> String {
    format!("of = client, result(|r| score = r.score), {entries}")
}

#[test]
fn what_is_missing() {
    one(
        "evaluation",
        "result(|r| score = 1)",
        &["needs the call that is judged", "of = seen"],
    );
    one(
        "evaluation",
        "of = client",
        &["needs what the result says", "result(|r| score = ..)"],
    );
    assert_eq!(errors("evaluation", "").len(), 2);
    for result in ["result(|r|)", "result(|r| explanation = r.why)"] {
        let attr = format!("of = client, {result}");
        one("evaluation", &attr, &["neither a score nor a label"]);
    }
    one(
        "evaluation",
        "of = client, result",
        &["`result` is written `result(|r| score = ..)`"],
    );
    one(
        "evaluation",
        "of = client, result = 1",
        &["`result` is written"],
    );
    one(
        "evaluation",
        "of = client, result()",
        &["the pattern is missing"],
    );
    one(
        "evaluation",
        "of, result(|r| score = 1)",
        &["`of` is written `of = seen`"],
    );
}

#[test]
fn entries_in_the_wrong_place() {
    one(
        "evaluation",
        &with("score = 1"),
        &["known only after the call", "result(|r| score = ..)"],
    );
    one(
        "evaluation",
        &with("gen_ai.evaluation.explanation = text"),
        &["known only after the call"],
    );
    let in_result = |entry: &str| format!("of = client, result(|r| score = 1, {entry})");
    one(
        "evaluation",
        &in_result("name = \"x\""),
        &["known before the call"],
    );
    one(
        "evaluation",
        &in_result("lable = \"x\""),
        &["did you mean `label`?"],
    );
    one(
        "evaluation",
        &in_result("nothing_like_it = 1"),
        &["it takes `score`, `label` or `explanation`"],
    );
    one(
        "evaluation",
        &in_result("output = r"),
        &["belongs to", "not to `evaluation`"],
    );
    one(
        "evaluation",
        &in_result("label"),
        &["`label` needs a value"],
    );
    one("evaluation", &in_result("score = 2"), &["already"]);
    one(
        "evaluation",
        &in_result("gen_ai.evaluation.score.value = 2"),
        &["already"],
    );
    one("evaluation", &in_result("\"label\" = 2"), &["`label`"]);
    one(
        "evaluation",
        &with("nane = \"a\""),
        &["did you mean `name`?"],
    );
    one(
        "evaluation",
        &with("temperature = 1"),
        &["belongs to", "not to `evaluation`"],
    );
    one(
        "evaluation",
        &with("response(|r| id = 1)"),
        &["`response` is for operations", "result(|r| score = ..)"],
    );
    one(
        "evaluation",
        &with("span_name = \"x\""),
        &["`span_name` is for operations"],
    );
    one(
        "evaluation",
        &with("stream"),
        &["`stream` is for operations"],
    );
    one(
        "evaluation",
        &with("returns = stream"),
        &["return the verdict"],
    );
    one("evaluation", &with("\"app.x\" = 1"), &["attributes(..)"]);
    one(
        "evaluation",
        &with("name = a, name = b"),
        &["`name` is already given"],
    );
    one(
        "evaluation",
        &with("name = a, gen_ai.evaluation.name = b"),
        &["`name` is already given"],
    );
}

#[test]
fn values_that_cannot_be() {
    one(
        "evaluation",
        &with("name = \"\""),
        &["an evaluation needs a name"],
    );
    one(
        "evaluation",
        &with("name = 5"),
        &["gen_ai.evaluation.name", "expects a string"],
    );
    one("evaluation", &with("llm = 5"), &["`llm` expects a string"]);
    one(
        "evaluation",
        &with("identifier = true"),
        &["`identifier` expects a string"],
    );
    one(
        "evaluation",
        &with("human = true"),
        &["`human` takes no value"],
    );
    one(
        "evaluation",
        &with("human, code"),
        &["who judged is already given"],
    );
    one(
        "evaluation",
        &with("code, llm = \"x\""),
        &["who judged is already given"],
    );
    one(
        "evaluation",
        &with("capture = all"),
        &["can only be `none`"],
    );
    one(
        "evaluation",
        &with("attributes(gen_ai.evaluation.name = 1)"),
        &["a key of the conventions"],
    );
    one("evaluation", &with("crate = tel"), &["crate = ::tel"]);
    one(
        "evaluation",
        "of = client?, result(|r| score = 1)",
        &["`?` would change the function"],
    );
    let result = |entry: &str| format!("of = client, result(|r| {entry})");
    one(
        "evaluation",
        &result("score = \"good\""),
        &["gen_ai.evaluation.score.value", "a number", "a string"],
    );
    one(
        "evaluation",
        &result("label = 1"),
        &["gen_ai.evaluation.score.label", "a string"],
    );
    one(
        "evaluation",
        &result("score = 1, explanation = 2"),
        &["explanation", "a string"],
    );
    one("evaluation", &result("score = 1e999"), &["does not fit"]);
    one(
        "evaluation",
        &result("score = r.score.await"),
        &["`.await`"],
    );
    one("evaluation", &result("label = text"), &["moved"]);
    one(
        "evaluation",
        "of = client, result(|Some(r)| score = 1)",
        &["does not match every value"],
    );
    one(
        "evaluation",
        &with("error(|e| class = 1)"),
        &["`error(..)` has one key, `type`"],
    );
    one_on("evaluation", &with(""), "struct S;", &["a struct"]);
}

#[test]
fn what_is_right() {
    for attr in [
        "of = client, result(|r| score = 1)",
        "name = relevance, of = client, result(|r| label = r.label)",
        "name = NAME, of = client, result(|r| score = r.a > r.b)",
        "name = model, of = &client, result(|r| score = true, label = \"x\", explanation = r.why)",
        "gen_ai.evaluation.name = \"n\", of = client, result(|(a, _)| gen_ai.evaluation.score.value = a)",
        "of = client, llm = \"j\", identifier = model, attributes(app.x = 1, \"y\" = 2), capture = none, \
            error(|e| type = e.class()), returns = value, result(|r| score = -1)",
    ] {
        assert_eq!(errors("evaluation", attr), Vec::<String>::new(), "{attr}");
    }
}
