//! Short excerpts of messages, for operations whose content capture is on.
//!
//! In come the content attributes as spans (JSON text) and events (structured values) carry them; out goes one line each.

use std::fmt::Write as _;

use opentelemetry::logs::AnyValue;
use serde_json::Value;

/// Longest excerpt kept, in characters: what a wide terminal can show.
const LONGEST: usize = 400;

/// The last message of a conversation handed to the model, as one line: what this call is about.
pub(super) fn last_message(messages: &Value) -> Option<String> {
    messages.as_array()?.last().and_then(message)
}

/// The first answer of the model, as one line.
pub(super) fn first_message(messages: &Value) -> Option<String> {
    messages.as_array()?.first().and_then(message)
}

/// Any other content (tool arguments, results, a query), as one line.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(shorten(text)),
        other => Some(shorten(&other.to_string())),
    }
}

fn message(message: &Value) -> Option<String> {
    let mut line = String::new();
    for part in message.get("parts")?.as_array()? {
        if line.len() > LONGEST {
            break;
        }
        let field = |name: &str| part.get(name).and_then(plain).unwrap_or_default();
        let separator = if line.is_empty() { "" } else { " " };
        let _ = match field("type").as_str() {
            "text" => write!(line, "{separator}{}", field("content")),
            "tool_call" => write!(line, "{separator}{}({})", field("name"), field("arguments")),
            "server_tool_call" => write!(
                line,
                "{separator}{}({})",
                field("name"),
                field("server_tool_call")
            ),
            "server_tool_call_response" => {
                write!(line, "{separator}{}", field("server_tool_call_response"))
            }
            "tool_call_response" => write!(line, "{separator}{}", field("response")),
            "reasoning" => write!(line, "{separator}[reasoning] {}", field("content")),
            other => write!(line, "{separator}[{other}]"),
        };
    }
    Some(shorten(&line)).filter(|line| !line.is_empty())
}

/// The beginning of `text`, so that what waits for its trace to end stays small.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A log value as JSON; of bytes their number.
pub(super) fn json(value: &AnyValue) -> Value {
    match value {
        AnyValue::Int(number) => (*number).into(),
        AnyValue::Double(number) => (*number).into(),
        AnyValue::String(text) => text.as_str().into(),
        AnyValue::Boolean(flag) => (*flag).into(),
        AnyValue::Bytes(bytes) => format!("[{} bytes]", bytes.len()).into(),
        AnyValue::ListAny(items) => items.iter().map(json).collect(),
        AnyValue::Map(fields) => fields
            .iter()
            .map(|(key, value)| (key.as_str(), json(value)))
            .collect(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_line_says_what_a_message_holds() {
        let messages = json!([
            {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
            {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}, {"type": "blob", "content": "AAAA"}]},
        ]);
        assert_eq!(last_message(&messages).unwrap(), "Weather in Paris? [blob]");
        let call = json!([{"role": "assistant", "parts": [
            {"type": "tool_call", "name": "get_weather", "arguments": {"city": "Paris"}},
            {"type": "server_tool_call", "name": "look", "server_tool_call": {"q": 1, "type": "search"}},
            {"type": "server_tool_call_response", "server_tool_call_response": {"type": "found"}},
        ]}]);
        assert_eq!(
            first_message(&call).unwrap(),
            r#"get_weather({"city":"Paris"}) look({"q":1,"type":"search"}) {"type":"found"}"#
        );
        assert_eq!(first_message(&json!("nonsense")), None);
        assert_eq!(first_message(&json!([{"parts": 3}])), None);
    }

    #[test]
    fn excerpts_are_short() {
        assert_eq!(shorten(&"気".repeat(1_000)).chars().count(), LONGEST + 1);
    }
}
