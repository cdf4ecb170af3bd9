//! Facts whose key is a constant where they are recorded, as a `Request` names it: key and value go in; the compiler decides there what
//! becomes of them, so that nothing is looked up while the program runs.

use super::facts::{MODEL, RESPONSE_ID, RESPONSE_MODEL};
use super::first_class::{INPUT_TOKENS, OUTPUT_TOKENS};
use super::op::Op;
use crate::semconv::registry::Id;

impl Op {
    /// As [`fill_str`](Self::fill_str), for a constant.
    #[inline]
    pub(crate) fn fill_constant_str(&mut self, id: Id, value: &str) {
        match id {
            MODEL if self.claim(id) => self.put_model(value),
            RESPONSE_MODEL if self.claim(id) => self.put_response_model(value),
            RESPONSE_ID if self.claim(id) => self.put_response_id(value),
            MODEL | RESPONSE_MODEL | RESPONSE_ID => {}
            _ => self.fill_str(id, value),
        }
    }

    /// As [`fill_int`](Self::fill_int), for a constant.
    #[inline]
    pub(crate) fn fill_constant_int(&mut self, id: Id, number: i64) {
        match id {
            INPUT_TOKENS if self.claim(id) => self.first_class.input_tokens = Some(number),
            OUTPUT_TOKENS if self.claim(id) => self.first_class.output_tokens = Some(number),
            INPUT_TOKENS | OUTPUT_TOKENS => {}
            _ => self.fill_int(id, number),
        }
    }

    /// Keeps the model that was asked.
    #[inline(never)]
    pub(super) fn put_model(&mut self, value: &str) {
        if value.len() <= self.telemetry.config.limits.names {
            let place = &mut self.first_class.labels.model;
            self.before.asked.put(value, place);
        } else {
            self.put_str(MODEL, value);
        }
    }

    /// Keeps the model that answered.
    #[inline(never)]
    pub(super) fn put_response_model(&mut self, value: &str) {
        if value.len() <= self.telemetry.config.limits.names {
            let place = &mut self.first_class.labels.response_model;
            self.before.answered.put(value, place);
        } else {
            self.put_str(RESPONSE_MODEL, value);
        }
    }

    /// Keeps the id of the response.
    #[inline(never)]
    pub(super) fn put_response_id(&mut self, value: &str) {
        if value.len() <= self.telemetry.config.limits.names {
            self.first_class.set_response_id(value);
        } else {
            self.put_str(RESPONSE_ID, value);
        }
    }
}
