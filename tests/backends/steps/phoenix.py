"""Phoenix: spans over its REST interface; sessions, and what its lists show, over GraphQL."""

from .checks import eventually
from .pictures import picture
from .servers import Server, free_port, get
from .traces import TRACES_ONLY, TREE, WITHOUT_CONTENT, WITHOUT_SESSION, said_by, silent, tree

PROJECT = "backends"
KINDS = {
    "invoke_workflow answer": "CHAIN",
    "invoke_agent weather-agent": "AGENT",
    "chat gpt-4o-mini": "LLM",
    "execute_tool get_weather": "TOOL",
    "tools/call get_weather": "TOOL",
    "retrieval stations": "RETRIEVER",
    "chat gpt-4o": "LLM",
    "execute_tool archive": "TOOL",
    "embeddings text-embedding-3-small": "EMBEDDING",
}
LISTS = """
query ($name: String!) {
  getProjectByName(name: $name) {
    id
    tokenCountPrompt
    tokenCountCompletion
    sessions(first: 50) {
      edges { node {
        id sessionId userId numTraces numTracesWithError firstInput { value } tokenUsage { prompt completion }
      } }
    }
    spans(first: 50) {
      edges { node { id name spanId trace { id } input { value } output { value } propagatedStatusCode tokenCountPrompt tokenCountCompletion userId } }
    }
  }
}
"""


