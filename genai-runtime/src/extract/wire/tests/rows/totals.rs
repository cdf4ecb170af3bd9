//! Which tokens lie inside which: the provider's own total settles it, in every format.

use serde_json::{Value, json};

use super::{Op, chat};

fn counted(provider: &str) -> Op<'_> {
    chat(provider).counts()
}

/// What is recorded of these counters.
fn counts(counters: &[(&str, u64)]) -> Value {
    super::with_usage(json!({}), counters)
}

/// A body, or a last chunk, of a format with this usage.
fn openai(usage: Value) -> Value {
    json!({"choices": [], "usage": usage})
}

#[test]
fn reasoning_beside_the_output() {
    let usage = |total: Value| {
        openai(
            json!({"prompt_tokens": 361, "completion_tokens": 26, "total_tokens": total,
            "completion_tokens_details": {"reasoning_tokens": 93}}),
        )
    };
    let recorded = |output: u64| {
        counts(&[
            ("input_tokens", 361),
            ("output_tokens", output),
            ("reasoning.output_tokens", 93),
        ])
    };
    // Beside, inside, and three totals that nothing adds up to.
    for (total, output) in [
        (json!(480), 119),
        (json!(387), 26),
        (json!(400), 26),
        (json!(0), 26),
        (Value::Null, 26),
    ] {
        counted("x_ai").answers(usage(total.clone()), recorded(output));
        counted("x_ai").streams(&[usage(total)], recorded(output));
    }
    counted("x_ai").answers(
        json!({"object": "response", "status": "completed", "output": [], "usage": {"input_tokens": 3, "output_tokens": 2,
            "total_tokens": 10, "output_tokens_details": {"reasoning_tokens": 5}}}),
        super::with_usage(
            json!({"response.finish_reasons": ["stop"], "output": [{"role": "assistant", "finish_reason": "stop", "parts": []}]}),
            &[("input_tokens", 3), ("output_tokens", 7), ("reasoning.output_tokens", 5)],
        ),
    );
    // A counter beside the details too.
    counted("github_copilot").answers(
        openai(json!({"prompt_tokens": 3, "completion_tokens": 2, "reasoning_tokens": 5, "total_tokens": 10})),
        counts(&[("input_tokens", 3), ("output_tokens", 7), ("reasoning.output_tokens", 5)]),
    );
    // A total of an earlier snapshot does not matter.
    let first = openai(json!({"prompt_tokens": 361, "completion_tokens": 1, "total_tokens": 362}));
    counted("x_ai").streams(&[first, usage(json!(480))], recorded(119));
}

#[test]
fn thoughts_and_the_prompts_of_tools_at_gemini() {
    let usage = |usage: Value| json!({"candidates": [], "usageMetadata": usage});
    for (tokens, input, output) in [
        // Beside each other.
        (
            json!({"promptTokenCount": 132, "candidatesTokenCount": 45, "thoughtsTokenCount": 170, "toolUsePromptTokenCount": 1355,
            "totalTokenCount": 1702}),
            1487,
            215,
        ),
        // Without a total as it is mostly.
        (
            json!({"promptTokenCount": 132, "candidatesTokenCount": 45, "thoughtsTokenCount": 170, "toolUsePromptTokenCount": 1355}),
            1487,
            215,
        ),
        // Thoughts inside the candidates.
        (
            json!({"promptTokenCount": 10, "candidatesTokenCount": 215, "thoughtsTokenCount": 170, "totalTokenCount": 225}),
            10,
            215,
        ),
        // The prompts of tools inside the prompt.
        (
            json!({"promptTokenCount": 1487, "candidatesTokenCount": 45, "thoughtsTokenCount": 170, "toolUsePromptTokenCount": 1355,
            "totalTokenCount": 1702}),
            1487,
            215,
        ),
        // Both.
        (
            json!({"promptTokenCount": 1487, "candidatesTokenCount": 215, "thoughtsTokenCount": 170, "toolUsePromptTokenCount": 1355,
            "totalTokenCount": 1702}),
            1487,
            215,
        ),
        (
            json!({"prompt_token_count": 132, "candidates_token_count": 45, "thoughts_token_count": 170,
            "tool_use_prompt_token_count": 1355, "total_token_count": 1702}),
            1487,
            215,
        ),
    ] {
        let recorded = counts(&[
            ("input_tokens", input),
            ("output_tokens", output),
            ("reasoning.output_tokens", 170),
        ]);
        counted("gcp.gemini").answers(usage(tokens.clone()), recorded.clone());
        counted("gcp.gemini").streams(
            &[
                usage(json!({"promptTokenCount": 1, "totalTokenCount": 1})),
                usage(tokens),
            ],
            recorded,
        );
    }
}

