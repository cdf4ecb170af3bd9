//! One method per kind of entry: an expansion calls them on the running operation, before the call and after it.
//!
//! The name of a method says the type its key has in the registry, so that a value of another type is an error at the value.

use opentelemetry::StringValue;
use opentelemetry::trace::SpanKind;

use super::op::Op;
use crate::content::message::{ToDocuments, ToInput, ToOutput, ToSystem, ToTools};
use crate::context::{PropertyValue, value_of};
use crate::semconv::entry_values::{BoolValue, FloatValue, IntValue, StrValue, StrsValue};

#[doc(hidden)]
impl Op {
    /// A string.
    pub fn string<V: StrValue + ?Sized>(&mut self, id: u8, value: &V) {
        if let Some(text) = value.str_value() {
            self.fill_str(id, text);
        }
    }

    /// An integer.
    pub fn integer<V: IntValue + ?Sized>(&mut self, id: u8, value: &V) {
        if let Some(number) = value.int_value() {
            self.fill_int(id, number);
        }
    }

    /// A double.
    pub fn double<V: FloatValue + ?Sized>(&mut self, id: u8, value: &V) {
        if let Some(number) = value.float_value() {
            self.fill_double(id, number);
        }
    }

    /// A boolean.
    pub fn boolean<V: BoolValue + ?Sized>(&mut self, id: u8, value: &V) {
        if let Some(flag) = value.bool_value() {
            self.fill_bool(id, flag);
        }
    }

    /// A list of strings.
    pub fn strings<V: StrsValue + ?Sized>(&mut self, id: u8, value: &V) {
        let mut list: Vec<StringValue> = Vec::new();
        if value.each_str(&mut |text| list.push(crate::semconv::value::word(text))) {
            self.fill_list(id, list);
        }
    }