def run(run):
    """Starts Phoenix, sends a conversation with `GENAI_COMPAT=phoenix`, and looks at it."""
    programs, port, folder = run.installer.python("phoenix"), free_port(), run.folder("phoenix")
    env = {
        "PHOENIX_WORKING_DIR": str(folder), "PHOENIX_HOST": "127.0.0.1", "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()), "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    url = f"http://127.0.0.1:{port}"
    with Server("phoenix", [programs / "phoenix", "serve"], url, folder, "/healthz", env) as server:
        sent, found = send(run, server, TRACES_ONLY, PROJECT)
        conversation(run.checks, found, sent)
        annotated(run, server, sent)
        shown = project(server)
        lists(run.checks, shown, sent)
        written = next(span["id"] for span in nodes(shown["spans"]) if span["spanId"] == sent["turn"]["written"]["span"])
        page = f"{url}/projects/{shown['id']}/traces/{sent['turn']['whole']['trace']}?selectedSpanNodeId={written}"
        picture(run, "phoenix", page)
        sent, found = send(run, server, WITHOUT_CONTENT, f"{PROJECT}-without-content")
        silent(run.checks, found, sent)


def send(run, server, env, project):
    """Sends a conversation to a project: what was sent, and the spans that are there then."""
    sent = run.sent("backends_agent", [run.conversation()], {
        **env,
        "GENAI_COMPAT": "phoenix",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{server.url}/v1/traces",
        "OTEL_RESOURCE_ATTRIBUTES": f"openinference.project.name={project}",
    })
    # The tree, the failed call, two evaluations, and the client's greeting of the server of MCP.
    expected = len(TREE) + 4
    found = eventually(lambda: spans(server, project, expected))
    run.checks.same("spans", len(found), expected)
    return sent, found


def spans(server, project, at_least):
    """The spans of a project, once there are as many."""
    try:
        found = get(f"{server.url}/v1/projects/{project}/spans?limit=100")["data"]
    except OSError:
        return []
    return found if len(found) >= at_least else []


def conversation(checks, found, sent):
    """Names, parents, kinds, content, tokens and failures of the spans."""
    trace = sent["turn"]["whole"]["trace"]
    turn = {span["name"]: span for span in found if span["context"]["trace_id"] == trace}
    by_id = {span["context"]["span_id"]: (span["name"], span["parent_id"]) for span in turn.values()}
    checks.same("spans and their parents", tree(by_id), TREE)
    checks.same("kinds", {name: span["span_kind"] for name, span in turn.items()}, KINDS)
    checks.same("root", turn["invoke_workflow answer"]["context"]["span_id"], sent["turn"]["whole"]["span"])
    question, answer = sent["turn"]["question"], sent["turn"]["answer"]
    for name in ("invoke_workflow answer", "invoke_agent weather-agent"):
        values = turn[name]["attributes"]
        checks.same(f"{name}: input and output", (values.get("input.value"), values.get("output.value")), (question, answer))
    for name, said in (("chat gpt-4o-mini", said_by(sent, "gpt-4o-mini")), ("chat gpt-4o", said_by(sent, "gpt-4o"))):
        values = turn[name]["attributes"]
        checks.same(f"{name}: input", values.get("input.value"), question)
        tokens = (values.get("llm.token_count.prompt"), values.get("llm.token_count.completion"))
        checks.same(f"{name}: tokens", tokens, (said["input_tokens"], said["output_tokens"]))
        checks.same(f"{name}: model", values.get("llm.model_name"), said["model"])
        checks.same(f"{name}: role of the first message", values.get("llm.input_messages.0.message.role"), "system")
        checks.same(f"{name}: the question", values.get("llm.input_messages.1.message.content"), question)
    checks.same("chat gpt-4o: answer", turn["chat gpt-4o"]["attributes"].get("output.value"), answer)
    asked = turn["chat gpt-4o-mini"]["attributes"]
    called = "llm.output_messages.0.message.tool_calls.0.tool_call.function"
    checks.same("chat gpt-4o-mini: output", asked.get("output.value"), 'get_weather({"city":"Paris"})')
    checks.same("chat gpt-4o-mini: tool called", asked.get(f"{called}.name"), "get_weather")
    checks.that("chat gpt-4o-mini: tools offered", any(key.startswith("llm.tools.0") for key in asked), list(asked))
    written = turn["chat gpt-4o"]["attributes"]
    checks.same("chat gpt-4o: the tool's answer", written.get("llm.input_messages.3.message.content"), "Rainy, 57°F in Paris.")
    tool = turn["execute_tool get_weather"]["attributes"]
    shown = (tool.get("tool.name"), tool.get("tool.parameters.city"), tool.get("output.value"))
    checks.same("execute_tool get_weather: name, argument, result", shown, ("get_weather", "Paris", "Rainy, 57°F in Paris."))
    embedded = turn["embeddings text-embedding-3-small"]["attributes"].get("embedding.model_name")
    checks.same("embeddings: model", embedded, "text-embedding-3-small")
    checks.same("retrieval: query", turn["retrieval stations"]["attributes"].get("input.value"), "Paris")
    for name, span in turn.items():
        session = None if name in WITHOUT_SESSION else sent["conversation"]
        checks.same(f"{name}: session", span["attributes"].get("session.id"), session)
    failed = {name for name, span in turn.items() if span["status_code"] == "ERROR"}
    checks.same("failed spans of the turn", failed, {"execute_tool archive"})
    checks.same("why", turn["execute_tool archive"]["status_message"], "the archive is closed")
    lost = next(span for span in found if span["context"]["span_id"] == sent["lost"]["whole"]["span"])
    checks.same("failed chat: status", (lost["status_code"], lost["status_message"]), ("ERROR", "HTTP 404"))
    events = [(event["name"], event["attributes"].get("exception.type")) for event in lost["events"]]
    checks.same("failed chat: events", events, [("exception", "404")])
    checks.same("failed chat: input", lost["attributes"].get("input.value"), sent["lost"]["question"])
    judged = {
        span["name"]: {key.rsplit(".", 1)[-1]: value for key, value in span["attributes"].items()}
        for span in found if span["span_kind"] == "EVALUATOR"
    }
    relevance = judged.get("evaluation relevance", {})
    shown = tuple(relevance.get(key) for key in ("name", "score", "label", "explanation", "annotator_kind"))
    checks.same("evaluation", shown, ("relevance", 0.93, "relevant", "It answers what was asked.", "LLM"))
    thumbs = judged.get("evaluation thumbs", {})
    checks.same("feedback", (thumbs.get("score"), thumbs.get("annotator_kind")), (1.0, "HUMAN"))


def annotated(run, server, sent):
    """What of evaluations is on the judged span: nothing of OTLP, and what another process writes by the handle."""
    written = sent["turn"]["written"]
    address = f"{server.url}/v1/projects/{PROJECT}/span_annotations?span_ids={written['span']}"
    run.checks.same("annotations over OTLP", get(address)["data"], [])
    run.sent("backends_annotate", ["phoenix", server.url, written["handle"]], {})
    found = [
        (one["name"], one["annotator_kind"], one["result"]["score"], one["result"]["label"], one["result"]["explanation"])
        for one in get(address)["data"]
    ]
    expected = [("helpfulness", "LLM", 0.75, "helpful", "It names the weather.")]
    run.checks.same("annotations by the handle", found, expected)


def nodes(edges):
    """The nodes of a connection."""
    return [edge["node"] for edge in edges["edges"]]


def project(server):
    """What the lists of the project show."""
    answer = get(f"{server.url}/graphql", {"query": LISTS, "variables": {"name": PROJECT}})
    if answer.get("errors"):
        raise RuntimeError(answer["errors"])
    return answer["data"]["getProjectByName"]


def lists(checks, shown, sent):
    """What the lists of sessions and spans show, and what they count."""
    into = sum(said["input_tokens"] for said in sent["said"])
    out = sum(said["output_tokens"] for said in sent["said"])
    checks.same("tokens of the project", (shown["tokenCountPrompt"], shown["tokenCountCompletion"]), (into, out))
    sessions = nodes(shown["sessions"])
    checks.same("sessions", [session["sessionId"] for session in sessions], [sent["conversation"]])
    session = sessions[0]
    checks.same("session: user", session["userId"], sent["user"])
    checks.same("session: traces, with errors", (session["numTraces"], session["numTracesWithError"]), (2, 2))
    checks.same("session: first input", session["firstInput"]["value"], sent["turn"]["question"])
    checks.same("session: tokens", session["tokenUsage"], {"prompt": into, "completion": out})
    root = next(span for span in nodes(shown["spans"]) if span["name"] == "invoke_workflow answer")
    values = (root["input"]["value"], root["output"]["value"])
    checks.same("list of traces: input and output", values, (sent["turn"]["question"], sent["turn"]["answer"]))
    checks.same("list of traces: user", root["userId"], sent["user"])
    checks.same("list of traces: something below failed", root["propagatedStatusCode"], "ERROR")
