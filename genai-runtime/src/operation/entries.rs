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
