//! What is recorded of a client's type: the same body goes in as JSON and as that type, what is missing of the latter comes out.

use std::collections::BTreeMap;
use std::convert::Infallible;

use genai::ContentCapture;
use genai::testing::Harness;

/// The attributes of one call.
pub type Facts = BTreeMap<String, String>;

/// What the only span of `call` has, content included.
pub fn facts(call: impl FnOnce()) -> Facts {
    let harness = Harness::install_with(|builder| builder.capture(ContentCapture::SpanOnly));
    call();
    let spans = harness.spans();
    let [span] = &spans[..] else {
        panic!("{} spans", spans.len())
    };
    let attributes = span.attributes.0.iter();
    attributes
        // Time is another in each call.
        .filter(|(key, _)| *key != "gen_ai.response.time_to_first_chunk")
        .map(|(key, value)| (key.clone(), value.to_string()))
        .collect()
}

/// A cell of the table: what is missing or different.
pub fn cell(full: &Facts, found: &Facts) -> String {
    let keys: std::collections::BTreeSet<_> = full.keys().chain(found.keys()).collect();
    let differing: Vec<String> = keys
        .into_iter()
        .filter(|key| full.get(*key) != found.get(*key))
        .map(|key| format!("`{}`", short(key)))
        .collect();
    match differing[..] {
        [] => "all".to_owned(),
        _ => format!("all but {}", differing.join(", ")),
    }
}

fn short(key: &str) -> &str {
    [
        "gen_ai.request.",
        "gen_ai.response.",
        "gen_ai.usage.",
        "gen_ai.",
    ]
    .iter()
    .find_map(|prefix| key.strip_prefix(prefix))
    .unwrap_or(key)
}

/// Notes it where less is recorded by the name alone.
pub fn by_name(cell: String, explicit: &Facts, named: &Facts) -> String {
    if explicit == named {
        cell
    } else {
        cell + "; by the name alone less"
    }
}

/// Reads a whole stream.
pub fn drain<S: futures_core::Stream>(stream: S) {
    use futures_util::{FutureExt as _, StreamExt as _};
    let all = stream.for_each(|_| std::future::ready(())).now_or_never();
    assert!(all.is_some(), "a stream of what is there");
}

/// A stream of what is there.
pub fn stream<T>(items: Vec<T>) -> impl futures_core::Stream<Item = Result<T, Infallible>> {
    futures_util::stream::iter(items.into_iter().map(Ok))
}

/// The request of a client: as JSON, as its type in the format that is named, and as its type by its name.
#[macro_export]
macro_rules! request {
    ($format:ident, $ty:ty, $json:expr, $value:expr) => {{
        #[genai::chat(provider = "p", request = $format(json), response = none)]
        fn full(json: &serde_json::Value) {
            let _ = json;
        }
        #[genai::chat(provider = "p", request = $format(req), response = none)]
        fn explicit(req: &$ty) {
            let _ = req;
        }
        #[genai::chat(provider = "p", request = req, response = none)]
        fn named(req: &$ty) {
            let _ = req;
        }
        let (json, value): (serde_json::Value, $ty) = ($json, $value);
        let full = $crate::measure::facts(|| full(&json));
        let explicit = $crate::measure::facts(|| explicit(&value));
        let named = $crate::measure::facts(|| named(&value));
        $crate::measure::by_name($crate::measure::cell(&full, &explicit), &explicit, &named)
    }};
}

/// Likewise of a response.
#[macro_export]
macro_rules! response {
    ($format:ident, $ty:ty, $json:expr) => {{
        #[genai::chat(provider = "p", response = $format)]
        fn full(json: serde_json::Value) -> serde_json::Value {
            json
        }
        #[genai::chat(provider = "p", response = $format)]
        fn explicit(value: $ty) -> $ty {
            value
        }
        #[genai::chat(provider = "p")]
        async fn named(value: $ty) -> Result<$ty, std::fmt::Error> {
            Ok(value)
        }
        let json = $json;
        let value = || $crate::value::<$ty>(&json);
        let full = $crate::measure::facts(|| drop(full(json.clone())));
        let explicit = $crate::measure::facts(|| drop(explicit(value())));
        let named = $crate::measure::facts(|| {
            use futures_util::FutureExt as _;
            drop(named(value()).now_or_never());
        });
        $crate::measure::by_name($crate::measure::cell(&full, &explicit), &explicit, &named)
    }};
}

/// Likewise of the items of a stream.
#[macro_export]
macro_rules! items {
    ($format:ident, $ty:ty, $json:expr) => {{
        use std::convert::Infallible;

        use futures_core::Stream;

        #[genai::chat(provider = "p", response = $format, stream)]
        fn full(
            json: Vec<serde_json::Value>,
        ) -> impl Stream<Item = Result<serde_json::Value, Infallible>> {
            $crate::measure::stream(json)
        }
        #[genai::chat(provider = "p", response = $format, stream)]
        fn explicit(items: Vec<$ty>) -> impl Stream<Item = Result<$ty, Infallible>> {
            $crate::measure::stream(items)
        }
        #[genai::chat(provider = "p", stream)]
        fn named(items: Vec<$ty>) -> impl Stream<Item = Result<$ty, Infallible>> {
            $crate::measure::stream(items)
        }
        let json: Vec<serde_json::Value> = $json;
        let values = || -> Vec<$ty> { json.iter().map($crate::value::<$ty>).collect() };
        let full = $crate::measure::facts(|| $crate::measure::drain(full(json.clone())));
        let explicit = $crate::measure::facts(|| $crate::measure::drain(explicit(values())));
        let named = $crate::measure::facts(|| $crate::measure::drain(named(values())));
        $crate::measure::by_name($crate::measure::cell(&full, &explicit), &explicit, &named)
    }};
}

/// The request of a client that has a shape of its own: what of it is read as OpenAI's.
#[macro_export]
macro_rules! own_request {
    ($ty:ty, $json:expr, $value:expr) => {{
        #[genai::chat(provider = "p", request = openai(json), response = none)]
        fn full(json: &serde_json::Value) {
            let _ = json;
        }
        #[genai::chat(provider = "p", request = openai(req), response = none)]
        fn explicit(req: &$ty) {
            let _ = req;
        }
        let (json, value): (serde_json::Value, $ty) = ($json, $value);
        let full = $crate::measure::facts(|| full(&json));
        let explicit = $crate::measure::facts(|| explicit(&value));
        $crate::measure::cell(&full, &explicit)
    }};
}

/// A response of a shape of its own that keeps the provider's: what a function reads that looks there.
#[macro_export]
macro_rules! raw_answer {
    ($ty:ty, $field:ident, $value:expr) => {{
        fn read(answer: &$ty, recorder: &mut genai::Recorder<'_>) {
            genai::Response::record_response(&genai::Wire::openai(&answer.$field), recorder);
        }
        #[genai::chat(provider = "p", response = openai)]
        fn full(json: serde_json::Value) -> serde_json::Value {
            json
        }
        #[genai::chat(provider = "p", response = read)]
        fn raw(value: $ty) -> $ty {
            value
        }
        let json = $crate::chat_response();
        let make: fn(&serde_json::Value) -> $ty = $value;
        let full_facts = $crate::measure::facts(|| drop(full(json.clone())));
        let raw_facts = $crate::measure::facts(|| drop(raw(make(&json))));
        $crate::measure::cell(&full_facts, &raw_facts)
    }};
}
