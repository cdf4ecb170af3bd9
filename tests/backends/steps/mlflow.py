"""MLflow: traces over its REST interface, as its pages ask for them."""

import base64
import json

from .checks import eventually
from .pictures import picture
from .servers import Server, free_port, get
from .traces import TRACES_ONLY, TREE, WITHOUT_CONTENT, said_by, silent, tree

TYPES = {
    "invoke_workflow answer": "CHAIN",
    "invoke_agent weather-agent": "AGENT",
    "chat gpt-4o-mini": "CHAT_MODEL",
    "execute_tool get_weather": "TOOL",
    "tools/call get_weather": "TOOL",
    "retrieval stations": "RETRIEVER",
    "chat gpt-4o": "CHAT_MODEL",
    "execute_tool archive": "TOOL",
    "embeddings text-embedding-3-small": "EMBEDDING",
}


def run(run):
    """Starts MLflow, sends a conversation with `GENAI_COMPAT=mlflow`, and looks at it."""
    programs, port, folder = run.installer.python("mlflow"), free_port(), run.folder("mlflow")
    command = [
        programs / "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination",
        folder / "artifacts", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
    ]
    url = f"http://127.0.0.1:{port}"
    env = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PATH": f"{programs}:{run.path}"}
    with Server("mlflow", command, url, folder, "/health", env) as server:
        sent, experiment, found = send(run, server, TRACES_ONLY, "backends")
        turn, lost = (f"tr-{sent[name]['whole']['trace']}" for name in ("turn", "lost"))
        infos(run.checks, found[turn], found[lost], sent)
        spans(run.checks, trace(server, turn), trace(server, lost), sent)
        annotated(run, server, turn, sent)
        session = search(server, experiment, f"metadata.`mlflow.trace.session` = '{sent['conversation']}'")
        run.checks.same("traces found by session", set(session), {turn, lost})
        failed = search(server, experiment, "attributes.status = 'ERROR'")
        run.checks.same("traces found by failure", set(failed), {lost})
        picture(run, "mlflow", f"{url}/#/experiments/{experiment}/traces?selectedEvaluationId={turn}")
        sent, experiment, found = send(run, server, WITHOUT_CONTENT, "without content")
        silent(run.checks, [found, [trace(server, name) for name in found]], sent)


def send(run, server, env, name):
    """Sends a conversation to an experiment: what was sent, the experiment, and the traces that are there then."""
    experiment = get(f"{server.url}/api/2.0/mlflow/experiments/create", {"name": name})["experiment_id"]
    sent = run.sent("backends_agent", [run.conversation()], {
        **env,
        "GENAI_COMPAT": "mlflow",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{server.url}/v1/traces",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": f"x-mlflow-experiment-id={experiment}",
    })
    # The turn, the failed call, and the client's greeting of the server of MCP.
    found = eventually(lambda: traces(server, experiment, 3))
    run.checks.same("traces", len(found), 3)
    return sent, experiment, found


def search(server, experiment, wanted=None):
    """Traces by id, as the list of an experiment shows them."""
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    body = {"locations": [place], "max_results": 50}
    if wanted:
        body["filter"] = wanted
    found = get(f"{server.url}/api/3.0/mlflow/traces/search", body).get("traces", [])
    return {info["trace_id"]: info for info in found}


def traces(server, experiment, at_least):
    """The traces of the experiment, once there are as many."""
    found = search(server, experiment)
    return found if len(found) >= at_least else {}


def trace(server, name):
    """The spans of a trace by name, with their attributes as plain values."""
    found = get(f"{server.url}/api/3.0/mlflow/traces/get?trace_id={name}")["trace"]["spans"]
    for span in found:
        span["attributes"] = {pair["key"]: plain(pair["value"]) for pair in span["attributes"]}
    return {span["name"]: span for span in found}


def plain(value):
    """A value of OTLP as one of JSON."""
    (kind, inside), = value.items()
    if kind == "array_value":
        return [plain(item) for item in inside.get("values", [])]
    if kind == "kvlist_value":
        return {pair["key"]: plain(pair["value"]) for pair in inside.get("values", [])}
    return inside


