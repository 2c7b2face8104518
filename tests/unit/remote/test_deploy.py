"""The files under docs/deploy say what the program really has: options, ports, paths, users, figures."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.cli import build_parser
from app.remote.server.application import create_app
from app.remote.server.lateness import LatenessTally
from app.remote.server.settings import ServerSettings, read_tokens
from assets.packaging.image.dockerfile import steps_of

UVICORN_S = 5.0


@pytest.fixture(scope="module")
def folder(root) -> Path:
    return root / "docs" / "deploy"


@pytest.fixture(scope="module")
def objects(folder) -> dict[str, dict]:
    """Of kubernetes.yaml, by kind."""
    found = {each["kind"]: each for each in yaml.safe_load_all((folder / "kubernetes.yaml").read_text("utf-8"))}
    assert set(found) == {"Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy"}
    return found


@pytest.fixture(scope="module")
def container(objects) -> dict:
    (only,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only


@pytest.fixture(scope="module")
def image(root) -> dict[str, str]:
    """What the image's last steps say."""
    return {step.word: step.rest for step in steps_of((root / "Dockerfile").read_text("utf-8"))}


def served(words: list[str], tokens: Path) -> ServerSettings:
    """The settings that a command line of ``serve`` makes, with a file of tokens of our own."""
    options = build_parser().parse_args(["serve", *words])
    return ServerSettings(
        source=options.source, device=options.device, host=options.host, port=options.port, token_file=tokens,
        proxies=tuple(options.behind_proxy or ()), max_streams=options.max_streams,
    )  # fmt: skip


