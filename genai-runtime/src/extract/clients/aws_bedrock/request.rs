//! Requests: inputs, their builders, and the fluent builders that users hold most often.

macro_rules! request {
    ($sdk:ident, $smithy:ident) => {
        mod request {
            use $sdk::operation::converse::ConverseInput;
            use $sdk::operation::converse::builders::{ConverseFluentBuilder, ConverseInputBuilder};
            use $sdk::operation::converse_stream::ConverseStreamInput;
            use $sdk::operation::converse_stream::builders::{
                ConverseStreamFluentBuilder, ConverseStreamInputBuilder,
            };
            use $sdk::operation::invoke_model::InvokeModelInput;
            use $sdk::operation::invoke_model::builders::{InvokeModelFluentBuilder, InvokeModelInputBuilder};
            use $sdk::operation::invoke_model_with_response_stream::InvokeModelWithResponseStreamInput;
            use $sdk::operation::invoke_model_with_response_stream::builders::{
                InvokeModelWithResponseStreamFluentBuilder, InvokeModelWithResponseStreamInputBuilder,
            };
            use $sdk::primitives::Blob;
            use $sdk::types::{InferenceConfiguration, Message, SystemContentBlock, ToolConfiguration};
            use $smithy::{Document, Number};

            use super::content;
            use crate::extract::recorder::Recorder;
            use crate::semconv::registry::keys;
            use crate::extract::traits::Request;

            /// What the inputs and builders of Converse have in common.
            struct Converse<'a> {
                model: Option<&'a String>,
                messages: Option<&'a Vec<Message>>,
                system: Option<&'a Vec<SystemContentBlock>>,
                inference: Option<&'a InferenceConfiguration>,
                tools: Option<&'a ToolConfiguration>,
                guardrail: Option<&'a String>,
                additional: Option<&'a Document>,
                is_stream: bool,
            }

            impl Request for Converse<'_> {
                fn record_request(&self, recorder: &mut Recorder<'_>) {
                    named(self.model, self.guardrail, self.is_stream, recorder);
                    if let Some(inference) = self.inference {
                        if let Some(n) = inference.max_tokens {
                            recorder.int(keys::GEN_AI_REQUEST_MAX_TOKENS, n.into());
                        }
                        if let Some(n) = inference.temperature {
                            recorder.float(keys::GEN_AI_REQUEST_TEMPERATURE, n);
                        }
                        if let Some(n) = inference.top_p {
                            recorder.float(keys::GEN_AI_REQUEST_TOP_P, n);
                        }
                        let stop = inference.stop_sequences.as_ref();
                        if let Some(stop) = stop.filter(|stop| !stop.is_empty()) {
                            recorder.strs(keys::GEN_AI_REQUEST_STOP_SEQUENCES, stop);
                        }
                    }
                    if let Some(n) = self.additional.and_then(top_k) {
                        recorder.double(keys::GEN_AI_REQUEST_TOP_K, n);
                    }
                    if recorder.wants_content() {
                        if let Some(messages) = self.messages {
                            recorder.input(content::messages(messages).into());
                        }
                        if let Some(system) = self.system {
                            recorder.system(content::system(system).into());
                        }
                        if let Some(tools) = self.tools {
                            recorder.tools(tools.tools.iter().map(content::tool).collect::<Vec<_>>().into());
                        }
                    }
                }
            }

            /// Models have it under several names, at the top or among their own inference settings.
            fn top_k(document: &Document) -> Option<f64> {
                let Document::Object(fields) = document else { return None };
                let number = ["top_k", "topK", "k"].iter().find_map(|key| match fields.get(*key)? {
                    Document::Number(Number::PosInt(n)) => Some(*n as f64),
                    Document::Number(Number::NegInt(n)) => Some(*n as f64),
                    Document::Number(Number::Float(n)) => Some(*n),
                    _ => None,
                });
                number.or_else(|| {
                    let Document::Object(inner) = fields.get("inferenceConfig")? else { return None };
                    match inner.get("topK").or_else(|| inner.get("top_k"))? {
                        Document::Number(Number::PosInt(n)) => Some(*n as f64),
                        Document::Number(Number::Float(n)) => Some(*n),
                        _ => None,
                    }
                })
            }

            fn named(
                model: Option<&String>,
                guardrail: Option<&String>,
                is_stream: bool,
                recorder: &mut Recorder<'_>,
            ) {
                if let Some(model) = model {
                    recorder.str(keys::GEN_AI_REQUEST_MODEL, model);
                }
                if let Some(guardrail) = guardrail {
                    recorder.str(keys::AWS_BEDROCK_GUARDRAIL_ID, guardrail);
                }
                if is_stream {
                    recorder.bool(keys::GEN_AI_REQUEST_STREAM, true);
                }
            }

            /// The body is the format of the model's family.
            fn invoked(
                model: Option<&String>,
                guardrail: Option<&String>,
                body: Option<&Blob>,
                is_stream: bool,
                recorder: &mut Recorder<'_>,
            ) {
                named(model, guardrail, is_stream, recorder);
                if let Some(body) = body {
                    crate::extract::wire::request_bytes(body.as_ref(), recorder);
                }
            }

            $crate::extract::clients::aws_bedrock::request::converse!(Converse, false; ConverseInput, ConverseInputBuilder, ConverseFluentBuilder);
            $crate::extract::clients::aws_bedrock::request::converse!(
                Converse, true; ConverseStreamInput, ConverseStreamInputBuilder, ConverseStreamFluentBuilder
            );
            $crate::extract::clients::aws_bedrock::request::invoke!(invoked, false; InvokeModelInput, InvokeModelInputBuilder, InvokeModelFluentBuilder);
            $crate::extract::clients::aws_bedrock::request::invoke!(
                invoked, true; InvokeModelWithResponseStreamInput, InvokeModelWithResponseStreamInputBuilder,
                InvokeModelWithResponseStreamFluentBuilder
            );
            provider!(
                "aws.bedrock": ConverseInput, ConverseInputBuilder, ConverseFluentBuilder, ConverseStreamInput,
                ConverseStreamInputBuilder, ConverseStreamFluentBuilder, InvokeModelInput, InvokeModelInputBuilder,
                InvokeModelFluentBuilder, InvokeModelWithResponseStreamInput, InvokeModelWithResponseStreamInputBuilder,
                InvokeModelWithResponseStreamFluentBuilder
            );
        }
    };
}