def messages(*texts):
    """Messages as the conventions write them, of roles and texts."""
    return [{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in texts]


def infos(checks, turn, lost, sent):
    """What the list of traces shows."""
    checks.same("turn: state", turn["state"], "OK")
    checks.same("failed chat: state", lost["state"], "ERROR")
    for name, info in (("turn", turn), ("failed chat", lost)):
        about = info["trace_metadata"]
        shown = (about.get("mlflow.trace.session"), about.get("mlflow.trace.user"))
        checks.same(f"{name}: session and user", shown, (sent["conversation"], sent["user"]))
        checks.same(f"{name}: service", info["tags"].get("service.name"), "backends")
    asked = json.loads(turn["request_preview"])
    checks.same("turn: request", asked, messages(("user", sent["turn"]["question"])))
    checks.same("turn: response", text_of(json.loads(turn["response_preview"])), sent["turn"]["answer"])
    usage = json.loads(turn["trace_metadata"]["mlflow.trace.tokenUsage"])
    # It counts the ten tokens of the embeddings as input, too.
    into = sum(said["input_tokens"] for said in sent["said"]) + 10
    out = sum(said["output_tokens"] for said in sent["said"])
    checks.same("turn: tokens", (usage["input_tokens"], usage["output_tokens"]), (into, out))


def text_of(said):
    """The text of the first message."""
    return said[0]["parts"][0]["content"]


def spans(checks, turn, lost, sent):
    """Names, parents, types, content, tokens and failures of the spans."""
    by_id = {span["span_id"]: (name, span.get("parent_span_id")) for name, span in turn.items()}
    checks.same("spans and their parents", tree(by_id), TREE)
    checks.same("types", {name: span["attributes"].get("mlflow.spanType") for name, span in turn.items()}, TYPES)
    root = base64.b64decode(turn["invoke_workflow answer"]["span_id"]).hex()
    checks.same("root", root, sent["turn"]["whole"]["span"])
    question, answer = sent["turn"]["question"], sent["turn"]["answer"]
    for name in ("invoke_workflow answer", "invoke_agent weather-agent", "chat gpt-4o"):
        values = turn[name]["attributes"]
        asked = [message for message in values["mlflow.spanInputs"] if message["role"] == "user"]
        checks.same(f"{name}: input", asked, messages(("user", question)))
        checks.same(f"{name}: output", text_of(values["mlflow.spanOutputs"]), answer)
    for model in ("gpt-4o-mini", "gpt-4o"):
        said, values = said_by(sent, model), turn[f"chat {model}"]["attributes"]
        usage = values["mlflow.chat.tokenUsage"]
        shown = tuple(usage[f"{side}_tokens"] for side in ("input", "output", "total"))
        total = said["input_tokens"] + said["output_tokens"]
        checks.same(f"chat {model}: tokens", shown, (said["input_tokens"], said["output_tokens"], total))
        checks.that(f"chat {model}: model", values["mlflow.llm.model"].startswith(f"{model}-20"), values["mlflow.llm.model"])
        checks.same(f"chat {model}: provider", values["mlflow.llm.provider"], "openai")
        checks.that(f"chat {model}: cost", values["mlflow.llm.cost"]["total_cost"] > 0, values["mlflow.llm.cost"])
    asked = turn["chat gpt-4o-mini"]["attributes"]
    called = asked["mlflow.spanOutputs"][0]["parts"][0]
    shown = (called["type"], called["name"], called["arguments"])
    checks.same("chat gpt-4o-mini: tool called", shown, ("tool_call", "get_weather", {"city": "Paris"}))
    checks.same("chat gpt-4o-mini: tools offered", [tool["name"] for tool in asked["mlflow.chat.tools"]], ["get_weather"])
    tool = turn["execute_tool get_weather"]["attributes"]
    shown = (tool["mlflow.spanInputs"], tool["mlflow.spanOutputs"])
    checks.same("execute_tool get_weather: input and output", shown, ({"city": "Paris"}, "Rainy, 57°F in Paris."))
    failed = {name: span["status"].get("message") for name, span in turn.items() if is_error(span)}
    checks.same("failed spans of the turn", failed, {"execute_tool archive": "the archive is closed"})
    call = lost["chat gpt-unknown"]
    checks.same("failed chat: failed, and why", (is_error(call), call["status"].get("message")), (True, "HTTP 404"))
    checks.same("failed chat: input", call["attributes"]["mlflow.spanInputs"], messages(("user", sent["lost"]["question"])))
    events = {event["name"]: [pair["value"] for pair in event["attributes"]] for event in call.get("events", [])}
    checks.that("failed chat: an exception of type 404", {"string_value": "404"} in events.get("exception", []), events)


def annotated(run, server, turn, sent):
    """What of evaluations is on the judged trace: nothing of OTLP, and what another process writes by the handle."""
    def assessments():
        info = get(f"{server.url}/api/3.0/mlflow/traces/{turn}")["trace"]["trace_info"]
        return info.get("assessments", [])

    written = sent["turn"]["written"]
    run.checks.same("assessments over OTLP", assessments(), [])
    run.sent("backends_annotate", ["mlflow", server.url, written["handle"]], {})
    found = [
        (one["assessment_name"], one["feedback"]["value"], one["rationale"], one["source"]["source_type"], one.get("span_id"))
        for one in assessments()
    ]
    expected = [("helpfulness", 0.75, "It names the weather.", "LLM_JUDGE", written["span"])]
    run.checks.same("assessments by the handle", found, expected)


def is_error(span):
    """Whether the span failed."""
    return span["status"].get("code") == "STATUS_CODE_ERROR"