@pytest.fixture(scope="module")
def tokens(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tokens") / "tokens"
    path.write_text(subprocess.run(["openssl", "rand", "-hex", "24"], capture_output=True, text=True, check=True).stdout)
    assert len(read_tokens(path)) == 1
    return path


def routes() -> set[str]:
    return set(create_app(ServerSettings(source="mock")).openapi()["paths"])


def test_pods_are_started_with_options_that_exist_and_hear_about_their_end_in_time(objects, container, image, tokens):
    settings = served(["--host", "0.0.0.0", *container["args"]], tokens)
    assert settings.proxies and settings.guarded and str(settings.port) == image["EXPOSE"]
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    drain_s = int(container["lifecycle"]["preStop"]["exec"]["command"][1]) + settings.drain_s + UVICORN_S
    assert pod["terminationGracePeriodSeconds"] > drain_s
    asked = build_parser().parse_args(["serve", *container["args"]])
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert asked.token_file == Path(mounts["tokens"], "tokens")
    secret = next(volume["secret"] for volume in pod["volumes"] if volume["name"] == "tokens")
    assert secret["defaultMode"] == 0o440 and pod["securityContext"]["fsGroup"] == 10001
    # what is written goes where the image says, and nowhere else
    assert container["securityContext"]["readOnlyRootFilesystem"] and f"VISEMESYNC_WHERE={mounts['tmp']}/" in image["ENV"]


def test_pods_are_probed_where_the_server_answers(container, objects, image, root):
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"http": int(image["EXPOSE"])}
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/v1/health/ready", "port": "http"}
    annotations = objects["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert {"/v1/health/ready", annotations["prometheus.io/path"]} <= routes() and int(annotations["prometheus.io/port"]) == ports["http"]
    assert objects["Service"]["spec"]["ports"][0]["targetPort"] == "http"
    user = re.search(r"useradd --uid (\d+)", (root / "Dockerfile").read_text("utf-8"))[1]
    assert objects["Deployment"]["spec"]["template"]["spec"]["securityContext"]["runAsUser"] == int(user)


def test_all_objects_mean_the_same_pods_and_scale_by_voices(objects, container):
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    selectors = [
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ]
    assert selectors == [labels] * 4
    scaler = objects["HorizontalPodAutoscaler"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == objects["Deployment"]["metadata"]["name"]
    pods = scaler["metrics"][0]["pods"]
    most = build_parser().parse_args(["serve", *container["args"]]).max_streams
    assert pods["metric"]["name"] == "visemesync_voices" and int(pods["target"]["averageValue"]) == 0.75 * most
    rule = objects["Ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert rule == {"name": objects["Service"]["metadata"]["name"], "port": {"name": "http"}}
    assert objects["Ingress"]["metadata"]["annotations"]["haproxy.org/check-http"] in routes()


def test_the_patch_for_a_card_fits(folder, container, objects, tokens):
    patch = yaml.safe_load((folder / "kubernetes-cuda.yaml").read_text("utf-8"))["spec"]
    (changed,) = patch["template"]["spec"]["containers"]
    assert changed["name"] == container["name"] and changed["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert served(["--host", "0.0.0.0", *changed["args"]], tokens).device == "cuda"
    names = {volume["name"] for volume in objects["Deployment"]["spec"]["template"]["spec"]["volumes"]}
    assert {volume["name"] for volume in patch["template"]["spec"]["volumes"]} <= names


@pytest.mark.parametrize("name", ["visemesync.service", "visemesync-cuda.conf"])
def test_systemd_starts_what_exists_and_waits_for_the_drain(folder, tokens, name):
    unit = (folder / name).read_text("utf-8")
    starts = [line.partition("=")[2] for line in unit.splitlines() if line.startswith("ExecStart=") and line != "ExecStart="]
    assert len(starts) == 1
    words = shlex.split(starts[0].replace("%d/tokens", str(tokens)))
    assert words[:4] == ["/opt/visemesync/bin/python", "-m", "app", "serve"] and "--token-file" in words
    settings = served(words[4:], tokens)
    stop = re.search(r"^TimeoutStopSec=(\d+)", unit, re.MULTILINE)
    assert stop is None or int(stop[1]) > settings.drain_s + UVICORN_S


def test_systemd_finds_nothing_wrong_and_little_exposed(folder, tmp_path):
    """Read as systemd reads it where that is here; the words that count everywhere."""
    text = (folder / "visemesync.service").read_text("utf-8")
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(text)
    service = parser["Service"]
    wanted = {
        "DynamicUser": "yes",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "Type": "notify",
        "LimitNOFILE": "65536",
        "CapabilityBoundingSet": "",
    }
    assert {name: service[name] for name in wanted} == wanted and service["LoadCredential"].startswith("tokens:")
    analyze = shutil.which("systemd-analyze")
    if analyze:
        unit = tmp_path / "visemesync.service"
        unit.write_text(text.replace("/opt/visemesync/bin/python", "/bin/true"))
        verified = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)
        assert (verified.returncode, verified.stderr) == (0, "")
        exposed = subprocess.run(
            [analyze, "security", "--offline=true", "--threshold=20", unit], capture_output=True, text=True, check=False
        )
        assert exposed.returncode == 0, exposed.stdout[-200:]


def names_in(text: str) -> set[str]:
    """Names of metrics in expressions."""
    return set(re.findall(r"\b((?:visemesync|process)_[a-z_]+)", text))


def told_by_a_server(root) -> set[str]:
    """Names of what /metrics has, and of what it has where there is a card of NVIDIA's or an engine of its own."""
    state = create_app(ServerSettings(source="mock")).state.server
    state.metrics.watch_engine(lambda: 0)
    state.metrics.watch_lateness(LatenessTally)
    families = text_string_to_metric_families(state.metrics.text().decode())
    samples = {f"{family.name}{ending}" for family in families for ending in ("", "_total", "_bucket", "_sum", "_count")}
    sources = "".join(path.read_text("utf-8") for path in (root / "app/remote/server").rglob("*.py"))
    engine = {f"visemesync_engine_{name}" for name in ("process_cpu_seconds_total", "process_resident_memory_bytes")}
    return samples | set(re.findall(r"visemesync_gpu_\w+", sources)) | engine


def test_every_figure_that_is_asked_for_is_told(folder, root):
    told = told_by_a_server(root)
    board = json.loads((folder / "grafana-dashboard.json").read_text("utf-8"))
    asked = names_in(" ".join(target["expr"] for panel in board["panels"] for target in panel["targets"]))
    rules = yaml.safe_load((folder / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    asked |= names_in(" ".join(rule["expr"] for rule in rules))
    asked |= names_in((folder / "prometheus-adapter.yaml").read_text("utf-8"))
    assert len(asked) > 15 and asked - told == set()
    reasons = set(re.findall(r'reason="(\w+)"', str(rules)))
    sources = "".join(path.read_text("utf-8") for path in (root / "app/remote/server").rglob("*.py"))
    assert reasons and [reason for reason in reasons if f'"{reason}"' not in sources] == []


def test_the_dashboard_can_be_imported(folder):
    board = json.loads((folder / "grafana-dashboard.json").read_text("utf-8"))
    assert board["id"] is None and board["schemaVersion"] >= 39 and board["__inputs"][0]["name"] == "DS_PROMETHEUS"
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"], panel["gridPos"]["w"], panel["gridPos"]["h"]) for panel in board["panels"]]
    cells = [(x + i, y + j) for x, y, w, h in places for i in range(w) for j in range(h)]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) == 23
    for panel in board["panels"]:
        assert panel["description"] and panel["datasource"]["uid"] == "${DS_PROMETHEUS}"
        assert all('instance=~"$instance"' in target["expr"] for target in panel["targets"])


def test_prometheus_scrapes_what_asks_for_a_token(folder):
    config = yaml.safe_load((folder / "prometheus.yaml").read_text("utf-8"))
    (job,) = config["scrape_configs"]
    assert job["metrics_path"] in routes() and job["authorization"]["credentials_file"]
    assert [(folder / name).is_file() for name in config["rule_files"]] == [True]
    promtool = shutil.which("promtool")
    if promtool:
        subprocess.run([promtool, "check", "rules", folder / "alerts.yaml"], check=True, capture_output=True)


def test_the_list_names_every_file_and_every_alert(folder):
    text = (folder / "README.md").read_text("utf-8")
    assert {name for name in re.findall(r"\]\(([\w.-]+)\)", text) if "/" not in name} >= {path.name for path in folder.iterdir()} - {
        "README.md"
    }
    rules = yaml.safe_load((folder / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [rule["alert"] for rule in rules]
