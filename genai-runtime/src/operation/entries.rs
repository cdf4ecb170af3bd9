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
    pub fn s<V: StrValue + ?Sized>(&mut self, id: u8, value: &V) {
        if let Some(text) = value.str_value() {
            self.fill_str(id, text);
        }
    }

    /// An integer.
    pub fn i<V: IntValue + ?Sized>(&mut self, id: u8, value: &V) {
        if let Some(number) = value.int_value() {
            self.fill_int(id, number);
        }
    }

    /// A double.
    pub fn f<V: FloatValue + ?Sized>(&mut self, id: u8, value: &V) {
        if let Some(number) = value.float_value() {
            self.fill_double(id, number);
        }
    }

    /// A boolean.
    pub fn b<V: BoolValue + ?Sized>(&mut self, id: u8, value: &V) {
        if let Some(flag) = value.bool_value() {
            self.fill_bool(id, flag);
        }
    }

    /// A list of strings.
    pub fn l<V: StrsValue + ?Sized>(&mut self, id: u8, value: &V) {
        let mut list: Vec<StringValue> = Vec::new();
        if value.each_str(&mut |text| list.push(crate::semconv::value::word(text))) {
            self.fill_list(id, list);
        }
    }

    /// An association property.
    pub fn prop<V: PropertyValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        if let Some(value) = value_of(&value) {
            self.property(key, value);
        }
    }

    /// An attribute of the user's, on span and event.
    pub fn attr<V: PropertyValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        if let Some(value) = value_of(&value) {
            self.attribute(key, value);
        }
    }

    /// An attribute of the user's, on metrics.
    pub fn metric<V: PropertyValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        if let Some(value) = value_of(&value) {
            self.metric_attribute(key, value);
        }
    }

    /// `operation = ..`
    pub fn named<V: StrValue + ?Sized>(&mut self, name: &V) {
        if let Some(name) = name.str_value() {
            self.set_operation_name(name.to_owned());
        }
    }

    /// `span_name = ..`
    pub fn titled<V: StrValue + ?Sized>(&mut self, name: &V) {
        if let Some(name) = name.str_value() {
            self.set_span_name(name.to_owned());
        }
    }

    /// The entries that are switches.
    pub fn switches(
        &mut self,
        remote: bool,
        capture_none: bool,
        is_stream: bool,
        chunk_timing_off: bool,
    ) {
        if remote {
            self.set_remote();
        }
        if capture_none {
            self.deny_content();
        }
        if is_stream {
            self.stream_started();
        }
        if chunk_timing_off {
            self.set_chunk_timing(false);
        }
    }

    /// `span_kind = ..`
    pub fn client(&mut self, is_client: bool) {
        self.set_span_kind(if is_client {
            SpanKind::Client
        } else {
            SpanKind::Internal
        });
    }

    /// Everything known before the call has been told.
    pub fn begun(&mut self) {
        self.start();
    }

    /// Whether content entries are worth evaluating.
    pub fn content(&self) -> bool {
        self.wants_content()
    }

    /// `input = ..`
    pub fn c_input<V: ToInput + ?Sized>(&mut self, value: &V) {
        self.input_of(&value);
    }

    /// `system = ..`
    pub fn c_system<V: ToSystem + ?Sized>(&mut self, value: &V) {
        self.system_of(&value);
    }

    /// `tools = ..`
    pub fn c_tools<V: ToTools + ?Sized>(&mut self, value: &V) {
        self.tools_of(&value);
    }

    /// `output = ..`
    pub fn c_output<V: ToOutput + ?Sized>(&mut self, value: &V) {
        self.output_of(&value);
    }

    /// `documents = ..`
    pub fn c_documents<V: ToDocuments + ?Sized>(&mut self, value: &V) {
        self.documents_of(&value);
    }

    /// `arguments = ..`
    pub fn c_arguments<V: serde::Serialize + ?Sized>(&mut self, value: &V) {
        self.arguments(value);
    }

    /// `result = ..`
    pub fn c_result<V: serde::Serialize + ?Sized>(&mut self, value: &V) {
        self.result(value);
    }

    /// `query = ..`
    pub fn c_query<V: StrValue + ?Sized>(&mut self, value: &V) {
        if let Some(text) = value.str_value() {
            self.query(text);
        }
    }

    /// `error(|e| type = ..)`
    pub fn class<V: StrValue + ?Sized>(&mut self, value: &V) {
        if let Some(class) = value.str_value() {
            self.explicit_error_type(class);
        }
    }
}
