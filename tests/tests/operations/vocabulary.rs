//! One vocabulary: the words of the registry are entries of the attribute and setters of builders, invocations, `current` and
//! recorders, and what a chat's answer has is also a setter of accumulators; each sets its key the same way. A word that is missing in
//! one of these does not compile here, and one that is missing here is found by the registry.

use std::collections::{BTreeMap, BTreeSet};

use genai::message::{Document, ToolDefinition, user};
use genai::testing::Harness;
use genai::{Accumulator, ContentCapture, Recorder};
use genai_tests::registry::{Facts, Registry};

type Attributes = BTreeMap<String, String>;

/// What one span has after `call`.
fn recorded<T>(harness: &Harness, call: impl FnOnce() -> T) -> Attributes {
    harness.clear();
    let _ = call();
    let [span]: [genai::testing::Span; 1] = harness.spans().try_into().expect("one span");
    let pairs = span.attributes.0.iter();
    pairs.map(|(k, v)| (k.to_string(), v.to_string())).collect()
}

/// What the answer to a chat has, also from a chunk.
macro_rules! from_a_chunk {
    (chat, $harness:ident, $(($($after:ident).+) $late:ident = $found:expr;)*) => {
        struct Answer;

        impl genai::Chunk for Answer {
            fn record_chunk(&self, stream: &mut Accumulator) {
                $(stream.$late($found);)*
            }
        }

        #[genai::chat(provider = openai, response(|_| $($($after).+ = $found,)*))]
        fn whole() -> u8 {
            0
        }

        #[genai::chat(provider = openai, streaming)]
        fn by_chunk() {
            genai::current().chunk(&Answer);
        }

        let mut streamed = recorded(&$harness, by_chunk);
        // What makes it a stream, whose choices are messages.
        for key in [
            "gen_ai.request.stream",
            "gen_ai.response.time_to_first_chunk",
            "gen_ai.output.messages",
        ] {
            assert!(streamed.remove(key).is_some(), "{key}");
        }
        assert_eq!(streamed, recorded(&$harness, whole), "accumulator");
    };
    ($other:ident, $($rest:tt)*) => {};
}

/// A row is the key in the attribute, the setter of a builder (before the call) and that of what runs.
macro_rules! operation {
    (
        $operation:ident($start:expr; $($required:tt)*),
        before { $(($($key:ident).+) $builder:ident $running:ident = $value:expr;)* }
        after { $(($($after:ident).+) $late:ident = $found:expr;)* }
        content { $($given:ident = $content:expr;)* }
        answer { $($answer:ident = $said:expr;)* }
    ) => {
        #[test]
        fn $operation() {
            #[genai::$operation(
                $($required)* $($($key).+ = $value,)* $($given = $content,)*
                response(|_| $($($after).+ = $found,)* $($answer = $said,)*)
            )]
            fn attribute() -> u8 {
                0
            }

            #[genai::$operation($($required)* response = none)]
            fn current() -> u8 {
                let call = genai::current();
                $(call.$running($value);)*
                $(call.$late($found);)*
                $(call.$given(&$content);)*
                $(call.$answer(&$said);)*
                0
            }

            fn recorder(_: &u8, recorder: &mut Recorder<'_>) {
                let _ = &recorder;
                $(recorder.$running($value);)*
                $(recorder.$late($found);)*
            }
            #[genai::$operation($($required)* response = recorder)]
            fn by_recorder() -> u8 {
                0
            }

            let builder = || {
                let mut call = $start$(.$builder($value))*.start();
                $(call.$late($found);)*
                $(call.$given(&$content);)*
                $(call.$answer(&$said);)*
                call.finish();
            };
            let invocation = || {
                let mut call = $start.start();
                $(call.$running($value);)*
                $(call.$late($found);)*
                $(call.$given(&$content);)*
                $(call.$answer(&$said);)*
                call.finish();
            };

            let harness = Harness::install_with(|settings| settings.capture(ContentCapture::SpanOnly));
            let expected = recorded(&harness, attribute);
            for (place, found) in [
                ("current", recorded(&harness, current)),
                ("builder", recorded(&harness, builder)),
                ("invocation", recorded(&harness, invocation)),
            ] {
                assert_eq!(found, expected, "{place}");
            }

            let facts = std::fs::read_to_string(Facts::path()).expect("checked in");
            let registry = Registry::read(&facts).expect("the facts");
            let keys = registry.keys_of(stringify!($operation));
            let missing: BTreeSet<_> = keys
                .iter()
                .map(|(key, _)| *key)
                .filter(|key| !expected.contains_key(*key))
                .collect();
            assert!(!keys.is_empty() && missing.is_empty(), "{missing:?}");
            // A recorder takes content as messages, which is tested where types have it.
            let mut plain = expected;
            plain.retain(|key, _| !keys.contains(&(&**key, true)));
            assert_eq!(recorded(&harness, by_recorder), plain, "recorder");
            from_a_chunk!($operation, harness, $(($($after).+) $late = $found;)*);
        }
    };
}

