//! Messages, tools and JSON documents of the SDK as parts of the conventions.

macro_rules! content {
    ($sdk:ident, $smithy:ident) => {
        mod content {
            use $sdk::primitives::Blob;
            use $sdk::types::{
                ContentBlock, DocumentSource, ImageSource, Message, ReasoningContentBlock, S3Location,
                SystemContentBlock, Tool, ToolInputSchema, ToolResultContentBlock, VideoSource,
            };
            use $smithy::{Document, Number};
            use serde_json::{Map, Value, json};

            use crate::extract::clients::error::field_name;
            use crate::content::message::{Bytes, InputMessage, Part, ToolDefinition, Word};
            use crate::extract::wire::json::{answer, bedrock_mime, other, reasoning_part, text_part, uri};
            use crate::extract::wire::visit::MAX_DEPTH;
            use crate::extract::words::word;

            pub(super) fn messages(messages: &[Message]) -> Vec<InputMessage> {
                let message = |message: &Message| InputMessage {
                    role: word(message.role.as_str()),
                    parts: parts(&message.content),
                    name: None,
                };
                messages.iter().map(message).collect()
            }

            pub(super) fn parts(blocks: &[ContentBlock]) -> Vec<Part> {
                blocks.iter().filter_map(part).collect()
            }

            /// Instructions are text; points of the cache between them are none.
            pub(super) fn system(blocks: &[SystemContentBlock]) -> Vec<Part> {
                let text = |block: &SystemContentBlock| text_part(block.as_text().ok()?.clone());
                blocks.iter().filter_map(text).collect()
            }

            pub(super) fn tool(tool: &Tool) -> ToolDefinition {
                match tool {
                    Tool::ToolSpec(spec) => ToolDefinition::Function {
                        name: spec.name.clone(),
                        description: spec.description.clone(),
                        parameters: spec.input_schema.as_ref().and_then(|schema| match schema {
                            ToolInputSchema::Json(schema) => Some(value(schema)),
                            _ => None,
                        }),
                    },
                    other => {
                        let kind = field_name(other);
                        ToolDefinition::Other { name: kind.clone(), kind: kind.into() }
                    }
                }
            }

            fn part(block: &ContentBlock) -> Option<Part> {
                Some(match block {
                    ContentBlock::Text(text) => return text_part(text.clone()),
                    ContentBlock::ToolUse(call) => Part::ToolCall {
                        id: Some(call.tool_use_id.clone()),
                        name: call.name.clone(),
                        arguments: Some(value(&call.input)).filter(|input| !input.is_null()),
                    },
                    ContentBlock::ToolResult(result) => Part::ToolCallResponse {
                        id: Some(result.tool_use_id.clone()),
                        response: answer(result.content.iter().map(result_block).collect()),
                    },
                    ContentBlock::ReasoningContent(ReasoningContentBlock::ReasoningText(reasoning)) => {
                        return reasoning_part(reasoning.text.clone());
                    }
                    // Redacted reasoning has no text.
                    ContentBlock::ReasoningContent(_) => return None,
                    ContentBlock::Image(image) => {
                        let (bytes, place) = match &image.source {
                            Some(ImageSource::Bytes(bytes)) => (Some(bytes), None),
                            Some(ImageSource::S3Location(place)) => (None, Some(place)),
                            _ => (None, None),
                        };
                        media("image", image.format.as_str(), bytes, place)
                    }
                    ContentBlock::Document(document) => {
                        let (bytes, place) = match &document.source {
                            Some(DocumentSource::Bytes(bytes)) => (Some(bytes), None),
                            Some(DocumentSource::S3Location(place)) => (None, Some(place)),
                            _ => (None, None),
                        };
                        media("document", document.format.as_str(), bytes, place)
                    }
                    ContentBlock::Video(video) => {
                        let (bytes, place) = match &video.source {
                            Some(VideoSource::Bytes(bytes)) => (Some(bytes), None),
                            Some(VideoSource::S3Location(place)) => (None, Some(place)),
                            _ => (None, None),
                        };
                        media("video", video.format.as_str(), bytes, place)
                    }
                    ContentBlock::CitationsContent(cited) => {
                        let texts = cited.content.iter().flatten().filter_map(|c| c.as_text().ok());
                        let content = texts.map(|text| json!({"text": text})).collect();
                        other("citationsContent", Map::from_iter([("content".to_owned(), content)]))
                    }
                    unknown => other(&field_name(unknown), Map::new()),
                })
            }

            fn result_block(block: &ToolResultContentBlock) -> Value {
                match block {
                    ToolResultContentBlock::Text(text) => json!({"text": text}),
                    ToolResultContentBlock::Json(document) => json!({"json": value(document)}),
                    other => Value::Object(Map::from_iter([(field_name(other), json!({}))])),
                }
            }

            fn media(
                modality: &'static str,
                format: &str,
                bytes: Option<&Blob>,
                place: Option<&S3Location>,
            ) -> Part {
                let mime_type = Some(bedrock_mime(modality, format));
                match (bytes, place) {
                    (Some(bytes), _) => Part::Blob {
                        modality: Word::Borrowed(modality),
                        mime_type,
                        content: Bytes::Raw(bytes.as_ref().to_vec()),
                    },
                    (None, Some(place)) => uri(modality, mime_type, place.uri.clone()),
                    (None, None) => other(modality, Map::new()),
                }
            }

            pub(super) fn value(document: &Document) -> Value {
                at_depth(document, 0)
            }

            /// What lies too deep becomes null. Keys are sorted, since the SDK's maps have no order.
            fn at_depth(document: &Document, depth: u8) -> Value {
                if depth > MAX_DEPTH {
                    return Value::Null;
                }
                match document {
                    Document::Object(fields) => {
                        let mut fields: Vec<_> = fields.iter().collect();
                        fields.sort_by_key(|(key, _)| *key);
                        let field = |(key, inner): (&String, _)| (key.clone(), at_depth(inner, depth + 1));
                        Value::Object(fields.into_iter().map(field).collect())
                    }
                    Document::Array(list) => list.iter().map(|inner| at_depth(inner, depth + 1)).collect(),
                    Document::Number(Number::PosInt(n)) => Value::from(*n),
                    Document::Number(Number::NegInt(n)) => Value::from(*n),
                    Document::Number(Number::Float(n)) => Value::from(*n),
                    Document::String(text) => Value::from(text.as_str()),
                    Document::Bool(flag) => Value::from(*flag),
                    Document::Null => Value::Null,
                }
            }
        }
    };
}
