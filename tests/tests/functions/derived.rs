//! A derive with expressions: what is made of a field is recorded in its place.

use genai::testing::Harness;

#[derive(Clone, Copy, Debug)]
enum Reason {
    Stop,
    Length,
}

#[derive(genai::Response)]
enum Reply {
    Whole {
        #[genai(finish_reasons = format!("{reason:?}").to_lowercase())]
        reason: Reason,
        #[genai(input_tokens = usage.0, output_tokens = usage.1)]
        usage: (u32, Option<u32>),
        #[genai(id)]
        #[genai(model)]
        name: &'static str,
    },
    Cut(
        #[genai(finish_reasons = field.iter().map(|r| format!("{r:?}")).collect::<Vec<_>>())]
        Vec<Reason>,
    ),
}

#[genai::chat(provider = openai, model = "m")]
fn ask(reply: Reply) -> Reply {
    reply
}

#[test]
fn what_is_made_of_a_field_is_recorded() {
    let harness = Harness::install();
    ask(Reply::Whole {
        reason: Reason::Length,
        usage: (3, None),
        name: "both",
    });
    let span = harness.span("chat m");
    assert_eq!(
        span.strs("gen_ai.response.finish_reasons"),
        Some(vec!["length"])
    );
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), None);
    assert_eq!(span.str("gen_ai.response.id"), Some("both"));
    assert_eq!(span.str("gen_ai.response.model"), Some("both"));
    harness.clear();
    ask(Reply::Cut(vec![Reason::Stop, Reason::Length]));
    let span = harness.span("chat m");
    assert_eq!(
        span.strs("gen_ai.response.finish_reasons"),
        Some(vec!["Stop", "Length"])
    );
}
