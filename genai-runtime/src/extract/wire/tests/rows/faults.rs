//! Bodies and chunks that only say what went wrong, behind a status of success.

use serde_json::{Value, json};

use super::chat;

/// Bodies, and the type of the error that each is.
fn faults() -> Vec<(Value, &'static str)> {
    vec![
        // vLLM, Mistral, SGLang.
        (
            json!({"object": "error", "message": "secret", "type": "invalid_model", "param": null, "code": "1500"}),
            "invalid_model",
        ),
        (
            json!({"object": "error", "message": "secret", "type": "BadRequestError", "param": null, "code": 400}),
            "BadRequestError",
        ),
        (
            json!({"object": "error", "message": "secret", "code": 1500}),
            "1500",
        ),
        (
            json!({"object": "error", "message": {"detail": [{"msg": "secret"}]}}),
            "_OTHER",
        ),
        // AWS.
        (
            json!({"__type": "com.amazon.coral.availability#ThrottlingException", "message": "secret"}),
            "ThrottlingException",
        ),
        (
            json!({"__type": "ValidationException:http://internal.amazon.com/", "Message": "secret"}),
            "ValidationException",
        ),
        (
            json!({"errorMessage": "secret", "errorType": "Runtime.ExitError"}),
            "Runtime.ExitError",
        ),
        // Gateways.
        (json!({"statusCode": 429, "message": "secret"}), "429"),
        (json!({"statusCode": "503", "message": "secret"}), "503"),
        (
            json!({"statusCode": 404, "message": "secret", "error": "Not Found"}),
            "404",
        ),
        (
            json!({"status": 500, "error": "Internal Server Error", "path": "/secret"}),
            "500",
        ),
        (
            json!({"type": "about:blank", "title": "secret", "status": 503, "detail": "secret"}),
            "503",
        ),
        (json!({"detail": "secret"}), "_OTHER"),
        (
            json!({"detail": [{"loc": ["body"], "msg": "secret", "type": "missing"}]}),
            "_OTHER",
        ),
        (
            json!({"success": false, "errors": [{"code": 10000, "message": "secret"}], "messages": [], "result": null}),
            "10000",
        ),
        // MiniMax, Baidu, DashScope, SiliconFlow.
        (
            json!({"base_resp": {"status_code": 1004, "status_msg": "secret"}}),
            "1004",
        ),
        (
            json!({"error_code": 336_003, "error_msg": "secret", "id": "as-1"}),
            "336003",
        ),
        (
            json!({"code": "InvalidApiKey", "message": "secret", "request_id": "r"}),
            "InvalidApiKey",
        ),
        (
            json!({"code": 20_012, "message": "secret", "data": null}),
            "20012",
        ),
        (
            json!({"code": "Some long text: secret", "error": "secret"}),
            "_OTHER",
        ),
        (
            json!({"type": "invalid_request_error", "message": "secret"}),
            "invalid_request_error",
        ),
        (
            json!({"error": {"message": "secret", "code": "rate_limited"}}),
            "rate_limited",
        ),
        (json!({"error": "secret"}), "_OTHER"),
        // Nothing but a message, a number, or that there is one.
        (json!({"error": {"message": "secret"}}), "_OTHER"),
        (json!({"error": 429, "message": "secret"}), "429"),
        (json!({"error": true, "message": "secret"}), "_OTHER"),
        (json!({"errors": ["secret"]}), "_OTHER"),
        (
            json!({"Code": "ThrottlingException", "Message": "secret"}),
            "ThrottlingException",
        ),
        (
            json!({"Response": {"Error": {"Code": "AuthFailure", "Message": "secret"}, "RequestId": "r"}}),
            "AuthFailure",
        ),
        (
            json!({"fault": {"faultstring": "secret", "detail": {"errorcode": "policies.ratelimit.QuotaViolation"}}}),
            "policies.ratelimit.QuotaViolation",
        ),
        (
            json!({"success": false, "message": "secret", "data": null}),
            "_OTHER",
        ),
        (json!({"ok": false, "msg": "secret"}), "_OTHER"),
        (json!({"status": "error", "message": "secret"}), "_OTHER"),
        (
            json!({"status": "failed", "message": "secret", "code": "overloaded"}),
            "overloaded",
        ),
    ]
}

#[test]
fn whole() {
    for (body, error) in faults() {
        chat("mistral_ai").answers(body.clone(), json!({"error": error}));
        chat("mistral_ai").streams(&[body], json!({"error": error}));
    }
}