operation! {
    chat(genai::chat("openai"); provider = openai,),
    before {
        (model) model request_model = "m";
        (conversation_id) conversation_id conversation_id = "c";
        (output_type) output_type output_type = "json";
        (choice_count) choice_count choice_count = 2;
        (frequency_penalty) frequency_penalty frequency_penalty = 0.5;
        (presence_penalty) presence_penalty presence_penalty = 0.25;
        (max_tokens) max_tokens max_tokens = 100;
        (seed) seed seed = 7;
        (stop_sequences) stop_sequences stop_sequences = ["a", "b"];
        (temperature) temperature temperature = 0.75;
        (top_k) top_k top_k = 40.0;
        (top_p) top_p top_p = 0.5;
        (aws.bedrock.guardrail.id) aws_bedrock_guardrail_id aws_bedrock_guardrail_id = "g";
        (aws.bedrock.knowledge_base.id) aws_bedrock_knowledge_base_id aws_bedrock_knowledge_base_id = "k";
        (azure.resource_provider.namespace) azure_resource_provider_namespace azure_resource_provider_namespace = "n";
        (openai.api.type) openai_api_type openai_api_type = "responses";
        (openai.request.service_tier) openai_request_service_tier openai_request_service_tier = "flex";
        (server.address) server_address server_address = "localhost";
        (server.port) server_port server_port = 8080;
    }
    after {
        (id) id = "r-1";
        (model) model = "m-1";
        (finish_reasons) finish_reasons = ["stop"];
        (input_tokens) input_tokens = 5;
        (output_tokens) output_tokens = 4;
        (cache_read_input_tokens) cache_read_input_tokens = 3;
        (cache_creation_input_tokens) cache_creation_input_tokens = 2;
        (reasoning_output_tokens) reasoning_output_tokens = 1;
        (openai.response.service_tier) openai_response_service_tier = "default";
        (openai.response.system_fingerprint) openai_response_system_fingerprint = "f";
    }
    content {
        input = user("hello");
        system = "be brief";
        tools = [ToolDefinition::function("look_up")];
    }
    answer { output = "hi"; }
}

operation! {
    embeddings(genai::embeddings("openai"); provider = openai,),
    before {
        (model) model request_model = "m";
        (conversation_id) conversation_id conversation_id = "c";
        (encoding_formats) encoding_formats encoding_formats = ["float"];
        (server.address) server_address server_address = "localhost";
        (server.port) server_port server_port = 8080;
    }
    after {
        (dimension_count) dimension_count = 4;
        (model) model = "m-1";
        (input_tokens) input_tokens = 5;
    }
    content {}
    answer {}
}

operation! {
    agent(genai::agent("openai").remote(); provider = openai, remote,),
    before {
        (name) name name = "a";
        (description) description description = "d";
        (version) version version = "1";
        (model) model model = "m";
        (conversation_id) conversation_id conversation_id = "c";
        (data_source_id) data_source_id data_source_id = "s";
        (output_type) output_type output_type = "json";
        (choice_count) choice_count choice_count = 2;
        (frequency_penalty) frequency_penalty frequency_penalty = 0.5;
        (presence_penalty) presence_penalty presence_penalty = 0.25;
        (max_tokens) max_tokens max_tokens = 100;
        (seed) seed seed = 7;
        (stop_sequences) stop_sequences stop_sequences = ["a", "b"];
        (temperature) temperature temperature = 0.75;
        (top_p) top_p top_p = 0.5;
        (server.address) server_address server_address = "localhost";
        (server.port) server_port server_port = 8080;
    }
    after {
        (id) id = "a-1";
        (finish_reasons) finish_reasons = ["stop"];
        (input_tokens) input_tokens = 5;
        (output_tokens) output_tokens = 4;
        (cache_read_input_tokens) cache_read_input_tokens = 3;
        (cache_creation_input_tokens) cache_creation_input_tokens = 2;
        (reasoning_output_tokens) reasoning_output_tokens = 1;
    }
    content {
        input = user("hello");
        system = "be brief";
        tools = [ToolDefinition::function("look_up")];
    }
    answer { output = "hi"; }
}

operation! {
    tool(genai::tool("look_up"); name = "look_up",),
    before {
        (call_id) call_id call_id = "call-1";
        (description) description description = "d";
        (type) r#type r#type = "function";
        (conversation_id) conversation_id conversation_id = "c";
    }
    after {}
    content { arguments = "paris"; }
    answer { result = "rain"; }
}

operation! {
    workflow(genai::workflow().name("w"); name = "w",),
    before {
        (conversation_id) conversation_id conversation_id = "c";
    }
    after {}
    content { input = user("hello"); }
    answer { output = "hi"; }
}

operation! {
    retrieval(genai::retrieval();),
    before {
        (provider) provider provider = "openai";
        (model) model model = "m";
        (data_source_id) data_source_id data_source_id = "s";
        (conversation_id) conversation_id conversation_id = "c";
        (top_k) top_k top_k = 4.0;
        (server.address) server_address server_address = "localhost";
        (server.port) server_port server_port = 8080;
    }
    after {}
    content { query = "paris"; }
    answer { documents = [Document::new("d-1", 0.5)]; }
}
