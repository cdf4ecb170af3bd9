//! Recordings that we differ from on purpose, and why.

/// Identity and reason.
pub const DEVIATIONS: &[(&str, &str)] = &[
    (
        "aws.bedrock/bedrock-invoke-with-response-stream__contrib__invoke_model_with_response_stream_with_content_tool_call_amazon_nova_1",
        NOVA_TOOLS,
    ),
    (
        "aws.bedrock/bedrock-invoke__contrib__invoke_model_no_content_tool_call_amazon_nova_0",
        NOVA_TOOLS,
    ),
    (
        "aws.bedrock/bedrock-invoke__contrib__invoke_model_no_content_tool_call_amazon_nova_1",
        NOVA_TOOLS,
    ),
    (
        "aws.bedrock/bedrock-invoke__contrib__invoke_model_no_content_cohere_command_r",
        "the body has a response_id, which is the response's id on Cohere's own API",
    ),
];

const NOVA_TOOLS: &str =
    "the request defines tools as Converse does, and they are recorded; the recording lists none";

/// Why the recording may differ, if it may.
pub fn deviation(id: &str) -> Option<&'static str> {
    DEVIATIONS
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, reason)| *reason)
}
