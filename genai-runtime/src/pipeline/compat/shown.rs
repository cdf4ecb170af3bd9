//! Parts of messages in a form that a backend shows: parts of the conventions go in, parts it knows come out.

use serde_json::Value;

use crate::content::message::Part;

/// Calls of the provider's own tools as calls of any tool, for a backend that passes the former by.
///
/// Their results stay what they are: an answer of a tool beside text would take the place of the text.
pub(crate) fn server_calls_as_calls(parts: &mut [Part]) {
    for part in parts {
        if let Part::ServerToolCall {
            id,
            name,
            server_tool_call,
        } = part
        {
            *part = Part::ToolCall {
                id: id.take(),
                name: std::mem::take(name),
                arguments: Some(arguments(server_tool_call.take())),
            };
        }
    }
}

/// Whether there is such a call.
pub(crate) fn has_server_call(parts: &[Part]) -> bool {
    parts
        .iter()
        .any(|part| matches!(part, Part::ServerToolCall { .. }))
}

/// What a tool was asked: the one field that holds it, else everything but the kind.
fn arguments(call: Value) -> Value {
    let Value::Object(mut fields) = call else {
        return call;
    };
    fields.remove("type");
    ["input", "arguments", "args"]
        .into_iter()
        .find_map(|key| fields.remove(key))
        .unwrap_or(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_call_becomes_a_call() {
        let call = |inner: Value| Part::ServerToolCall {
            id: Some("s".to_owned()),
            name: "web_search".to_owned(),
            server_tool_call: inner,
        };
        let result = Part::ServerToolCallResponse {
            id: Some("s".to_owned()),
            server_tool_call_response: json!({"type": "web_search_tool_result"}),
        };
        for (inner, arguments) in [
            (
                json!({"type": "server_tool_use", "input": {"q": 1}, "caller": {}}),
                json!({"q": 1}),
            ),
            (
                json!({"type": "mcp_call", "arguments": {"q": 1}}),
                json!({"q": 1}),
            ),
            (
                json!({"type": "web_search_call", "action": {"q": 1}}),
                json!({"action": {"q": 1}}),
            ),
        ] {
            let mut parts = vec![call(inner), result.clone(), Part::text("so")];
            assert!(has_server_call(&parts));
            server_calls_as_calls(&mut parts);
            assert!(!has_server_call(&parts));
            let shown = Part::ToolCall {
                id: Some("s".to_owned()),
                name: "web_search".to_owned(),
                arguments: Some(arguments),
            };
            assert!(parts == [shown, result.clone(), Part::text("so")]);
        }
    }
}
