//! The scalar fields of a scenario's operation: by library field name in, through the typed setters out.

use genai::invocation::{Agent, Builder, Chat, Embeddings, Invocation, Retrieval, Tool, Workflow};
use opentelemetry::{Array, StringValue, Value as Otel};
use serde_json::Value;

use super::content;
use super::ops::{map, text};

/// Fields that later versions of the reference have and conventions 1.41.1 lack: nothing can be set.
const NOT_IN_CONVENTIONS: [&str; 8] = [
    "reasoning_level",
    "previous_response_id",
    "conversation_compacted",
    "prompt_name",
    "prompt_version",
    "prompt_variables",
    "response_status",
    "stream_cursor",
];

/// What a scenario may do with an invocation after its start.
pub(super) trait Fields: Sized {
    /// Sets a field; `None` if this operation has no such field.
    fn set(&mut self, field: &str, value: &Value) -> Option<()>;

    /// Sets the content.
    fn content(&mut self, op: &Value) -> Result<(), String>;

    /// Sets an attribute of the user's own.
    fn own(&mut self, key: &str, value: Otel, is_metric: bool);

    /// Sets everything that is set after the start.
    fn fill(&mut self, op: &Value) -> Result<(), String> {
        // The builder knows already that it is a stream; only a stream has this attribute.
        for (field, value) in map(op, "set").filter(|(field, _)| *field != "request_stream") {
            let is_modality = field.ends_with("_tokens")
                && ["text_", "image_", "audio_"]
                    .iter()
                    .any(|m| field.starts_with(m));
            let is_known = is_modality || NOT_IN_CONVENTIONS.contains(&field.as_str());
            if !value.is_null() && self.set(field, value).is_none() && !is_known {
                return Err(format!("{} has no field {field:?} for {value}", op["op"]));
            }
        }
        for (key, value) in map(op, "attributes") {
            self.own(key, otel(value)?, false);
        }
        for (key, value) in map(op, "metric_attributes") {
            self.own(key, otel(value)?, true);
        }
        self.content(op)
    }
}

macro_rules! fields {
    ($kind:ty; $($field:literal => $setter:ident($ty:ident),)* ; |$invocation:ident, $op:ident| $content:block) => {
        impl Fields for $kind {
            fn set(&mut self, field: &str, value: &Value) -> Option<()> {
                match field {
                    $($field => { self.$setter($ty(value)?); })*
                    _ => return None,
                }
                Some(())
            }

            fn content(&mut self, $op: &Value) -> Result<(), String> {
                let $invocation = self;
                $content
                Ok(())
            }

            fn own(&mut self, key: &str, value: Otel, is_metric: bool) {
                if is_metric {
                    self.metric_attribute(key.to_owned(), value);
                } else {
                    self.attribute(key.to_owned(), value);
                }
            }
        }
    };
}

fields! { Invocation<Chat>;
    "provider" => provider(string),
    "request_model" => request_model(string),
    "server_address" => server_address(string),
    "server_port" => server_port(int),
    "conversation_id" => conversation_id(string),
    "temperature" => temperature(double),
    "top_p" => top_p(double),
    "top_k" => top_k(double),
    "frequency_penalty" => frequency_penalty(double),
    "presence_penalty" => presence_penalty(double),
    "max_tokens" => max_tokens(int),
    "stop_sequences" => stop_sequences(strings),
    "seed" => seed(int),
    "choice_count" => choice_count(int),
    "request_choice_count" => choice_count(int),
    "output_type" => output_type(string),
    "response_model_name" => model(string),
    "response_id" => id(string),
    "finish_reasons" => finish_reasons(strings),
    "input_tokens" => input_tokens(int),
    "output_tokens" => output_tokens(int),
    "thinking_tokens" => reasoning_output_tokens(int),
    "cache_creation_input_tokens" => cache_creation_input_tokens(int),
    "cache_write_input_tokens" => cache_creation_input_tokens(int),
    "cache_read_input_tokens" => cache_read_input_tokens(int),
    ;
    |invocation, op| {
        if let Some(messages) = content::inputs(op)? { invocation.input(&messages); }
        if let Some(messages) = content::outputs(op)? { invocation.output(&messages); }
        if let Some(parts) = content::system(op)? { invocation.system(&parts); }
        if let Some(tools) = content::tools(op)? { invocation.tools(&tools); }
    }
}

