//! Responses, and the events of streams.

macro_rules! response {
    ($sdk:ident, $smithy:ident) => {
        mod response {
            use $sdk::operation::converse::ConverseOutput;
            use $sdk::operation::invoke_model::InvokeModelOutput;
            use $sdk::types::{
                ContentBlockDelta, ContentBlockStart, ConverseOutput as Output,
                ConverseStreamOutput as Event, ReasoningContentBlockDelta, ResponseStream,
                TokenUsage,
            };

            use super::content;
            use crate::extract::accumulator::Accumulator;
            use crate::extract::recorder::Recorder;
            use crate::extract::stream::body::TextKind;
            use crate::extract::stream::usage::count;
            use crate::extract::traits::{Chunk, Response};

            impl Response for ConverseOutput {
                fn record_response(&self, recorder: &mut Recorder<'_>) {
                    let mut facts =
                        Accumulator::of_response(recorder.wants_content(), recorder.room());
                    if let (true, Some(Output::Message(message))) =
                        (facts.wants_content(), &self.output)
                    {
                        for part in content::parts(&message.content) {
                            facts.part(0, part);
                        }
                    }
                    facts.finish_reason(0, self.stop_reason.as_str());
                    if let Some(usage) = &self.usage {
                        counted(usage, &mut facts);
                    }
                    facts.finish(recorder);
                }
            }

            /// The counts leave out what came from or went into the cache, unless the total says otherwise.
            fn counted(usage: &TokenUsage, facts: &mut Accumulator) {
                let number = |n: i32| count(n.into());
                facts.usage.cache_apart = true;
                facts.usage.input = number(usage.input_tokens);
                facts.usage.output = number(usage.output_tokens);
                facts.usage.total = number(usage.total_tokens);
                facts.usage.cache_read = usage.cache_read_input_tokens.and_then(number);
                facts.usage.cache_creation = usage.cache_write_input_tokens.and_then(number);
            }

            impl Chunk for Event {
                #[inline]
                fn record_chunk(&self, stream: &mut Accumulator) {
                    match self {
                        // Most events are some more text, which nobody keeps while content is off.
                        Event::ContentBlockDelta(_) if stream.is_settled() => {}
                        other => event(other, stream),
                    }
                }
            }

            fn event(event: &Event, stream: &mut Accumulator) {
                match event {
                    Event::ContentBlockDelta(event) => {
                        let block = u64::try_from(event.content_block_index).ok();
                        match &event.delta {
                            Some(ContentBlockDelta::Text(text)) => {
                                stream.append(0, block, TextKind::Text, text);
                            }
                            Some(ContentBlockDelta::ReasoningContent(
                                ReasoningContentBlockDelta::Text(text),
                            )) => {
                                stream.append(0, block, TextKind::Reasoning, text);
                            }
                            Some(ContentBlockDelta::ToolUse(call)) => {
                                stream.call(
                                    0,
                                    block.unwrap_or(0),
                                    None,
                                    None,
                                    Some(&call.input),
                                    None,
                                );
                            }
                            _ => {}
                        }
                    }
                    Event::ContentBlockStart(event) => {
                        if let Some(ContentBlockStart::ToolUse(call)) = &event.start {
                            let block = u64::try_from(event.content_block_index).unwrap_or(0);
                            stream.call(
                                0,
                                block,
                                Some(&call.tool_use_id),
                                Some(&call.name),
                                None,
                                None,
                            );
                        }
                    }
                    Event::MessageStop(event) => {
                        stream.finish_reason(0, event.stop_reason.as_str())
                    }
                    Event::Metadata(event) => {
                        if let Some(usage) = &event.usage {
                            counted(usage, stream);
                        }
                    }
                    _ => {}
                }
                if !stream.answering() {
                    stream.no_output();
                }
            }

            impl Response for InvokeModelOutput {
                fn record_response(&self, recorder: &mut Recorder<'_>) {
                    crate::extract::wire::response_bytes(self.body.as_ref(), recorder);
                }
            }

            impl Chunk for ResponseStream {
                fn record_chunk(&self, stream: &mut Accumulator) {
                    let part = self.as_chunk().ok().and_then(|part| part.bytes.as_ref());
                    match part {
                        Some(bytes) => crate::extract::wire::chunk_bytes(bytes.as_ref(), stream),
                        None => stream.no_output(),
                    }
                }
            }
        }
    };
}