#[test]
fn audio_beside_the_prompt() {
    let usage = |total: u64| {
        openai(
            json!({"prompt_tokens": 9, "completion_tokens": 201, "total_tokens": total,
            "prompt_tokens_details": {"audio_tokens": 375}, "completion_tokens_details": {"audio_tokens": 40}}),
        )
    };
    for (total, input, output) in [
        (210, 9, 201),
        (585, 384, 201),
        (250, 9, 241),
        (625, 384, 241),
    ] {
        let recorded = counts(&[("input_tokens", input), ("output_tokens", output)]);
        counted("mistral_ai").answers(usage(total), recorded);
    }
}

#[test]
fn the_cache_beside_the_input_or_in_it() {
    let converse = |total: Value| {
        json!({"stopReason": "end_turn", "metrics": {}, "usage": {"inputTokens": 150, "outputTokens": 7, "totalTokens": total,
            "cacheReadInputTokens": 100, "cacheWriteInputTokens": 20}})
    };
    let recorded = |input: u64| {
        super::with_usage(
            json!({"response.finish_reasons": ["end_turn"]}),
            &[
                ("input_tokens", input),
                ("output_tokens", 7),
                ("cache_read.input_tokens", 100),
                ("cache_creation.input_tokens", 20),
            ],
        )
    };
    for (total, input) in [
        (json!(277), 270),
        (json!(157), 150),
        (json!(3), 270),
        (Value::Null, 270),
    ] {
        counted("aws.bedrock").answers(converse(total), recorded(input));
    }
    // Servers that speak Anthropic's format and count as OpenAI does.
    let anthropic = |total: Value| {
        json!({"type": "message", "stop_reason": "end_turn", "usage": {"input_tokens": 150, "output_tokens": 7,
            "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "total_tokens": total}})
    };
    for (total, input) in [(json!(277), 270), (json!(157), 150), (Value::Null, 270)] {
        counted("anthropic").answers(anthropic(total), recorded(input));
    }
    // And the other way round.
    counted("openai").answers(
        openai(json!({"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 157, "prompt_tokens_details": {"cached_tokens": 100}})),
        counts(&[("input_tokens", 150), ("output_tokens", 7), ("cache_read.input_tokens", 100)]),
    );
}

#[test]
fn a_later_zero_takes_no_count_back() {
    let zeros = |keys: &[&str]| {
        keys.iter()
            .map(|key| ((*key).to_owned(), json!(0)))
            .collect::<Value>()
    };
    let start = |usage: Value| json!({"type": "message_start", "message": {"type": "message", "usage": usage}});
    let end = |usage: Value| json!({"type": "message_delta", "delta": {}, "usage": usage});
    let usage = json!({"input_tokens": 3, "output_tokens": 7, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20});
    let keys = [
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
    ];
    counted("anthropic").streams(
        &[start(usage), end(zeros(&keys))],
        super::with_cache(json!({})),
    );
    let usage = json!({"prompt_tokens": 10, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 3}});
    let zero = json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cached_tokens": 0, "reasoning_tokens": 0,
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}});
    counted("openai").streams(
        &[openai(usage), openai(zero)],
        counts(&[
            ("input_tokens", 10),
            ("output_tokens", 7),
            ("cache_read.input_tokens", 4),
            ("cache_creation.input_tokens", 2),
            ("reasoning.output_tokens", 3),
        ]),
    );
    let gemini = |tokens: Value| json!({"candidates": [], "usageMetadata": tokens});
    let keys = [
        "promptTokenCount",
        "candidatesTokenCount",
        "thoughtsTokenCount",
        "cachedContentTokenCount",
        "totalTokenCount",
    ];
    counted("gcp.gemini").streams(
        &[gemini(json!({"promptTokenCount": 3, "candidatesTokenCount": 2, "thoughtsTokenCount": 5, "totalTokenCount": 10})), gemini(zeros(&keys))],
        counts(&[("input_tokens", 3), ("output_tokens", 7), ("reasoning.output_tokens", 5), ("cache_read.input_tokens", 0)]),
    );
    let line = |prompt: u64, answer: u64, done: bool| json!({"model": "m", "message": {"content": ""}, "done": done, "prompt_eval_count": prompt, "eval_count": answer});
    counted("ollama").streams(
        &[line(3, 7, true), line(0, 0, true)],
        super::with_usage(json!({"response.model": "m", "output": [{"role": "assistant", "finish_reason": "stop", "parts": []}]}), &[("input_tokens", 3), ("output_tokens", 7)]),
    );
    // A zero that nothing else came before or after is a count.
    counted("openai").answers(
        openai(json!({"prompt_tokens": 10, "completion_tokens": 0})),
        counts(&[("input_tokens", 10), ("output_tokens", 0)]),
    );
}

#[test]
fn usage_in_a_choice() {
    let usage = json!({"prompt_tokens": 19, "completion_tokens": 21, "total_tokens": 40, "cached_tokens": 10});
    let choice = |usage: &Value| json!({"index": 0, "delta": {"content": "so"}, "finish_reason": "stop", "usage": usage});
    let recorded = super::with_usage(
        json!({"response.finish_reasons": ["stop"],
            "output": [{"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "so"}]}]}),
        &[
            ("input_tokens", 19),
            ("output_tokens", 21),
            ("cache_read.input_tokens", 10),
        ],
    );
    let plain = json!({"choices": [{"index": 0, "delta": {"content": "so"}, "usage": null}]});
    let ends = |usage: &Value| json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": usage}]});
    counted("moonshot_ai").streams(&[json!({"choices": [choice(&usage)]})], recorded.clone());
    counted("moonshot_ai").streams(&[plain.clone(), ends(&usage)], recorded.clone());
    // Without a reason beside it, after content that nobody keeps.
    let late = json!({"choices": [{"index": 0, "delta": {}, "usage": usage}]});
    counted("moonshot_ai").streams(&[plain.clone(), ends(&Value::Null), late], recorded.clone());
    // Twice is once.
    let both = json!({"choices": [choice(&usage)], "usage": usage});
    counted("moonshot_ai").streams(
        &[both.clone(), json!({"choices": [], "usage": usage})],
        recorded.clone(),
    );
    counted("moonshot_ai").answers(both, recorded);
}

#[test]
fn compactions() {
    let step = |kind: &str, input: u64, output: u64| json!({"input_tokens": input, "output_tokens": output, "cache_read_input_tokens": 10, "cache_creation_input_tokens": 0, "type": kind});
    let usage = json!({"input_tokens": 45, "output_tokens": 1234, "cache_read_input_tokens": 10, "iterations": [
        step("compaction", 180_000, 3500), step("compaction", 5, 6), step("message", 40, 1000), step("advisor_message", 9, 9), step("message", 5, 234)]});
    let recorded = super::with_usage(
        json!({"response.finish_reasons": ["end_turn"]}),
        &[
            ("input_tokens", 45 + 180_005 + 30),
            ("output_tokens", 1234 + 3506),
            ("cache_read.input_tokens", 30),
            ("cache_creation.input_tokens", 0),
        ],
    );
    counted("anthropic").answers(
        json!({"type": "message", "stop_reason": "end_turn", "usage": usage}),
        recorded.clone(),
    );
    counted("anthropic").streams(
        &[
            json!({"type": "message_start", "message": {"type": "message", "usage": {"input_tokens": 180_000, "output_tokens": 1}}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}),
            json!({"type": "message_stop"}),
        ],
        recorded,
    );
    // Without a compaction the counts beside the list are all.
    counted("anthropic").answers(
        json!({"type": "message", "stop_reason": "end_turn", "usage": {"input_tokens": 45, "output_tokens": 7,
            "iterations": [step("message", 40, 3), step("advisor_message", 9, 9), step("message", 5, 4)]}}),
        super::with_usage(json!({"response.finish_reasons": ["end_turn"]}), &[("input_tokens", 45), ("output_tokens", 7)]),
    );
}

#[test]
fn all_that_bedrock_counts_itself() {
    let metrics = json!({"inputTokenCount": 3, "outputTokenCount": 40, "cacheReadInputTokenCount": 5000, "cacheWriteInputTokenCount": 200});
    let all = |input: u64| {
        [
            ("input_tokens", input),
            ("output_tokens", 40),
            ("cache_read.input_tokens", 5000),
            ("cache_creation.input_tokens", 200),
        ]
    };
    let with = |mut body: Value| {
        body["amazon-bedrock-invocationMetrics"] = metrics.clone();
        body
    };
    // The model counts no cache: Bedrock's is beside the input, that of the model or its own.
    let message =
        |usage: Value| json!({"type": "message", "stop_reason": "end_turn", "usage": usage});
    let reason = || json!({"response.finish_reasons": ["end_turn"]});
    counted("aws.bedrock").answers(
        with(message(json!({"input_tokens": 3, "output_tokens": 40}))),
        super::with_usage(reason(), &all(5203)),
    );
    counted("aws.bedrock").answers(
        with(message(json!({}))),
        super::with_usage(reason(), &all(5203)),
    );
    counted("aws.bedrock").answers(
        with(json!({"generation": "", "prompt_token_count": 3, "generation_token_count": 40, "stop_reason": "stop"})),
        super::with_usage(json!({"response.finish_reasons": ["stop"]}), &all(5203)),
    );
    counted("aws.bedrock").answers(with(json!({"outputs": []})), counts(&all(5203)));
    // A model that counts all of its input, cached or not.
    counted("aws.bedrock").answers(
        with(openai(
            json!({"prompt_tokens": 5203, "completion_tokens": 40}),
        )),
        counts(&all(5203)),
    );
    // Its own counts win.
    counted("aws.bedrock").answers(
        with(message(json!({"input_tokens": 4, "output_tokens": 41, "cache_read_input_tokens": 10, "cache_creation_input_tokens": 0}))),
        super::with_usage(reason(), &[("input_tokens", 14), ("output_tokens", 41), ("cache_read.input_tokens", 10), ("cache_creation.input_tokens", 0)]),
    );
    // In events.
    counted("aws.bedrock").streams(
        &[
            json!({"type": "message_start", "message": {"type": "message", "usage": {"input_tokens": 3, "output_tokens": 1}}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 40}}),
            with(json!({"type": "message_stop"})),
        ],
        super::with_usage(reason(), &all(5203)),
    );
}

#[test]
fn counters_of_their_own() {
    // LiteLLM.
    counted("a-gateway").answers(
        openai(
            json!({"prompt_tokens": 10_032, "completion_tokens": 5, "total_tokens": 10_037,
            "prompt_tokens_details": {"cached_tokens": 0, "cache_creation_tokens": 10_017}}),
        ),
        counts(&[
            ("input_tokens", 10_032),
            ("output_tokens", 5),
            ("cache_read.input_tokens", 0),
            ("cache_creation.input_tokens", 10_017),
        ]),
    );
    counted("a-gateway").answers(
        json!({"object": "response", "output": [], "usage": {"input_tokens": 9, "output_tokens": 5,
            "input_tokens_details": {"cached_tokens": 1, "cache_creation_tokens": 4}}}),
        counts(&[
            ("input_tokens", 9),
            ("output_tokens", 5),
            ("cache_read.input_tokens", 1),
            ("cache_creation.input_tokens", 4),
        ]),
    );
    // DashScope.
    counted("a-gateway").answers(
        openai(
            json!({"prompt_tokens": 1_200, "completion_tokens": 5, "total_tokens": 1_205, "prompt_tokens_details": {"cached_tokens": 0,
                "cache_creation_input_tokens": 1_100, "cache_creation": {"ephemeral_5m_input_tokens": 1_100}}}),
        ),
        counts(&[
            ("input_tokens", 1_200),
            ("output_tokens", 5),
            ("cache_read.input_tokens", 0),
            ("cache_creation.input_tokens", 1_100),
        ]),
    );
    // Images, and servers with the names of Responses.
    counted("openai").answers(
        json!({"created": 1, "data": [{"b64_json": "iVBORw0K"}], "usage": {"total_tokens": 100, "input_tokens": 50,
            "output_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}}}),
        counts(&[("input_tokens", 50), ("output_tokens", 50)]),
    );
    counted("a-gateway").answers(
        openai(
            json!({"input_tokens": 9, "output_tokens": 5, "total_tokens": 14, "output_tokens_details": {"reasoning_tokens": 3}}),
        ),
        counts(&[
            ("input_tokens", 9),
            ("output_tokens", 5),
            ("reasoning.output_tokens", 3),
        ]),
    );
    // Cohere's reasoning counts in the model's tokens, and is left out where it is more than what was billed.
    let cohere = |billed: Value, reasoning: u64| {
        json!({"finish_reason": "COMPLETE", "message": {"role": "assistant", "content": []}, "usage": {"billed_units": billed,
            "tokens": {"input_tokens": 510, "output_tokens": 99, "reasoning_tokens": reasoning}}})
    };
    let recorded = |counters: &[(&str, u64)]| {
        super::with_usage(
            json!({"response.finish_reasons": ["COMPLETE"],
            "output": [{"role": "assistant", "finish_reason": "stop", "parts": []}]}),
            counters,
        )
    };
    let billed = json!({"input_tokens": 67, "output_tokens": 66});
    counted("cohere").answers(
        cohere(billed.clone(), 29),
        recorded(&[
            ("input_tokens", 67),
            ("output_tokens", 66),
            ("reasoning.output_tokens", 29),
        ]),
    );
    counted("cohere").answers(
        cohere(billed, 70),
        recorded(&[("input_tokens", 67), ("output_tokens", 66)]),
    );
    counted("cohere").answers(
        cohere(Value::Null, 70),
        recorded(&[
            ("input_tokens", 510),
            ("output_tokens", 99),
            ("reasoning.output_tokens", 70),
        ]),
    );
    let end = json!({"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": {"billed_units": {"input_tokens": 67, "output_tokens": 66},
        "tokens": {"input_tokens": 510, "output_tokens": 99, "reasoning_tokens": 29}}}});
    counted("cohere").streams(
        &[end],
        super::with_usage(
            json!({"response.finish_reasons": ["COMPLETE"]}),
            &[
                ("input_tokens", 67),
                ("output_tokens", 66),
                ("reasoning.output_tokens", 29),
            ],
        ),
    );
}