fields! { Invocation<Embeddings>;
    "provider" => provider(string),
    "request_model" => request_model(string),
    "server_address" => server_address(string),
    "server_port" => server_port(int),
    "conversation_id" => conversation_id(string),
    "dimension_count" => dimension_count(int),
    "encoding_formats" => encoding_formats(strings),
    "response_model_name" => model(string),
    "input_tokens" => input_tokens(int),
    ;
    |_invocation, _op| {}
}

fields! { Invocation<Agent>;
    "provider" => provider(string),
    "request_model" => model(string),
    "server_address" => server_address(string),
    "server_port" => server_port(int),
    "agent_name" => name(string),
    "agent_id" => id(string),
    "agent_description" => description(string),
    "agent_version" => version(string),
    "conversation_id" => conversation_id(string),
    "data_source_id" => data_source_id(string),
    "output_type" => output_type(string),
    "choice_count" => choice_count(int),
    "request_choice_count" => choice_count(int),
    "temperature" => temperature(double),
    "top_p" => top_p(double),
    "frequency_penalty" => frequency_penalty(double),
    "presence_penalty" => presence_penalty(double),
    "max_tokens" => max_tokens(int),
    "stop_sequences" => stop_sequences(strings),
    "seed" => seed(int),
    "finish_reasons" => finish_reasons(strings),
    "input_tokens" => input_tokens(int),
    "output_tokens" => output_tokens(int),
    "thinking_tokens" => reasoning_output_tokens(int),
    "cache_creation_input_tokens" => cache_creation_input_tokens(int),
    "cache_write_input_tokens" => cache_creation_input_tokens(int),
    "cache_read_input_tokens" => cache_read_input_tokens(int),
    ;
    |invocation, op| {
        if let Some(messages) = content::inputs(op)? { invocation.input(&messages); }
        if let Some(messages) = content::outputs(op)? { invocation.output(&messages); }
        if let Some(parts) = content::system(op)? { invocation.system(&parts); }
        if let Some(tools) = content::tools(op)? { invocation.tools(&tools); }
    }
}

fields! { Invocation<Tool>;
    "name" => name(string),
    "tool_call_id" => call_id(string),
    "tool_type" => r#type(string),
    "tool_description" => description(string),
    "conversation_id" => conversation_id(string),
    ;
    |invocation, op| {
        let set = &op["set"];
        for (arguments, result) in [(op.get("arguments"), op.get("tool_result")), (set.get("arguments"), set.get("tool_result"))] {
            if let Some(arguments) = arguments.filter(|a| !a.is_null()) {
                invocation.arguments(&content::data(arguments));
            }
            if let Some(result) = result.filter(|r| !r.is_null()) {
                invocation.result(&content::data(result));
            }
        }
    }
}

fields! { Invocation<Workflow>;
    "name" => name(string),
    "conversation_id" => conversation_id(string),
    ;
    |invocation, op| {
        if let Some(messages) = content::inputs(op)? { invocation.input(&messages); }
        if let Some(messages) = content::outputs(op)? { invocation.output(&messages); }
    }
}

fields! { Invocation<Retrieval>;
    "provider" => provider(string),
    "request_model" => model(string),
    "server_address" => server_address(string),
    "server_port" => server_port(int),
    "data_source_id" => data_source_id(string),
    "conversation_id" => conversation_id(string),
    "top_k" => top_k(double),
    "query_text" => query(string),
    ;
    |invocation, op| {
        if let Some(query) = op["query"].as_str() { invocation.query(query); }
        if let Some(documents) = content::documents(op)? { invocation.documents(&documents); }
    }
}

fn string(value: &Value) -> Option<&str> {
    value.as_str()
}

fn int(value: &Value) -> Option<i64> {
    value.as_i64()
}

