//! GENERATED. The typed keys of the conventions.

use super::{Bool, Content, Double, Int, Key, Str, Strs};

/// `aws.bedrock.guardrail.id`
pub const AWS_BEDROCK_GUARDRAIL_ID: Key<Str> = Key::new(0);
/// `aws.bedrock.knowledge_base.id`
pub const AWS_BEDROCK_KNOWLEDGE_BASE_ID: Key<Str> = Key::new(1);
/// `azure.resource_provider.namespace`
pub const AZURE_RESOURCE_PROVIDER_NAMESPACE: Key<Str> = Key::new(2);
/// `client.address`
pub const CLIENT_ADDRESS: Key<Str> = Key::new(3);
/// `client.port`
pub const CLIENT_PORT: Key<Int> = Key::new(4);
/// `error.type`
pub const ERROR_TYPE: Key<Str> = Key::new(5);
/// `exception.message`
pub const EXCEPTION_MESSAGE: Key<Str> = Key::new(6);
/// `exception.stacktrace`
pub const EXCEPTION_STACKTRACE: Key<Str> = Key::new(7);
/// `exception.type`
pub const EXCEPTION_TYPE: Key<Str> = Key::new(8);
/// `gen_ai.agent.description`
pub const GEN_AI_AGENT_DESCRIPTION: Key<Str> = Key::new(9);
/// `gen_ai.agent.id`
pub const GEN_AI_AGENT_ID: Key<Str> = Key::new(10);
/// `gen_ai.agent.name`
pub const GEN_AI_AGENT_NAME: Key<Str> = Key::new(11);
/// `gen_ai.agent.version`
pub const GEN_AI_AGENT_VERSION: Key<Str> = Key::new(12);
/// `gen_ai.conversation.id`
pub const GEN_AI_CONVERSATION_ID: Key<Str> = Key::new(14);
/// `gen_ai.data_source.id`
pub const GEN_AI_DATA_SOURCE_ID: Key<Str> = Key::new(15);
/// `gen_ai.embeddings.dimension.count`
pub const GEN_AI_EMBEDDINGS_DIMENSION_COUNT: Key<Int> = Key::new(16);
/// `gen_ai.evaluation.explanation`
pub const GEN_AI_EVALUATION_EXPLANATION: Key<Str> = Key::new(17);
/// `gen_ai.evaluation.name`
pub const GEN_AI_EVALUATION_NAME: Key<Str> = Key::new(18);
/// `gen_ai.evaluation.score.label`
pub const GEN_AI_EVALUATION_SCORE_LABEL: Key<Str> = Key::new(19);
/// `gen_ai.evaluation.score.value`
pub const GEN_AI_EVALUATION_SCORE_VALUE: Key<Double> = Key::new(20);
/// `gen_ai.input.messages`
pub const GEN_AI_INPUT_MESSAGES: Key<Content> = Key::new(21);
/// `gen_ai.operation.name`
pub const GEN_AI_OPERATION_NAME: Key<Str> = Key::new(27);
/// `gen_ai.output.messages`
pub const GEN_AI_OUTPUT_MESSAGES: Key<Content> = Key::new(28);
/// `gen_ai.output.type`
pub const GEN_AI_OUTPUT_TYPE: Key<Str> = Key::new(29);
/// `gen_ai.prompt.name`
pub const GEN_AI_PROMPT_NAME: Key<Str> = Key::new(31);
/// `gen_ai.provider.name`
pub const GEN_AI_PROVIDER_NAME: Key<Str> = Key::new(32);
/// `gen_ai.request.choice.count`
pub const GEN_AI_REQUEST_CHOICE_COUNT: Key<Int> = Key::new(33);
/// `gen_ai.request.encoding_formats`
pub const GEN_AI_REQUEST_ENCODING_FORMATS: Key<Strs> = Key::new(34);
/// `gen_ai.request.frequency_penalty`
pub const GEN_AI_REQUEST_FREQUENCY_PENALTY: Key<Double> = Key::new(35);
/// `gen_ai.request.max_tokens`
pub const GEN_AI_REQUEST_MAX_TOKENS: Key<Int> = Key::new(36);
/// `gen_ai.request.model`
pub const GEN_AI_REQUEST_MODEL: Key<Str> = Key::new(37);
/// `gen_ai.request.presence_penalty`
pub const GEN_AI_REQUEST_PRESENCE_PENALTY: Key<Double> = Key::new(38);
/// `gen_ai.request.seed`
pub const GEN_AI_REQUEST_SEED: Key<Int> = Key::new(39);
/// `gen_ai.request.stop_sequences`
pub const GEN_AI_REQUEST_STOP_SEQUENCES: Key<Strs> = Key::new(40);
/// `gen_ai.request.stream`
pub const GEN_AI_REQUEST_STREAM: Key<Bool> = Key::new(41);
/// `gen_ai.request.temperature`
pub const GEN_AI_REQUEST_TEMPERATURE: Key<Double> = Key::new(42);
/// `gen_ai.request.top_k`
pub const GEN_AI_REQUEST_TOP_K: Key<Double> = Key::new(43);
/// `gen_ai.request.top_p`
pub const GEN_AI_REQUEST_TOP_P: Key<Double> = Key::new(44);
/// `gen_ai.response.finish_reasons`
pub const GEN_AI_RESPONSE_FINISH_REASONS: Key<Strs> = Key::new(45);
/// `gen_ai.response.id`
pub const GEN_AI_RESPONSE_ID: Key<Str> = Key::new(46);
/// `gen_ai.response.model`
pub const GEN_AI_RESPONSE_MODEL: Key<Str> = Key::new(47);
/// `gen_ai.response.time_to_first_chunk`
pub const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: Key<Double> = Key::new(48);
/// `gen_ai.retrieval.documents`
pub const GEN_AI_RETRIEVAL_DOCUMENTS: Key<Content> = Key::new(49);
/// `gen_ai.retrieval.query.text`
pub const GEN_AI_RETRIEVAL_QUERY_TEXT: Key<Str> = Key::new(50);
/// `gen_ai.system_instructions`
pub const GEN_AI_SYSTEM_INSTRUCTIONS: Key<Content> = Key::new(52);
/// `gen_ai.token.type`
pub const GEN_AI_TOKEN_TYPE: Key<Str> = Key::new(53);
/// `gen_ai.tool.call.arguments`
pub const GEN_AI_TOOL_CALL_ARGUMENTS: Key<Content> = Key::new(54);
/// `gen_ai.tool.call.id`
pub const GEN_AI_TOOL_CALL_ID: Key<Str> = Key::new(55);
/// `gen_ai.tool.call.result`
pub const GEN_AI_TOOL_CALL_RESULT: Key<Content> = Key::new(56);
/// `gen_ai.tool.definitions`
pub const GEN_AI_TOOL_DEFINITIONS: Key<Content> = Key::new(57);
/// `gen_ai.tool.description`
pub const GEN_AI_TOOL_DESCRIPTION: Key<Str> = Key::new(58);
/// `gen_ai.tool.name`
pub const GEN_AI_TOOL_NAME: Key<Str> = Key::new(59);
/// `gen_ai.tool.type`
pub const GEN_AI_TOOL_TYPE: Key<Str> = Key::new(60);
/// `gen_ai.usage.cache_creation.input_tokens`
pub const GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: Key<Int> = Key::new(61);
/// `gen_ai.usage.cache_read.input_tokens`
pub const GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: Key<Int> = Key::new(62);
/// `gen_ai.usage.input_tokens`
pub const GEN_AI_USAGE_INPUT_TOKENS: Key<Int> = Key::new(64);
/// `gen_ai.usage.output_tokens`
pub const GEN_AI_USAGE_OUTPUT_TOKENS: Key<Int> = Key::new(65);
/// `gen_ai.usage.reasoning.output_tokens`
pub const GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: Key<Int> = Key::new(67);
/// `gen_ai.workflow.name`
pub const GEN_AI_WORKFLOW_NAME: Key<Str> = Key::new(68);
/// `jsonrpc.protocol.version`
pub const JSONRPC_PROTOCOL_VERSION: Key<Str> = Key::new(69);
/// `jsonrpc.request.id`
pub const JSONRPC_REQUEST_ID: Key<Str> = Key::new(70);
/// `mcp.method.name`
pub const MCP_METHOD_NAME: Key<Str> = Key::new(71);
/// `mcp.protocol.version`
pub const MCP_PROTOCOL_VERSION: Key<Str> = Key::new(72);
/// `mcp.resource.uri`
pub const MCP_RESOURCE_URI: Key<Str> = Key::new(73);
/// `mcp.session.id`
pub const MCP_SESSION_ID: Key<Str> = Key::new(74);
/// `network.protocol.name`
pub const NETWORK_PROTOCOL_NAME: Key<Str> = Key::new(75);
/// `network.protocol.version`
pub const NETWORK_PROTOCOL_VERSION: Key<Str> = Key::new(76);
/// `network.transport`
pub const NETWORK_TRANSPORT: Key<Str> = Key::new(77);
/// `openai.api.type`
pub const OPENAI_API_TYPE: Key<Str> = Key::new(78);
/// `openai.request.service_tier`
pub const OPENAI_REQUEST_SERVICE_TIER: Key<Str> = Key::new(79);
/// `openai.response.service_tier`
pub const OPENAI_RESPONSE_SERVICE_TIER: Key<Str> = Key::new(80);
/// `openai.response.system_fingerprint`
pub const OPENAI_RESPONSE_SYSTEM_FINGERPRINT: Key<Str> = Key::new(81);
/// `rpc.response.status_code`
pub const RPC_RESPONSE_STATUS_CODE: Key<Str> = Key::new(82);
/// `server.address`
pub const SERVER_ADDRESS: Key<Str> = Key::new(83);
/// `server.port`
pub const SERVER_PORT: Key<Int> = Key::new(84);
