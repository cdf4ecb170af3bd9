//! Recordings that are not read rightly yet: each must be wrong still, so that the list only shrinks.

/// Their ids.
const OPEN: &[&str] = &[
    "anthropic/anthropic-messages__ai__anthropic_compaction_1_stream",
    "anthropic/anthropic-messages__ai__anthropic_mcp_1_stream",
    "anthropic/anthropic-messages__pydantic_ai__anthropic_mcp_servers_stream",
    "aws.bedrock/bedrock-converse-stream__pydantic_ai__bedrock_model_code_execution_tool_stream",
    "aws.bedrock/bedrock-converse-stream__ruby_llm__chat_web_search_with_bedrock_amazon_nova_2_lite_v1_0_streams_grounded_",
    "aws.bedrock/bedrock-converse__dd_trace_py__bedrock_converse_boolean",
    "aws.bedrock/bedrock-converse__pydantic_ai__bedrock_cache_write_and_read_0",
    "aws.bedrock/bedrock-converse__pydantic_ai__bedrock_cache_write_and_read_1",
    "aws.bedrock/bedrock-converse__pydantic_ai__bedrock_model_with_code_execution_tool_1",
    "aws.bedrock/bedrock-converse__pydantic_ai__bedrock_single_tool_choice_preserves_cache_anthropic_3",
    "aws.bedrock/bedrock-converse__ruby_llm__chat_web_search_with_bedrock_amazon_nova_2_lite_v1_0_grounds_the_answe",
    "aws.bedrock/bedrock-invoke__dd_trace_py__ai21_invoke",
    "cohere/cohere-v2-chat__ruby_llm__chat_citations_with_cohere_command_a_plus_05_2026_cites_tool_results_r_1",
    "gcp.gemini/gemini-generateContent__ellmer__google_web_fetch_0",
    "gcp.gemini/gemini-generateContent__pydantic_ai__auto_output_mode_with_builtin_tools_falls_back",
    "gcp.gemini/gemini-generateContent__pydantic_ai__google_model_file_search_grounding_gemini_3_False_4",
    "gcp.gemini/gemini-generateContent__pydantic_ai__google_model_web_fetch_tool",
    "gcp.gemini/gemini-streamGenerateContent__ai__google_stream_no_args_tool_call_stream",
    "gcp.gemini/gemini-streamGenerateContent__ai__google_stream_tool_call_arguments_stream",
    "gcp.gemini/gemini-streamGenerateContent__ai__google_stream_tool_call_array_arguments_missing_terminal_function_call",
    "gcp.gemini/gemini-streamGenerateContent__mirascope__google_gemini_2_5_flash_0xxx",
    "gcp.gemini/gemini-streamGenerateContent__pydantic_ai__code_execution_stream",
    "gcp.gemini/gemini-streamGenerateContent__pydantic_ai__google_model_file_search_grounding_gemini_3_True_3",
    "gcp.gemini/gemini-streamGenerateContent__pydantic_ai__google_model_web_fetch_tool_stream",
    "gcp.vertex_ai/gemini-generateContent__ruby_llm__chat_citations_with_vertexai_gemini_2_5_flash_returns_grounding_citati_1",
    "mistral_ai/openai-chat-completions__rig__streaming_agent_sends_audio",
    "openai_compatible/openai-chat-completions__pydantic_ai__snowflake_native_output",
    "openai_compatible/openai-chat-completions__pydantic_ai__snowflake_tool_calling_1",
    "reports/anthropic_compaction_usage",
    "reports/anthropic_later_zero",
    "reports/anthropic_stream_mcp_tool_use",
    "reports/bedrock_invoke_cache_counts",
    "reports/converse_cache_point_among_tools",
    "reports/converse_stream_tool_result",
    "reports/error_gateway_body",
    "reports/error_object_body",
    "reports/gemini_stream_partial_args",
    "reports/gemini_thoughts_inside_candidates",
    "reports/images_output",
    "reports/index_absent_converse",
    "reports/index_reused_anthropic",
    "reports/index_reused_stream",
    "reports/infinity_in_body",
    "reports/invoke_ai21_numeric_id",
    "reports/invoke_cohere_two_generations_stream",
    "reports/litellm_cache_creation_tokens",
    "reports/lone_surrogate_body",
    "reports/reasoning_details_stream",
    "reports/rule_cohere_reasoning_tokens",
    "reports/rule_converse_structured_output",
    "reports/rule_gemini_tool_use_prompt_tokens",
    "reports/rule_mistral_audio_tokens",
    "reports/rule_openai_audio_output",
    "reports/rule_xai_reasoning_outside_completion",
    "reports/usage_in_choice_stream",
    "x_ai/openai-chat-completions__ai__xai_text_streamx",
    "x_ai/openai-chat-completions__fantasy__multi_tool_0",
    "x_ai/openai-chat-completions__fantasy__tool_0",
    "x_ai/openai-chat-completions__fantasy__tool_1",
    "x_ai/openai-chat-completions__fantasy__tool_streaming_0",
];

/// Whether the recording with this id is one of them.
pub fn is_open(id: &str) -> bool {
    OPEN.contains(&id)
}

/// How many there are.
pub fn count() -> usize {
    OPEN.len()
}