/// Every number fits a double.
fn double(value: &Value) -> Option<f64> {
    value.as_f64()
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

/// A value of the user's own attribute.
fn otel(value: &Value) -> Result<Otel, String> {
    let items = |list: &[Value]| -> Option<Otel> {
        let texts = || {
            list.iter()
                .map(|v| v.as_str().map(|s| StringValue::from(s.to_owned())))
        };
        let ints = || list.iter().map(Value::as_i64);
        let doubles = || list.iter().map(Value::as_f64);
        let bools = || list.iter().map(Value::as_bool);
        (texts().collect::<Option<_>>().map(Array::String))
            .or_else(|| ints().collect::<Option<_>>().map(Array::I64))
            .or_else(|| doubles().collect::<Option<_>>().map(Array::F64))
            .or_else(|| bools().collect::<Option<_>>().map(Array::Bool))
            .map(Otel::Array)
    };
    let converted = match value {
        Value::Bool(b) => Some(Otel::Bool(*b)),
        Value::Number(n) => n
            .as_i64()
            .map(Otel::I64)
            .or_else(|| n.as_f64().map(Otel::F64)),
        Value::String(text) => Some(Otel::from(text.clone())),
        Value::Array(list) => items(list),
        _ => None,
    };
    converted.ok_or_else(|| format!("{value} is no attribute value"))
}

/// Calls a setter of the builder for each creation field that was passed.
macro_rules! created {
    ($builder:ident, $op:ident; $($field:literal => $setter:ident($ty:ident),)*) => {{
        let mut builder = $builder;
        $(if let Some(value) = $ty(&$op[$field]) { builder = builder.$setter(value); })*
        builder
    }};
}

pub(super) fn chat(b: Builder<Chat>, op: &Value) -> Builder<Chat> {
    let mut b = created!(b, op;
        "request_model" => model(string),
        "server_address" => server_address(string),
        "server_port" => server_port(int),
        "conversation_id" => conversation_id(string),
    );
    if let Some(name) = op["operation_name"].as_str() {
        b = b.operation(name.to_owned());
    }
    if op["set"]["request_stream"] == true {
        b.stream()
    } else {
        b
    }
}

pub(super) fn embeddings(b: Builder<Embeddings>, op: &Value) -> Builder<Embeddings> {
    created!(b, op;
        "request_model" => model(string),
        "server_address" => server_address(string),
        "server_port" => server_port(int),
        "conversation_id" => conversation_id(string),
    )
}

pub(super) fn agent(b: Builder<Agent>, op: &Value) -> Builder<Agent> {
    let b = if op["where"] == "remote" {
        b.remote()
    } else {
        b
    };
    created!(b, op;
        "request_model" => model(string),
        "agent_name" => name(string),
        "agent_id" => id(string),
        "conversation_id" => conversation_id(string),
        "server_address" => server_address(string),
        "server_port" => server_port(int),
    )
}

pub(super) fn tool(b: Builder<Tool>, op: &Value) -> Builder<Tool> {
    created!(b, op;
        "tool_call_id" => call_id(string),
        "tool_type" => r#type(string),
        "tool_description" => description(string),
        "conversation_id" => conversation_id(string),
    )
}

pub(super) fn workflow(b: Builder<Workflow>, op: &Value) -> Builder<Workflow> {
    created!(b, op;
        "name" => name(string),
        "conversation_id" => conversation_id(string),
    )
}

pub(super) fn retrieval(b: Builder<Retrieval>, op: &Value) -> Builder<Retrieval> {
    created!(b, op;
        "data_source_id" => data_source_id(string),
        "provider" => provider(string),
        "request_model" => model(string),
        "server_address" => server_address(string),
        "server_port" => server_port(int),
        "conversation_id" => conversation_id(string),
    )
}

/// The attributes that the creation fields of an operation give to its span's start.
pub(super) fn creation_keys(op: &Value) -> Vec<String> {
    let is_workflow = op["op"] == "workflow";
    let name = if is_workflow {
        "gen_ai.workflow.name"
    } else {
        "gen_ai.tool.name"
    };
    let known = [
        ("provider", "gen_ai.provider.name"),
        ("request_model", "gen_ai.request.model"),
        ("server_address", "server.address"),
        ("server_port", "server.port"),
        ("agent_name", "gen_ai.agent.name"),
        ("name", name),
        ("tool_type", "gen_ai.tool.type"),
        ("data_source_id", "gen_ai.data_source.id"),
        ("conversation_id", "gen_ai.conversation.id"),
    ];
    let mut keys = vec!["gen_ai.operation.name".to_owned()];
    for (field, key) in known {
        let is_empty_id = field == "conversation_id" && text(op, field).is_empty();
        if !op[field].is_null() && !is_empty_id {
            keys.push(key.to_owned());
        }
    }
    if op["stream"].is_object() {
        keys.push("gen_ai.request.stream".to_owned());
    }
    keys.extend(
        map(op, "association_properties")
            .map(|(key, _)| format!("gen_ai.association.properties.{key}")),
    );
    keys
}
