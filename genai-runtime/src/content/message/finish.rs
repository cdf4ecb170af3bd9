//! Finish reasons of messages: a provider's word goes in, the conventions' word comes out.

use super::{OutputMessage, Part};

/// How an operation ended, which decides the finish reason of a message whose provider gave none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With success.
    Well,
    /// With an error, by cancellation, or before the answer was complete.
    Early,
}

/// Words of providers in lower case and without separators, with the conventions' word.
const WORDS: [(&str, &str); 47] = [
    ("stop", "stop"),
    ("endturn", "stop"),
    ("stopsequence", "stop"),
    ("eos", "stop"),
    ("endoftext", "stop"),
    ("complete", "stop"),
    ("completed", "stop"),
    ("finish", "stop"),
    ("finished", "stop"),
    ("stopcriteriamet", "stop"),
    ("length", "length"),
    ("maxtokens", "length"),
    ("maxoutputtokens", "length"),
    ("modellength", "length"),
    ("modelcontextwindowexceeded", "length"),
    ("contentfilter", "content_filter"),
    ("contentfiltered", "content_filter"),
    ("guardrailintervened", "content_filter"),
    ("refusal", "content_filter"),
    ("safety", "content_filter"),
    ("recitation", "content_filter"),
    ("blocklist", "content_filter"),
    ("prohibitedcontent", "content_filter"),
    ("spii", "content_filter"),
    ("imagesafety", "content_filter"),
    ("imagerecitation", "content_filter"),
    ("imageprohibitedcontent", "content_filter"),
    ("modelarmor", "content_filter"),
    ("errortoxic", "content_filter"),
    ("toolcall", "tool_call"),
    ("toolcalls", "tool_call"),
    ("tooluse", "tool_call"),
    ("functioncall", "tool_call"),
    ("error", "error"),
    ("errorlimit", "error"),
    ("failed", "error"),
    ("cancelled", "error"),
    ("canceled", "error"),
    ("usercancel", "error"),
    ("timeout", "error"),
    ("malformedfunctioncall", "error"),
    ("malformedtooluse", "error"),
    ("malformedmodeloutput", "error"),
    ("malformedresponse", "error"),
    ("unexpectedtoolcall", "error"),
    ("toomanytoolcalls", "error"),
    ("insufficientsystemresource", "error"),
];

/// The conventions' word for a provider's; unknown words stay as they are.
pub(crate) fn normalized(reason: &str) -> &str {
    WORDS
        .iter()
        .find(|(theirs, _)| same(theirs, reason))
        .map_or(reason, |(_, ours)| ours)
}

/// The finish reason a message is written with.
pub(crate) fn of(message: &OutputMessage, ended: Ended) -> &str {
    match message.finish_reason.as_deref() {
        Some(reason) if !reason.is_empty() => normalized(reason),
        _ if message.parts.iter().any(is_tool_call) => "tool_call",
        _ => match ended {
            Ended::Well => "stop",
            Ended::Early => "error",
        },
    }
}

fn is_tool_call(part: &Part) -> bool {
    part.kind() == "tool_call"
}

/// Whether `reason` is `word` apart from case and separators.
fn same(word: &str, reason: &str) -> bool {
    let letters = reason
        .bytes()
        .filter(|b| !matches!(b, b'_' | b'-' | b' '))
        .map(|b| b.to_ascii_lowercase());
    letters.eq(word.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_providers() {
        for (theirs, ours) in [
            ("stop", "stop"),
            ("STOP", "stop"),
            ("end_turn", "stop"),
            ("EndTurn", "stop"),
            ("STOP_SEQUENCE", "stop"),
            ("FINISH", "stop"),
            ("COMPLETE", "stop"),
            ("eos", "stop"),
            ("max_tokens", "length"),
            ("MAX_TOKENS", "length"),
            ("LENGTH", "length"),
            ("model_length", "length"),
            ("tool_calls", "tool_call"),
            ("tool_use", "tool_call"),
            ("function_call", "tool_call"),
            ("TOOL_CALL", "tool_call"),
            ("guardrail_intervened", "content_filter"),
            ("SAFETY", "content_filter"),
            ("MALFORMED_FUNCTION_CALL", "error"),
            ("pause_turn", "pause_turn"),
            ("Étrange", "Étrange"),
        ] {
            assert_eq!(normalized(theirs), ours, "{theirs}");
        }
    }

    #[test]
    fn none_given() {
        let text = OutputMessage::text("x", "");
        assert_eq!(
            (of(&text, Ended::Well), of(&text, Ended::Early)),
            ("stop", "error")
        );
        let mut empty = text;
        empty.finish_reason = Some("".into());
        assert_eq!(of(&empty, Ended::Early), "error");
        let call = OutputMessage::new("assistant").part(Part::tool_call("1", "f", "{"));
        assert_eq!(of(&call, Ended::Well), "tool_call");
    }
}
