"""Metrics: what Prometheus scrapes or takes over OTLP, and what VictoriaMetrics takes, asked for in PromQL."""

import json
import time
import urllib.error
import urllib.parse
from pathlib import Path

from .checks import eventually
from .install import output, version_of
from .servers import Server, free_port, get

DASHBOARDS = Path(__file__).resolve().parents[3] / "examples" / "dashboards"
# What the variables of the Grafana dashboard stand for here.
VARIABLES = {"$provider": ".*", "$__rate_interval": "5m", "$__range": "1h"}

# What `docs/settings.md` names: the agent's metrics and nothing else.
METRICS_ONLY = {
    "OTEL_TRACES_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
    "OTEL_SERVICE_NAME": "backends",
}


def query(server, text):
    """The series of an instant query: labels and value."""
    answer = get(f"{server.url}/api/v1/query?query={urllib.parse.quote(text)}")
    return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]


def shown(run, server, sent):
    """Asserts the series of one run of the agent; `sent` is what the model's provider said."""
    checks = run.checks
    by_model = {}
    for said in sent["said"]:
        tokens = by_model.setdefault(said["model"], [0, 0])
        tokens[0] += said["input_tokens"]
        tokens[1] += said["output_tokens"]
    found = eventually(lambda: query(server, "gen_ai_client_token_usage_sum"))
    checks.that("has gen_ai_client_token_usage_sum", found)
    tokens = {
        (labels.get("gen_ai_request_model"), labels.get("gen_ai_token_type")): value
        for labels, value in found
        if labels.get("gen_ai_operation_name") == "chat"
    }
    for model, (into, out) in by_model.items():
        checks.same(f"input tokens of {model}", tokens.get((model, "input")), into)
        checks.same(f"output tokens of {model}", tokens.get((model, "output")), out)
    checks.same("models with tokens", {model for model, _ in tokens}, set(by_model))
    counts = dict.fromkeys(by_model, 0)
    for said in sent["said"]:
        counts[said["model"]] += 1
    durations = query(server, "gen_ai_client_operation_duration_seconds_count")
    calls = {
        labels.get("gen_ai_request_model"): (value, labels.get("error_type", ""))
        for labels, value in durations
        if labels.get("gen_ai_operation_name") == "chat"
    }
    expected = {model: (count, "") for model, count in counts.items()} | {"gpt-unknown": (1, "404")}
    checks.same("chats and their errors by model", calls, expected)
    operations = {labels.get("gen_ai_operation_name") for labels, _ in durations}
    checks.that(
        "durations of chat, execute_tool, invoke_agent, embeddings and retrieval",
        operations >= {"chat", "execute_tool", "invoke_agent", "embeddings", "retrieval"},
        operations,
    )
    tools = sorted(
        (labels.get("error_type", "").rsplit("::", 1)[-1], value)
        for labels, value in durations
        if labels.get("gen_ai_operation_name") == "execute_tool"
    )
    checks.same("calls of tools, by error", tools, [("", 1), ("Trouble", 1)])
    took = query(server, 'gen_ai_client_operation_duration_seconds_sum{gen_ai_operation_name="invoke_agent"}')
    checks.that("the agent took more than the 0.08 s of its two calls", took and took[0][1] > 0.08, took)
    first = query(server, "gen_ai_client_operation_time_to_first_chunk_seconds_count")
    checks.same("streams with a time to the first chunk", sum(value for _, value in first), 1)
    share = "sum(gen_ai_client_operation_duration_seconds_count{gen_ai_operation_name=\"chat\",error_type!=\"\"})" \
        " / sum(gen_ai_client_operation_duration_seconds_count{gen_ai_operation_name=\"chat\"})"
    chats = len(sent["said"]) + 1
    found = query(server, share)
    checks.that("share of chats that fail", found and abs(found[0][1] - 1 / chats) < 1e-9, found)
    quantile = "histogram_quantile(0.95, sum by (le) (gen_ai_client_operation_duration_seconds_bucket" \
        "{gen_ai_operation_name=\"chat\"}))"
    found = query(server, quantile)
    checks.that("the 95th percentile of the durations is between 0.02 and 2 s", found and 0.02 < found[0][1] < 2, found)
    costs = query(server, "sum by (gen_ai_request_model, gen_ai_association_properties_tenant_id) (ai_cost_usd_sum)")
    cost = {
        (labels.get("gen_ai_association_properties_tenant_id"), labels.get("gen_ai_request_model")): round(value, 9)
        for labels, value in costs
    }
    expected = {
        (sent["tenant"], model): round((into * sent["prices"][0] + out * sent["prices"][1]) / 1e6, 9)
        for model, (into, out) in by_model.items()
    }
    checks.same("cost by tenant and model, in US dollars", cost, expected)
    mcp = query(server, "mcp_client_operation_duration_seconds_count")
    methods = {labels.get("mcp_method_name"): value for labels, value in mcp}
    checks.same("requests of MCP", methods, {"tools/call": 1})