/// What begins a stream of each format, and what is recorded of it.
fn begun() -> Vec<(Value, Value)> {
    let output = |text: &str| json!([{"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": text}]}]);
    vec![
        (
            json!({"id": "i", "choices": [{"index": 0, "delta": {"content": "so"}}]}),
            json!({"response.id": "i", "output": output("so")}),
        ),
        (
            json!({"type": "response.output_text.delta", "output_index": 0, "delta": "so"}),
            json!({"output": output("so")}),
        ),
        (
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "so"}}),
            json!({"output": output("so")}),
        ),
        (
            json!({"candidates": [{"content": {"parts": [{"text": "so"}]}}], "responseId": "i"}),
            json!({"response.id": "i", "output": output("so")}),
        ),
        (
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "so"}}}),
            json!({"output": output("so")}),
        ),
        (
            json!({"outputText": "so", "inputTextTokenCount": 3}),
            json!({"usage.input_tokens": 3, "output": output("so")}),
        ),
        (
            json!({"model": "m", "message": {"content": "so"}, "done": false}),
            json!({"request.stream": true, "response.model": "m", "output": output("so")}),
        ),
        (
            json!({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "so"}}}}),
            json!({"output": output("so")}),
        ),
    ]
}

#[test]
fn in_the_middle_of_a_stream() {
    for (begun, recorded) in begun() {
        for (fault, error) in [
            (
                json!({"object": "error", "message": "secret", "type": "invalid_model", "code": 1500}),
                "invalid_model",
            ),
            (
                json!({"__type": "a.b#ThrottlingException"}),
                "ThrottlingException",
            ),
            (json!({"statusCode": 429}), "429"),
            (
                json!({"error": {"message": "secret", "type": "api_error"}}),
                "api_error",
            ),
            (json!({"error": {"message": "secret"}}), "_OTHER"),
            (json!({"error": true, "message": "secret"}), "_OTHER"),
            (
                json!({"base_resp": {"status_code": 1004, "status_msg": "secret"}}),
                "1004",
            ),
            (json!({"error_code": 17, "error_msg": "secret"}), "17"),
        ] {
            let mut expected = recorded.clone();
            // `code` and `type` are fields of the events of Responses.
            let is_plain =
                begun["type"] != "response.output_text.delta" || fault["object"].is_null();
            expected["error"] = json!(if is_plain { error } else { "_OTHER" });
            chat("a-gateway").streams(&[begun.clone(), fault], expected);
        }
    }
    let (begun, mut expected) = begun().swap_remove(0);
    expected["error"] = json!("InvalidParameter");
    chat("a-gateway").streams(
        &[
            begun,
            json!({"code": "InvalidParameter", "message": "secret", "request_id": "r"}),
        ],
        expected,
    );
}

#[test]
fn what_succeeded_is_no_failure() {
    let base = json!({"status_code": 0, "status_msg": "success"});
    let output = json!([{"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "so"}]}]);
    let answered = json!({"response.finish_reasons": ["stop"], "output": output});
    for more in [
        json!({"base_resp": base}),
        json!({"object": "chat.completion", "code": 0, "message": "success"}),
        json!({"code": 200, "msg": "ok"}),
        json!({"code": "ok", "status": "completed", "statusCode": 200}),
        json!({"errors": [], "detail": null, "error": null, "success": true}),
        json!({"error": false, "errors": {}}),
        json!({"error": 0}),
        json!({"error": {"message": "", "code": null}}),
        json!({"type": "error_free", "message": "hello", "error_code": 0}),
        json!({"detail": "so", "code": 5, "message": "so"}),
    ] {
        let mut body = json!({"choices": [{"index": 0, "message": {"content": "so"}, "finish_reason": "stop"}]});
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        chat("a-gateway").answers(body, answered.clone());
    }
    // Of no format that is known, and no failure either.
    for body in [
        json!({"message": "hello"}),
        json!({"type": "token", "message": "hello"}),
        json!({"code": 0, "message": "success"}),
        json!({"status": "ok", "message": "hello"}),
        json!({"success": true, "message": "hello"}),
        json!({"status": "error"}),
        json!({"success": false}),
        json!({"status": 200, "detail": "hello", "title": "hello"}),
        json!({"detail": null}),
        json!({"statusCode": 200, "body": "hello"}),
        json!({"errors": []}),
        json!({"code": "SUCCESS", "message": "hello"}),
        json!({"code": 7}),
        json!({"type": "some_error"}),
    ] {
        chat("a-gateway").answers(body.clone(), json!({}));
        chat("a-gateway").streams(&[body], json!({}));
    }
}
