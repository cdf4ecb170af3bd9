//! Brings messages into the form in which they are compared.

use serde_json::{Map, Value, json};

use super::compare::same;

/// The kinds of parts of which every field is compared; of the others only the type.
const MODELLED: [&str; 8] = [
    "text",
    "reasoning",
    "tool_call",
    "tool_call_response",
    "blob",
    "uri",
    "file",
    "refusal",
];

/// What the conventions call the calls of a provider's own tools and their results.
const HOSTED: [&str; 2] = ["server_tool_call", "server_tool_call_response"];

/// Messages in comparable form: nulls and empty parts dropped, neighbours joined, messages without parts dropped unless they
/// are output.
pub fn messages(value: &Value, is_output: bool) -> Vec<Value> {
    let all = value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|message| {
            let mut fields = message.as_object().cloned().unwrap_or_default();
            fields.insert(
                "parts".to_owned(),
                Value::Array(parts(message.get("parts").unwrap_or(&Value::Null))),
            );
            if is_output {
                let reason = fields.get("finish_reason").and_then(Value::as_str);
                fields.insert("finish_reason".to_owned(), json!(reason.map(finish_reason)));
            }
            without_nulls(fields)
        });
    all.filter(|message| {
        is_output
            || message["parts"]
                .as_array()
                .is_some_and(|parts| !parts.is_empty())
    })
    .collect()
}

/// Parts in comparable form.
pub fn parts(value: &Value) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    for part in value.as_array().map(Vec::as_slice).unwrap_or_default() {
        let kind = part["type"].as_str().unwrap_or_default();
        if HOSTED.contains(&kind) {
            joined.push(json!({"type": kind, "id": part["id"], "name": part["name"], "inner": part[kind]["type"]}));
            continue;
        }
        if !MODELLED.contains(&kind) {
            joined.push(json!({"type": kind}));
            continue;
        }
        let is_text = kind == "text" || kind == "reasoning";
        let content = part["content"].as_str().unwrap_or_default();
        if is_text && content.is_empty() {
            continue;
        }
        match joined.last_mut() {
            Some(last) if is_text && last["type"] == kind => {
                let so_far = last["content"].as_str().unwrap_or_default();
                last["content"] = Value::String(format!("{so_far}{content}"));
            }
            _ => joined.push(without_nulls(part.as_object().cloned().unwrap_or_default())),
        }
    }
    joined
}

/// Whether messages in comparable form are the same.
pub fn same_messages(got: &[Value], wanted: &[Value]) -> bool {
    let besides = |message: &Value| {
        let mut fields = message.as_object().cloned().unwrap_or_default();
        fields.remove("parts");
        Value::Object(fields)
    };
    let parts = |message: &Value| message["parts"].as_array().cloned().unwrap_or_default();
    got.len() == wanted.len()
        && got.iter().zip(wanted).all(|(got, wanted)| {
            same(&besides(got), &besides(wanted)) && same_parts(&parts(got), &parts(wanted))
        })
}

/// Whether parts in comparable form are the same. A call of a provider's own tool, or its result, may be said in the words of
/// the conventions where the wire's kind, or a plain call or its answer, is expected; one item of the wire may be one of each.
pub fn same_parts(got: &[Value], wanted: &[Value]) -> bool {
    let mut got = got.iter().peekable();
    for wanted in wanted {
        let Some(part) = got.next() else { return false };
        if is_hosted(part, wanted) {
            let has_result = part["type"] == HOSTED[0]
                && got.peek().is_some_and(|next| {
                    next["type"] == HOSTED[1] && next["inner"] == wanted["type"]
                });
            if has_result {
                got.next();
            }
        } else if !same(part, wanted) {
            return false;
        }
    }
    got.next().is_none()
}

/// Whether `got`, in the conventions' words for a provider's own tools, says what `wanted` does.
fn is_hosted(got: &Value, wanted: &Value) -> bool {
    let (kind, wanted_kind) = (
        got["type"].as_str().unwrap_or_default(),
        wanted["type"].as_str().unwrap_or_default(),
    );
    if !HOSTED.contains(&kind) || !got["inner"].is_string() {
        return false;
    }
    match wanted_kind {
        "tool_call" => {
            kind == HOSTED[0] && got["id"] == wanted["id"] && got["name"] == wanted["name"]
        }
        "tool_call_response" => kind == HOSTED[1] && got["id"] == wanted["id"],
        _ => !MODELLED.contains(&wanted_kind) && got["inner"] == wanted_kind,
    }
}

fn without_nulls(mut fields: Map<String, Value>) -> Value {
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

/// The one reason of a provider's that the conventions have no word for, and that is no end of an answer either.
fn finish_reason(reason: &str) -> &str {
    match reason {
        "pause_turn" => "stop",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{parts, same_parts};

    fn agree(got: &Value, wanted: &Value) -> bool {
        same_parts(&parts(got), &parts(wanted))
    }

    #[test]
    fn tools_of_the_provider_in_either_form() {
        let call = |inner: &str| json!({"type": "server_tool_call", "id": "i", "name": "n", "server_tool_call": {"type": inner, "a": 1}});
        let result = |inner: &str| json!({"type": "server_tool_call_response", "id": "i", "server_tool_call_response": {"type": inner}});
        let text = json!({"type": "text", "content": "t"});
        let plain = json!([{"type": "tool_call", "id": "i", "name": "n", "arguments": {"a": 1}},
            {"type": "tool_call_response", "id": "i", "response": 2}, text]);
        assert!(agree(&plain, &plain));
        let theirs = json!([
            call("server_tool_use"),
            result("web_search_tool_result"),
            text
        ]);
        assert!(agree(&theirs, &plain));
        let kinds = json!([{"type": "server_tool_use"}, {"type": "web_search_tool_result"}, text]);
        assert!(agree(&theirs, &kinds));
        // One item of the wire as one of each.
        let both = json!([call("web_search_call"), result("web_search_call"), text]);
        assert!(agree(&both, &json!([{"type": "web_search_call"}, text])));
        for wrong in [
            json!([call("web_search_call"), text]),
            json!([result("web_search_call"), call("web_search_call"), text]),
            json!([{"type": "server_tool_call", "id": "j", "name": "n", "server_tool_call": {"type": "k"}},
                result("k"), text]),
            json!([{"type": "server_tool_call", "id": "i", "name": "n"}, result("k"), text]),
        ] {
            assert!(!agree(&wrong, &plain), "{wrong}");
        }
        assert!(!agree(
            &json!([call("web_search_call"), result("other"), text]),
            &json!([{"type": "web_search_call"}, text])
        ));
        assert!(!agree(&both, &json!([text])));
        assert!(!agree(
            &json!([call("file_search_call"), text]),
            &json!([{"type": "web_search_call"}, text])
        ));
    }
}