def queries():
    """The queries of `examples/dashboards`, with where each is from."""
    for line in (DASHBOARDS / "prometheus.promql").read_text().splitlines():
        if line and not line.startswith("#"):
            yield "prometheus.promql", line
    panels = json.loads((DASHBOARDS / "grafana.json").read_text())["panels"]
    for panel in panels:
        for target in panel.get("targets", []):
            text = target["expr"]
            for variable, value in VARIABLES.items():
                text = text.replace(variable, value)
            yield f"grafana.json, {panel['title']}", text


def dashboards(run, server):
    """Asserts that each query of the dashboards finds something, but for errors of MCP, of which there are none."""
    asked = 0
    for place, text in queries():
        try:
            found = query(server, text)
        except urllib.error.HTTPError as error:
            run.checks.that(f"{place}: the query is understood", False, f"{text}: {error.read().decode()}")
            continue
        asked += 1
        is_of_errors = "mcp_" in text and "error_type!=" in text
        if is_of_errors == bool(found):
            claim = "finds nothing" if is_of_errors else "finds something"
            run.checks.that(f"{place}: {claim}", False, text)
    run.checks.that(f"{asked} queries of the dashboards find what there is", asked > 20, asked)


def prometheus(run):
    """Debian's Prometheus, which scrapes, since it is built without OTLP; one on the path that has it gets it, too."""
    program = run.installer.prometheus()
    said = output([program, "--version"])
    version = version_of(said)
    print(f"        {said.splitlines()[0]}")
    # Scraped.
    folder, port = run.folder("prometheus"), free_port()
    with run.start("backends_agent", [run.conversation(), "--scrape"], {}) as agent:
        sent = json.loads(agent.stdout.readline())
        target = urllib.parse.urlparse(sent["page"])
        scrape = {
            "job_name": "backends", "scrape_interval": "1s", "scrape_timeout": "1s",
            "static_configs": [{"targets": [target.netloc]}],
        }
        # JSON is YAML.
        (folder / "prometheus.yml").write_text(json.dumps({"scrape_configs": [scrape]}))
        with Server("prometheus", started(program, folder, port), f"http://127.0.0.1:{port}", folder, "/-/ready") as server:
            shown(run, server, sent)
            # Rates are of two scrapes at least.
            time.sleep(3)
            dashboards(run, server)
        agent.stdin.close()
    if "otlp" not in output([program, "--help"]):
        print("        this Prometheus is built without OTLP: only scraped")
        return
    folder, port = run.folder("prometheus"), free_port()
    (folder / "prometheus.yml").write_text("{}")
    receiver = "--web.enable-otlp-receiver" if version[0] >= 3 else "--enable-feature=otlp-write-receiver"
    command = [*started(program, folder, port), receiver]
    with Server("prometheus", command, f"http://127.0.0.1:{port}", folder, "/-/ready") as server:
        endpoint = {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{server.url}/api/v1/otlp/v1/metrics"}
        shown(run, server, run.sent("backends_agent", [run.conversation()], {**METRICS_ONLY, **endpoint}))


def started(program, folder, port):
    """The command of a Prometheus with its data in this folder."""
    return [
        program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]


def victoria(run):
    """VictoriaMetrics, over OTLP, with the names that Prometheus gives."""
    program = run.installer.victoria()
    print(f"        {output([program, '-version']).strip() or 'VictoriaMetrics'}")
    folder, port = run.folder("victoriametrics"), free_port()
    command = [
        program, f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{port}", "-opentelemetry.usePrometheusNaming",
        "-search.latencyOffset=0s",
    ]
    with Server("victoriametrics", command, f"http://127.0.0.1:{port}", folder, "/health") as server:
        endpoint = {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{server.url}/opentelemetry/v1/metrics"}
        shown(run, server, run.sent("backends_agent", [run.conversation()], {**METRICS_ONLY, **endpoint}))
