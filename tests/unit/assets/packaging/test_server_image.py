"""The server's image, read without Docker; its steps in a bare Debian are assets/packaging/image/image_check.py."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import PurePosixPath

import pytest
import yaml

from app.cli import build_parser
from assets.packaging.image.dockerfile import copied, faults, files_of, is_ignored, stages_of, steps_of

GOOD = """
FROM python:3.11.14-slim AS build
COPY LICENSE ./
FROM python:3.11.14-slim
USER server
HEALTHCHECK CMD ["true"]
ENTRYPOINT ["python"]
"""


@pytest.fixture(scope="module")
def text(root):
    return (root / "Dockerfile").read_text("utf-8")


@pytest.fixture(scope="module")
def ignore(root):
    return (root / ".dockerignore").read_text("utf-8")


def test_nothing_is_wrong_with_it(text, root, ignore):
    assert faults(text, root, ignore) == []
    bases = [stage[0].words[0] for stage in stages_of(steps_of(text))]
    assert len(set(bases)) == 1 and "@sha256:" in bases[0]


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("python:3.11.14-slim AS", "python:3.11-slim AS", "names no full version"),
        ("COPY LICENSE", "COPY nothing.txt LICENSE", "nothing.txt is not in the checkout"),
        ("COPY LICENSE ./", "COPY . .", "the whole checkout"),
        ("COPY LICENSE ./", "COPY tests tests", "left out by .dockerignore"),
        ("USER server", "USER root", "as root"),
        ('HEALTHCHECK CMD ["true"]', "HEALTHCHECK NONE", "no HEALTHCHECK"),
        ('ENTRYPOINT ["python"]', "ENTRYPOINT python -m app", "through a shell"),
        ('ENTRYPOINT ["python"]', "", "Nothing is started"),
        ("COPY LICENSE", "RUN apt-get update && \\\n    apt-get install curl\nCOPY LICENSE", "lists of apt"),
        ("COPY LICENSE", "RUN pip install numpy\nCOPY LICENSE", "pip's cache"),
        ("COPY LICENSE", "ENV VISEMESYNC_TOKEN=word\nCOPY LICENSE", "a secret"),
        ("COPY LICENSE", "RUN curl https://example.org/x | sh\nCOPY LICENSE", "no checksum"),
    ],
)
def test_what_would_be_wrong_is_told(old, new, told, root, ignore):
    assert faults(GOOD, root, ignore) == []
    found = faults(GOOD.replace(old, new), root, ignore)
    assert any(told in each for each in found), found


def test_it_takes_what_the_wheel_is_made_of_and_nothing_else(text, root, ignore):
    """The list of the wheel and that of the image are the same files."""
    taken = {
        path
        for step in steps_of(text)
        if step.word == "COPY" and "from" not in step.options
        for source in copied(step)[0]
        for path in files_of(root, source, ignore)
    }
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    wanted = project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    needed = {path for name in wanted for path in files_of(root, name, "**/__pycache__\n**/node_modules")}
    beside = {
        root / name
        for name in (
            "pyproject.toml",
            "README.md",
            "LICENSE",
            "assets/locks/server.txt",
            "a2f-server/requirements.txt",
            "a2f-server/requirements-cuda.txt",
        )
    }
    assert taken - needed == beside and needed <= taken


KEPT_OUT = (
    "app/__pycache__/cli.pyc", "app/remote/web/node_modules/three/x.js", ".git/config", "tests/conftest.py", "assets/eval/x.py", "run.py",
)  # fmt: skip


@pytest.mark.parametrize("name, out", [*((name, True) for name in KEPT_OUT), ("app/cli.py", False), ("assets/avatar.glb", False)])
def test_what_dockerignore_keeps_out(name, out, ignore):
    assert is_ignored(PurePosixPath(name), ignore) is out


def test_its_start_is_a_verb_and_its_requirements_exist(text, root):
    last = stages_of(steps_of(text))[-1]
    program = next(step.words for step in last if step.word == "ENTRYPOINT")
    assert program[:3] == ["python", "-m", "app"]
    options = build_parser().parse_args(program[3:])
    assert options.verb == "serve" and options.host == "0.0.0.0"
    assert {name for name in re.findall(r"REQUIREMENTS=([\w.-]+)", text) if not (root / "a2f-server" / name).is_file()} == set()


def test_compose_builds_both_and_reserves_a_gpu_for_one(root):
    services = yaml.safe_load((root / "docs/deploy/compose.yaml").read_text("utf-8"))["services"]
    assert set(services) == {"server", "server-cuda"}
    for name, service in services.items():
        assert (root / "docs/deploy" / service["build"]["context"]).resolve() == root
        assert (root / "a2f-server" / service["build"]["args"]["REQUIREMENTS"]).is_file()
        assert service["cap_drop"] == ["ALL"] and service["environment"]["VISEMESYNC_TOKEN"].startswith("${VISEMESYNC_TOKEN:?")
        assert build_parser().parse_args(["serve", *service["command"]]).device == ("cuda" if "cuda" in name else "auto")
    devices = services["server-cuda"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}] and "deploy" not in services["server"]


def commands(root, name):
    """Every line of a document's examples, and what stands between backquotes in its prose."""
    parts = re.split(r"^ *```.*$", (root / name).read_text("utf-8"), flags=re.MULTILINE)
    lines = [line.partition("#")[0].strip() for block in parts[1::2] for line in block.splitlines()]
    return lines, [span for prose in parts[::2] for span in re.findall(r"`([^`\n]+)`", prose)]


def test_the_guides_steps_are_in_its_order_and_their_commands_exist(root):
    """Instance, requirements, server, address, health, use, and the same without a GPU."""
    text = (root / "docs/server.md").read_text("utf-8")
    section = text[text.index("## The pod guide") : text.index("## Beyond one process")]
    marks = [
        "Launch an instance",
        "pip install -r requirements.txt",
        "export VISEMESYNC_TOKEN=$(openssl rand -hex 24)",
        "python server.py\n",
        "public address",
        "curl -H",
        "server address of VisemeSync",
        "run.py serve --source mock",
    ]
    assert sorted(marks, key=section.index) == marks
    for name in ("docs/server.md", "docs/runpod.md"):
        lines, spans = commands(root, name)
        for line in (
            each.replace("run.py serve", "-m app serve").replace("…", "")
            for each in (*lines, *spans)
            if "py serve" in each or "-m app serve" in each
        ):
            words = shlex.split(line.partition("-m app ")[2], comments=True)
            assert build_parser().parse_args(words).verb == "serve", line
        for line in (*lines, *spans):
            for path in re.findall(r"(?:pip install -r (?:a2f-server/)?|REQUIREMENTS=)([\w.-]+)", line):
                assert (root / "a2f-server" / path).is_file(), line
            for path in re.findall(r"-f (\S+\.yaml)", line):
                assert (root / path).is_file()


def test_the_addresses_that_are_asked_exist(text, root):
    """By the health check and by the guide."""
    from app.remote.server.serving import serve  # noqa: F401  (the server's extra is there)

    routes = "".join(path.read_text("utf-8") for path in (root / "app/remote/server").rglob("*.py"))
    assert '"/v1/health/ready"' in routes and '"/health"' in routes
    assert "app.remote.server.whereabouts" in text and "8000" in next(step.rest for step in steps_of(text) if step.word == "EXPOSE")
