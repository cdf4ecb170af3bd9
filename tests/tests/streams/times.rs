//! The times of a stream's chunks: which calls have them, and what labels them.

use futures::executor::block_on;
use futures::stream::{self, Stream, StreamExt as _};
use genai::testing::Harness;
use serde_json::{Value, json};

const FIRST: &str = "gen_ai.client.operation.time_to_first_chunk";
const NEXT: &str = "gen_ai.client.operation.time_per_output_chunk";

fn chunks() -> impl Stream<Item = Value> {
    let chunk = |text: &str| json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    stream::iter(["a", "b", "c"].map(chunk))
}

#[genai::chat(provider = openai, model = "m", stream)]
fn timed() -> impl Stream<Item = Value> {
    chunks()
}

#[genai::chat(provider = openai, model = "m", stream, chunk_timing = false)]
fn not_timed() -> impl Stream<Item = Value> {
    chunks()
}

#[genai::chat(provider = openai, model = "m", stream, metric_attributes(app.tier = "gold"))]
fn labelled() -> impl Stream<Item = Value> {
    chunks()
}

#[genai::agent(provider = openai, name = "a", stream)]
fn agent() -> impl Stream<Item = Value> {
    chunks()
}

fn drain(stream: impl Stream<Item = Value>) {
    block_on(stream.for_each(|_| async {}));
}

/// How many times of a metric were recorded, with this label.
fn count(harness: &Harness, name: &str, label: Option<&str>) -> u64 {
    let points = harness.points(name);
    let points = points.iter().filter(|p| p.str("app.tier") == label);
    points.map(|point| point.count).sum()
}

#[test]
fn chunks_are_timed_where_nobody_says_otherwise() {
    type Call = fn();
    let calls: [(Call, bool, u64, u64); 5] = [
        (|| drain(timed()), true, 1, 2),
        (|| drain(timed()), false, 1, 0),
        (|| drain(not_timed()), true, 1, 0),
        (|| drain(not_timed()), false, 1, 0),
        // The conventions have them for chats.
        (|| drain(agent()), true, 0, 0),
    ];
    for (call, is_on, first, next) in calls {
        let harness = Harness::install_with(|t| t.chunk_timing(is_on));
        call();
        assert_eq!(count(&harness, FIRST, None), first);
        assert_eq!(count(&harness, NEXT, None), next);
        let span = &harness.spans()[0];
        let time = span.double("gen_ai.response.time_to_first_chunk");
        assert_eq!(time.is_some(), first > 0);
        let is_stream = span.bool("gen_ai.request.stream");
        assert_eq!(is_stream, (first > 0).then_some(true));
    }
}

/// A label of one call is on its times, however often the same call was made without it.
#[test]
fn the_users_labels_are_on_the_times_of_chunks() {
    let harness = Harness::install();
    for _ in 0..3 {
        drain(timed());
    }
    for _ in 0..3 {
        drain(labelled());
    }
    for label in [None, Some("gold")] {
        assert_eq!(count(&harness, FIRST, label), 3);
        assert_eq!(count(&harness, NEXT, label), 6);
    }
}

#[genai::chat(provider = openai, model = "m", stream)]
fn labels_itself() -> impl Stream<Item = Value> {
    let mut at = 0;
    chunks().inspect(move |_| {
        at += 1;
        if at == 3 {
            genai::current().metric_attribute("app.tier", "gold");
        }
    })
}

/// What the body says meanwhile labels what follows.
#[test]
fn a_label_that_comes_meanwhile_is_on_the_times_from_then_on() {
    let harness = Harness::install();
    drain(labels_itself());
    assert_eq!(count(&harness, NEXT, None), 1);
    assert_eq!(count(&harness, NEXT, Some("gold")), 1);
}