/// Converse's input, with public fields, and its builders, with getters.
macro_rules! converse {
    ($converse:ident, $is_stream:literal; $input:ty, $builder:ty, $fluent:ty) => {
        impl $crate::Request for $input {
            fn record_request(&self, recorder: &mut $crate::Recorder<'_>) {
                $converse {
                    model: self.model_id.as_ref(),
                    messages: self.messages.as_ref(),
                    system: self.system.as_ref(),
                    inference: self.inference_config.as_ref(),
                    tools: self.tool_config.as_ref(),
                    guardrail: self
                        .guardrail_config
                        .as_ref()
                        .map(|g| &g.guardrail_identifier),
                    additional: self.additional_model_request_fields.as_ref(),
                    is_stream: $is_stream,
                }
                .record_request(recorder);
            }
        }

        impl $crate::Request for $builder {
            fn record_request(&self, recorder: &mut $crate::Recorder<'_>) {
                $converse {
                    model: self.get_model_id().as_ref(),
                    messages: self.get_messages().as_ref(),
                    system: self.get_system().as_ref(),
                    inference: self.get_inference_config().as_ref(),
                    tools: self.get_tool_config().as_ref(),
                    guardrail: self
                        .get_guardrail_config()
                        .as_ref()
                        .map(|g| &g.guardrail_identifier),
                    additional: self.get_additional_model_request_fields().as_ref(),
                    is_stream: $is_stream,
                }
                .record_request(recorder);
            }
        }

        impl $crate::Request for $fluent {
            fn record_request(&self, recorder: &mut $crate::Recorder<'_>) {
                self.as_input().record_request(recorder);
            }
        }
    };
}
pub(crate) use converse;

/// InvokeModel's input and builders.
macro_rules! invoke {
    ($invoked:ident, $is_stream:literal; $input:ty, $builder:ty, $fluent:ty) => {
        impl $crate::Request for $input {
            fn record_request(&self, recorder: &mut $crate::Recorder<'_>) {
                let guardrail = self.guardrail_identifier.as_ref();
                $invoked(
                    self.model_id.as_ref(),
                    guardrail,
                    self.body.as_ref(),
                    $is_stream,
                    recorder,
                );
            }
        }

        impl $crate::Request for $builder {
            fn record_request(&self, recorder: &mut $crate::Recorder<'_>) {
                let guardrail = self.get_guardrail_identifier().as_ref();
                let (model, body) = (self.get_model_id().as_ref(), self.get_body().as_ref());
                $invoked(model, guardrail, body, $is_stream, recorder);
            }
        }

        impl $crate::Request for $fluent {
            fn record_request(&self, recorder: &mut $crate::Recorder<'_>) {
                self.as_input().record_request(recorder);
            }
        }
    };
}
pub(crate) use invoke;
