//! GENERATED.

use super::{Attribute, Type};

pub(crate) static ATTRIBUTES: [Attribute; 85] = [
    Attribute {
        key: "aws.bedrock.guardrail.id",
        ty: Type::Str,
    },
    Attribute {
        key: "aws.bedrock.knowledge_base.id",
        ty: Type::Str,
    },
    Attribute {
        key: "azure.resource_provider.namespace",
        ty: Type::Str,
    },
    Attribute {
        key: "client.address",
        ty: Type::Str,
    },
    Attribute {
        key: "client.port",
        ty: Type::Int,
    },
    Attribute {
        key: "error.type",
        ty: Type::Str,
    },
    Attribute {
        key: "exception.message",
        ty: Type::Str,
    },
    Attribute {
        key: "exception.stacktrace",
        ty: Type::Str,
    },
    Attribute {
        key: "exception.type",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.agent.description",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.agent.id",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.agent.name",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.agent.version",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.completion",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.conversation.id",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.data_source.id",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.embeddings.dimension.count",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.evaluation.explanation",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.evaluation.name",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.evaluation.score.label",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.evaluation.score.value",
        ty: Type::Double,
    },
    Attribute {
        key: "gen_ai.input.messages",
        ty: Type::Content,
    },
    Attribute {
        key: "gen_ai.openai.request.response_format",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.openai.request.seed",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.openai.request.service_tier",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.openai.response.service_tier",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.openai.response.system_fingerprint",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.operation.name",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.output.messages",
        ty: Type::Content,
    },
    Attribute {
        key: "gen_ai.output.type",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.prompt",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.prompt.name",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.provider.name",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.request.choice.count",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.request.encoding_formats",
        ty: Type::Strs,
    },
    Attribute {
        key: "gen_ai.request.frequency_penalty",
        ty: Type::Double,
    },
    Attribute {
        key: "gen_ai.request.max_tokens",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.request.model",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.request.presence_penalty",
        ty: Type::Double,
    },
    Attribute {
        key: "gen_ai.request.seed",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.request.stop_sequences",
        ty: Type::Strs,
    },
    Attribute {
        key: "gen_ai.request.stream",
        ty: Type::Bool,
    },
    Attribute {
        key: "gen_ai.request.temperature",
        ty: Type::Double,
    },
    Attribute {
        key: "gen_ai.request.top_k",
        ty: Type::Double,
    },
    Attribute {
        key: "gen_ai.request.top_p",
        ty: Type::Double,
    },
    Attribute {
        key: "gen_ai.response.finish_reasons",
        ty: Type::Strs,
    },
    Attribute {
        key: "gen_ai.response.id",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.response.model",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.response.time_to_first_chunk",
        ty: Type::Double,
    },
    Attribute {
        key: "gen_ai.retrieval.documents",
        ty: Type::Content,
    },
    Attribute {
        key: "gen_ai.retrieval.query.text",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.system",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.system_instructions",
        ty: Type::Content,
    },
    Attribute {
        key: "gen_ai.token.type",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.tool.call.arguments",
        ty: Type::Content,
    },
    Attribute {
        key: "gen_ai.tool.call.id",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.tool.call.result",
        ty: Type::Content,
    },
    Attribute {
        key: "gen_ai.tool.definitions",
        ty: Type::Content,
    },
    Attribute {
        key: "gen_ai.tool.description",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.tool.name",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.tool.type",
        ty: Type::Str,
    },
    Attribute {
        key: "gen_ai.usage.cache_creation.input_tokens",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.usage.cache_read.input_tokens",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.usage.completion_tokens",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.usage.input_tokens",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.usage.output_tokens",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.usage.prompt_tokens",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.usage.reasoning.output_tokens",
        ty: Type::Int,
    },
    Attribute {
        key: "gen_ai.workflow.name",
        ty: Type::Str,
    },
    Attribute {
        key: "jsonrpc.protocol.version",
        ty: Type::Str,
    },
    Attribute {
        key: "jsonrpc.request.id",
        ty: Type::Str,
    },
    Attribute {
        key: "mcp.method.name",
        ty: Type::Str,
    },
    Attribute {
        key: "mcp.protocol.version",
        ty: Type::Str,
    },
    Attribute {
        key: "mcp.resource.uri",
        ty: Type::Str,
    },
    Attribute {
        key: "mcp.session.id",
        ty: Type::Str,
    },
    Attribute {
        key: "network.protocol.name",
        ty: Type::Str,
    },
    Attribute {
        key: "network.protocol.version",
        ty: Type::Str,
    },
    Attribute {
        key: "network.transport",
        ty: Type::Str,
    },
    Attribute {
        key: "openai.api.type",
        ty: Type::Str,
    },
    Attribute {
        key: "openai.request.service_tier",
        ty: Type::Str,
    },
    Attribute {
        key: "openai.response.service_tier",
        ty: Type::Str,
    },
    Attribute {
        key: "openai.response.system_fingerprint",
        ty: Type::Str,
    },
    Attribute {
        key: "rpc.response.status_code",
        ty: Type::Str,
    },
    Attribute {
        key: "server.address",
        ty: Type::Str,
    },
    Attribute {
        key: "server.port",
        ty: Type::Int,
    },
];