    /// An association property.
    pub fn add_property<V: PropertyValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        if let Some(value) = value_of(&value) {
            self.property(key, value);
        }
    }

    /// An attribute of the user's, on span and event.
    pub fn add_attribute<V: PropertyValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        if let Some(value) = value_of(&value) {
            self.attribute(key, value);
        }
    }

    /// An attribute of the user's, on metrics.
    pub fn add_metric_attribute<V: PropertyValue + ?Sized>(
        &mut self,
        key: &'static str,
        value: &V,
    ) {
        if let Some(value) = value_of(&value) {
            self.metric_attribute(key, value);
        }
    }

    /// `operation = ..`
    pub fn name_operation<V: StrValue + ?Sized>(&mut self, name: &V) {
        if let Some(name) = name.str_value() {
            self.set_operation_name(name.to_owned());
        }
    }

    /// `span_name = ..`
    pub fn name_span<V: StrValue + ?Sized>(&mut self, name: &V) {
        if let Some(name) = name.str_value() {
            self.set_span_name(name.to_owned());
        }
    }

    /// `remote`
    pub fn runs_elsewhere(&mut self) {
        self.set_remote();
    }

    /// `capture = none`
    pub fn without_content(&mut self) {
        self.deny_content();
    }

    /// `stream`
    pub fn streams(&mut self) {
        self.stream_started();
    }

    /// `chunk_timing = false`
    pub fn without_chunk_timing(&mut self) {
        self.set_chunk_timing(false);
    }

    /// `span_kind = ..`
    pub fn span_is_client(&mut self, is_client: bool) {
        self.set_span_kind(if is_client {
            SpanKind::Client
        } else {
            SpanKind::Internal
        });
    }

    /// `input = ..`
    pub fn input_messages<V: ToInput + ?Sized>(&mut self, value: &V) {
        self.input_of(&value);
    }

    /// `system = ..`
    pub fn system_instructions<V: ToSystem + ?Sized>(&mut self, value: &V) {
        self.system_of(&value);
    }

    /// `tools = ..`
    pub fn tool_definitions<V: ToTools + ?Sized>(&mut self, value: &V) {
        self.tools_of(&value);
    }

    /// `output = ..`
    pub fn output_messages<V: ToOutput + ?Sized>(&mut self, value: &V) {
        self.output_of(&value);
    }

    /// `documents = ..`
    pub fn retrieved_documents<V: ToDocuments + ?Sized>(&mut self, value: &V) {
        self.documents_of(&value);
    }

    /// `arguments = ..`
    pub fn tool_arguments<V: serde::Serialize + ?Sized>(&mut self, value: &V) {
        self.arguments(value);
    }

    /// `result = ..`
    pub fn tool_result<V: serde::Serialize + ?Sized>(&mut self, value: &V) {
        self.result(value);
    }

    /// `query = ..`
    pub fn query_text<V: StrValue + ?Sized>(&mut self, value: &V) {
        if let Some(text) = value.str_value() {
            self.query(text);
        }
    }

    /// `response(|r| error = ..)`: the value is a failure of this class, if it is one.
    pub fn failed_value<V: StrValue + ?Sized>(&mut self, value: &V) {
        if let Some(class) = value.str_value() {
            self.body_error(class);
        }
    }

    /// `error(|e| type = ..)`
    pub fn error_type<V: StrValue + ?Sized>(&mut self, value: &V) {
        if let Some(class) = value.str_value() {
            self.explicit_error_type(class);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::message::finish::Ended;
    use crate::content::message::{Document, Part, user};
    use crate::context::PREFIX;
    use crate::semconv::kind::Kind;
    use crate::semconv::registry::{Id, keys};

    #[test]
    fn every_type_has_its_entry_and_what_is_absent_has_none() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.string(keys::GEN_AI_REQUEST_MODEL.id(), &None::<&str>);
        op.integer(keys::GEN_AI_REQUEST_SEED.id(), &None::<i64>);
        op.double(keys::GEN_AI_REQUEST_TEMPERATURE.id(), &None::<f64>);
        op.boolean(keys::GEN_AI_REQUEST_STREAM.id(), &None::<bool>);
        op.strings(keys::GEN_AI_REQUEST_STOP_SEQUENCES.id(), &None::<Vec<&str>>);
        op.add_property("p", &None::<&str>);
        op.add_attribute("app.a", &None::<i64>);
        op.add_metric_attribute("app.m", &None::<bool>);
        op.name_operation(&None::<&str>);
        op.name_span(&None::<&str>);
        op.failed_value(&None::<&str>);
        op.error_type(&None::<&str>);
        assert_eq!(op.facts(), [("gen_ai.operation.name", "chat".into())]);
        assert!(op.rare.is_none());

        op.string(keys::GEN_AI_REQUEST_MODEL.id(), "m");
        op.integer(keys::GEN_AI_REQUEST_SEED.id(), &7_u8);
        op.double(keys::GEN_AI_REQUEST_TEMPERATURE.id(), &0.5_f32);
        op.boolean(keys::GEN_AI_REQUEST_STREAM.id(), &true);
        op.strings(keys::GEN_AI_REQUEST_STOP_SEQUENCES.id(), &["a", "b"]);
        op.name_operation("text_completion");
        let facts: Vec<_> = op.facts().iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(
            facts,
            [
                "gen_ai.operation.name=text_completion",
                "gen_ai.request.model=m",
                "gen_ai.request.seed=7",
                "gen_ai.request.stop_sequences=[\"a\",\"b\"]",
                "gen_ai.request.stream=true",
                "gen_ai.request.temperature=0.5",
            ]
        );
        op.add_property("p", "1");
        op.add_attribute("app.a", &2);
        op.add_metric_attribute("app.m", &true);
        op.name_span("own");
        op.failed_value("failed");
        op.error_type("class");
        let rare = op.rare.as_deref().expect("what few have");
        let shown = |list: &[opentelemetry::KeyValue]| -> Vec<String> {
            list.iter()
                .map(|a| format!("{}={}", a.key, a.value))
                .collect()
        };
        assert_eq!(shown(&rare.properties), [format!("{PREFIX}p=1")]);
        assert_eq!(shown(&rare.own_attributes), ["app.a=2"]);
        assert_eq!(shown(&rare.metric_attributes), ["app.m=true"]);
        assert_eq!(rare.span_name.as_deref(), Some("own"));
        let texts =
            [&rare.body_error, &rare.error_type].map(|text| text.as_ref().map(StringValue::as_str));
        assert_eq!(texts, [Some("failed"), Some("class")]);
    }

    #[test]
    fn every_content_has_its_entry() {
        let mut chat = Op::for_tests(false, true);
        chat.input_messages("in");
        chat.system_instructions("system");
        chat.tool_definitions(
            &[crate::message::ToolDefinition::Other {
                kind: "kind".into(),
                name: "name".into(),
            }][..],
        );
        chat.output_messages("out");
        assert_eq!(chat.inputs(), [user("in")]);
        assert_eq!(chat.instructions(), [Part::text("system")]);
        assert_eq!((chat.definitions().len(), chat.outputs().len()), (1, 1));

        let of = |kind: Kind, record: fn(&mut Op)| -> Vec<Id> {
            let mut op = Op::of_kind(kind, |t| t.capture(crate::ContentCapture::SpanOnly));
            record(&mut op);
            let content = op.content.as_deref_mut().expect("content");
            content.span(Ended::Well).map(|(id, _)| id).collect()
        };
        let tool = of(Kind::Tool, |op| {
            op.tool_arguments(&1);
            op.tool_result(&2);
        });
        let expected = [
            keys::GEN_AI_TOOL_CALL_ARGUMENTS.id(),
            keys::GEN_AI_TOOL_CALL_RESULT.id(),
        ];
        assert_eq!(tool, expected);
        let retrieval = of(Kind::Retrieval, |op| {
            op.query_text("query");
            op.retrieved_documents(&[Document::new("d", 0.5)][..]);
        });
        assert_eq!(retrieval.len(), 2);
    }
}
