//! What we differ in from recordings on purpose, and why: rules about kinds of recordings, each about one field.

use super::load::Recording;

/// One field in which recordings of a kind may differ.
#[derive(Debug)]
pub struct Deviation {
    /// How the endpoint begins.
    endpoint: &'static str,
    /// A field at the top of the request or of the answer that such a recording has.
    has: Has,
    /// What is compared: an attribute, or a list of messages or tools.
    field: &'static str,
    /// Why it differs.
    reason: &'static str,
}

#[derive(Debug)]
enum Has {
    Asked(&'static str),
    Answered(&'static str),
}

/// All of them.
pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        endpoint: "bedrock.invoke",
        has: Has::Asked("toolConfig"),
        field: "tool_definitions",
        reason: "Nova's request defines tools as Converse does, and they are recorded; the recordings list none",
    },
    Deviation {
        endpoint: "bedrock.invoke",
        has: Has::Answered("response_id"),
        field: "gen_ai.response.id",
        reason: "the body has a response_id, which is the response's id on Cohere's own API",
    },
];

impl Deviation {
    /// Whether it is about recordings like this one.
    pub fn is_about(&self, recording: &Recording) -> bool {
        let has = match self.has {
            Has::Asked(key) => recording.request.get(key).is_some(),
            Has::Answered(key) => {
                let body = recording.response.body.as_ref();
                body.is_some_and(|body| body.get(key).is_some())
            }
        };
        has && recording.endpoint.starts_with(self.endpoint)
    }
}

/// Why the recording may differ in the field that `difference` begins with, if it may.
pub fn deviation(recording: &Recording, difference: &str) -> Option<&'static str> {
    DEVIATIONS
        .iter()
        .filter(|deviation| deviation.is_about(recording))
        .find(|deviation| {
            let rest = difference.strip_prefix(deviation.field);
            rest.is_some_and(|rest| rest.starts_with(':'))
        })
        .map(|deviation| deviation.reason)
}
