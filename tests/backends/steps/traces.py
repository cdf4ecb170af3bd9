"""What every backend of traces must show of one run of the agent, whatever its interface calls it."""

import json

# With what `examples/dashboards/README.md` says of backends that show content, and take traces only.
TRACES_ONLY = {
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
    "OTEL_SERVICE_NAME": "backends",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    # Servers that have just been started are slow to answer the first time.
    "OTEL_EXPORTER_OTLP_TIMEOUT": "120000",
}

# As a program has it that switches nothing on.
WITHOUT_CONTENT = {
    key: value for key, value in TRACES_ONLY.items() if not key.startswith(("OTEL_SEMCONV", "OTEL_INSTRUMENTATION"))
}

# Span and parent, from the root on.
TREE = {
    "invoke_workflow answer": None,
    "invoke_agent weather-agent": "invoke_workflow answer",
    "chat gpt-4o-mini": "invoke_agent weather-agent",
    "execute_tool get_weather": "invoke_agent weather-agent",
    # What the server of MCP does for the tool.
    "tools/call get_weather": "execute_tool get_weather",
    "retrieval stations": "tools/call get_weather",
    "chat gpt-4o": "invoke_agent weather-agent",
    "execute_tool archive": "invoke_agent weather-agent",
    "embeddings text-embedding-3-small": "invoke_agent weather-agent",
}

# Spans below the server of MCP, to which a conversation only goes where that is switched on.
WITHOUT_SESSION = {"tools/call get_weather", "retrieval stations"}


def tree(spans):
    """Names and names of parents, of spans as `{id: (name, parent's id)}`."""
    return {name: spans[parent][0] if parent in spans else parent for name, parent in spans.values()}


def said_by(sent, model):
    """What the provider said as this model."""
    return next(said for said in sent["said"] if said["model"] == model)


def silent(checks, found, sent):
    """Asserts that nothing of what was said is in what a backend has, where content is off."""
    said = [sent["turn"]["question"], sent["turn"]["answer"], sent["lost"]["question"]]
    said += ["You are a weather desk", "Rainy", "Paris", "It answers what was asked", "Thanks!"]
    text = json.dumps(found, ensure_ascii=False)
    checks.that("content off: the names are there", all(name in text for name in TREE), text)
    checks.same("content off: what was said", [words for words in said if words in text], [])
