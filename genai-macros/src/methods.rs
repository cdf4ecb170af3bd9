//! The methods of the running operation that record a value: a key enters, the method's name and what its value must be leave.
//!
//! The name says the type that the registry has for the key, so that a value of another type is an error at the value.

use crate::registry::{ATTRIBUTES, Type};

/// A method of the running operation.
#[derive(Clone, Copy)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    /// The trait of the runtime's that its value must have.
    pub(crate) bound: &'static str,
    /// Whether it takes content, which has a method for each key and needs no index.
    pub(crate) is_content: bool,
}

impl Method {
    /// The method for the attribute of this index.
    pub(crate) fn of(id: u8) -> Self {
        let attribute = ATTRIBUTES.get(usize::from(id));
        let content = |name, bound| Self {
            name,
            bound,
            is_content: true,
        };
        match attribute.map_or("", |a| a.key) {
            "gen_ai.input.messages" => content("input_messages", "InputContent"),
            "gen_ai.output.messages" => content("output_messages", "OutputContent"),
            "gen_ai.system_instructions" => content("system_instructions", "SystemContent"),
            "gen_ai.tool.definitions" => content("tool_definitions", "ToolsContent"),
            "gen_ai.tool.call.arguments" => content("tool_arguments", "Serialize"),
            "gen_ai.tool.call.result" => content("tool_result", "Serialize"),
            "gen_ai.retrieval.documents" => content("retrieved_documents", "DocumentsContent"),
            // A string, but content.
            "gen_ai.retrieval.query.text" => content("query_text", "StrValue"),
            _ => {
                let (name, bound) = match attribute.map_or(Type::Str, |a| a.ty) {
                    Type::Str | Type::Content => ("string", "StrValue"),
                    Type::Int => ("integer", "IntValue"),
                    Type::Double => ("double", "FloatValue"),
                    Type::Bool => ("boolean", "BoolValue"),
                    Type::Strs => ("strings", "StrsValue"),
                };
                Self {
                    name,
                    bound,
                    is_content: false,
                }
            }
        }
    }
}
