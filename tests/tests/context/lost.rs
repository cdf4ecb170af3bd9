//! Conversations that do not reach a call, since it runs in a task that was spawned or in a stream that is polled later: that is said,
//! once. And streams that take the context along.

use futures::executor::block_on;
use futures::stream::{self, Stream, StreamExt as _};
use genai::testing::Harness;
use genai::{GenAiContext, Inherited};
use genai_tests::support::log::Log;
use genai_tests::support::process::isolated;

#[genai::chat(provider = openai, model = "m", response = none)]
async fn ask() {}

#[genai::tool]
async fn tool() {}

/// What a handler returns whose body is written later.
fn asks() -> impl Stream<Item = ()> {
    stream::iter([(); 2]).then(|()| ask())
}

#[genai::context(conversation_id = "c")]
async fn lazily() -> Vec<std::pin::Pin<Box<dyn Stream<Item = ()>>>> {
    vec![Box::pin(asks())]
}

#[genai::context(conversation_id = "c")]
async fn inherited() -> Vec<std::pin::Pin<Box<dyn Stream<Item = ()>>>> {
    vec![Box::pin(genai::inherited_stream(asks()))]
}

fn conversations(harness: &Harness) -> Vec<Option<String>> {
    let spans = harness.spans();
    let ids = spans.iter().map(|span| span.str("gen_ai.conversation.id"));
    ids.map(|id| id.map(str::to_owned)).collect()
}

#[test]
fn a_call_that_lost_its_conversation_is_said_once() {
    isolated(
        "a_call_that_lost_its_conversation_is_said_once",
        &[],
        || {
            let log = Log::warnings().of_process();
            let harness = Harness::install();
            // No conversation is set anywhere yet.
            block_on(ask());
            // Everything has its conversation, or is none of a model.
            for stream in block_on(inherited()) {
                block_on(stream.for_each(|()| async {}));
            }
            block_on(tool());
            block_on(
                GenAiContext::new()
                    .property("user.id", "alice")
                    .scope(ask()),
            );
            assert_eq!(log.texts(), [""; 0]);
            for _ in 0..2 {
                for stream in block_on(lazily()) {
                    block_on(stream.for_each(|()| async {}));
                }
            }
            let lines = log.texts();
            let [line] = &lines[..] else {
                panic!("{lines:?}")
            };
            for part in ["genai::inherited(task)", "genai::inherited_stream(stream)"] {
                assert!(line.contains(part), "{line}");
            }
            let lost = conversations(&harness).into_iter().filter(Option::is_none);
            assert_eq!(lost.count(), 7);
        },
    );
}

#[test]
fn a_call_below_a_span_or_without_propagation_is_not_said() {
    isolated(
        "a_call_below_a_span_or_without_propagation_is_not_said",
        &[],
        || {
            #[genai::workflow(name = "background", response = none)]
            async fn background() {
                ask().await;
            }
            let log = Log::warnings().of_process();
            let harness = Harness::install();
            drop(block_on(inherited()));
            block_on(background());
            drop(harness);
            let _harness = Harness::install_with(|settings| settings.context_propagation(false));
            block_on(ask());
            assert_eq!(log.texts(), [""; 0]);
        },
    );
}

#[test]
fn a_stream_runs_in_the_context_that_it_was_given() {
    let harness = Harness::install();
    let named = |id: &str| GenAiContext::new().conversation_id(id);
    let scoped = named("scoped").scope_stream(asks());
    let kept = {
        let _scope = named("kept").attach();
        Inherited::here()
    };
    let kept = kept.scope_stream(asks());
    assert_eq!(kept.size_hint(), asks().size_hint());
    let _around = named("around").attach();
    block_on(scoped.chain(kept).for_each(|()| async {}));
    let ids = conversations(&harness);
    let ids: Vec<_> = ids.iter().flatten().map(String::as_str).collect();
    assert_eq!(ids, ["scoped", "scoped", "kept", "kept"]);
}

/// What is set in a stream holds for its later items, and for nobody else.
#[test]
fn a_set_in_a_stream_stays_in_it() {
    let harness = Harness::install();
    let stream = stream::iter(["one", "two"]).then(|id| async move {
        ask().await;
        genai::set_context(GenAiContext::new().conversation_id(id));
    });
    let _around = GenAiContext::new().conversation_id("around").attach();
    block_on(genai::inherited_stream(stream).for_each(|()| ask()));
    let ids = conversations(&harness);
    let ids: Vec<_> = ids.iter().flatten().map(String::as_str).collect();
    assert_eq!(ids, ["around", "around", "one", "around"]);
}
