"""The commands of the guides, ours and VisemeSync's, are read from the documents and run: clone, install, start, curl.

What stands in for a rented machine: ``git clone`` puts this checkout there, pip may install nothing and must find everything installed, and
port 8000, which may be taken here, is another one. The same steps in an empty environment are `run.py serve` on a bare machine and
assets/packaging/image/image_check.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the guides speak to a shell of Linux")
#: a server in the foreground, as it stands in a line
SERVES = re.compile(r"^(python3? server\.py|python3 run\.py serve|python3? -m app serve)")


def blocks(text: str) -> list[list[str]]:
    """The lines of each example for a shell, comments left out."""
    parts = re.split(r"^ *```(.*)$", text, flags=re.MULTILINE)[1:]
    examples = [example for language, example in zip(parts[::4], parts[1::4], strict=True) if language in ("", "bash")]
    return [[line for raw in example.splitlines() if (line := raw.partition("#")[0].strip())] for example in examples]


@dataclass
class Shell:
    """One terminal, and what was started in it.

    Attributes:
        folder: where it is.
        environment: what was exported.
        port: in place of 8000.
        servers: those that run.
        answers: of curl.
    """

    folder: Path
    environment: dict[str, str]
    port: int
    servers: contextlib.ExitStack
    answers: list[dict] = field(default_factory=list)

    def type(self, line: str) -> None:
        """Enter a line; a server goes to the background once it says where it is."""
        if SERVES.match(line):
            self._serve(f"{line} --port {self.port}")
            return
        line = line.replace("://IP:", "://127.0.0.1:").replace("://YOUR_IP:", "://127.0.0.1:").replace(":8000", f":{self.port}")
        script = f"{line}\nstatus=$?; pwd >&3; env -0 >&4; exit $status"
        with open(self.folder_file("pwd"), "w+") as where, open(self.folder_file("env"), "w+") as exported:  # noqa: PTH123
            command = ["bash", "-c", f"exec 3>{where.name} 4>{exported.name}\n{script}"]
            done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
            self.folder = Path(where.read().strip())
            self.environment = dict(pair.split("=", 1) for pair in exported.read().split("\0") if pair)
        if line.startswith("curl"):
            self.answers.append(json.loads(done.stdout))

    def folder_file(self, name: str) -> str:
        """Where a line leaves what the next one begins with."""
        return str(Path(self.environment["HOME"]) / f"after.{name}")

    def _serve(self, line: str) -> None:
        self.servers.close()
        process = subprocess.Popen(
            ["bash", "-c", f"exec {line}"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.servers.callback(process.communicate, timeout=20)
        self.servers.callback(process.terminate)
        said = process.stdout.readline()
        assert said.startswith("Serving "), f"{line}\n{said}{process.stderr.read()}"
        while '"serving"' not in process.stderr.readline():
            assert process.poll() is None


@pytest.fixture
def machine(root, tmp_path):
    """A rented machine: its own git, pip and Pythons; nothing in its home."""
    programs, home = tmp_path / "bin", tmp_path / "home"
    programs.mkdir()
    home.mkdir()
    clone = (
        f'[ "$1" = clone ] && [ -n "$3" ] && mkdir "$3" && cd "$3" && cp -r {root}/run.py {root}/pyproject.toml {root}/a2f-server . && '
        f"ln -s {root}/app {root}/models {root}/assets . && mkdir -p .venv/bin && cp {programs}/python .venv/bin/python && "
        f'{sys.executable} -c \'import run; run.VENV.joinpath("setup-stamp").write_text(run.stamp(["server"]))\''
    )
    for name, script in {
        "git": clone,
        "python": f'exec {sys.executable} "$@"',
        "python3": f'exec {sys.executable} "$@"',
        "pip": f'exec {sys.executable} -m pip "$@" --no-index --no-deps --quiet --disable-pip-version-check',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (programs / name).chmod(0o755)
    with socket.socket() as probe, contextlib.ExitStack() as servers:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VISEMESYNC")}
        environment = {
            **kept,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(home),
            "NO_PROXY": "127.0.0.1,localhost",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        yield Shell(home, environment, port, servers)


def test_our_guide_from_the_clone_to_the_answer(machine, root):
    text = (root / "docs/server.md").read_text("utf-8")
    section = text[text.index("## The pod guide") : text.index("### As an image")]
    install, start, ask, *at_home = blocks(section)
    for line in (*install, *start, *ask):
        machine.type(line)
    assert len(machine.environment["VISEMESYNC_TOKEN"]) >= 16
    machine.environment.pop("VISEMESYNC_TOKEN")
    for block in at_home:
        machine.folder = Path(machine.environment["HOME"], "visemesync-preview")
        for line in block:
            machine.type(line)
    assert [(answer["status"], answer["source"]) for answer in machine.answers] == [
        ("healthy", "a2f"),
        ("healthy", "mock"),
        ("healthy", "mock"),
    ]


def test_the_pods_page_too(machine, root):
    install = blocks((root / "docs/runpod.md").read_text("utf-8"))[-1]
    for line in (*install, 'curl -H "Authorization: Bearer $VISEMESYNC_TOKEN" http://IP:8000/health'):
        machine.type(line)
    assert machine.answers[-1]["status"] == "healthy"


@pytest.mark.shared
def test_visemesyncs_guide_word_for_word(machine, shared):
    """Its folder is the one of the clone, where `server.py` and `requirements.txt` lie; nothing else is changed."""
    machine.type("git clone REPOSITORY viseme-sync-main")
    machine.environment["HOME"] = str(Path(machine.environment["HOME"], "viseme-sync-main"))
    text = (shared / "seed/audio2face-integration-guide.md").read_text("utf-8", "replace")
    lines = [line for block in blocks(text) for line in block if re.match(r"(cd|mkdir|pip|python|curl)\b", line)]
    assert [line for line in lines if line.startswith("pip")] == ["pip install -r requirements.txt", "pip install fastapi uvicorn numpy"]
    for line in lines:
        if line.startswith("cd a2f-server"):
            machine.folder = Path(machine.environment["HOME"])
        machine.type(line.replace("mkdir a2f-server", "mkdir -p a2f-server"))
    machine.type("curl http://localhost:8000/health")
    assert [answer["status"] for answer in machine.answers] == ["healthy", "healthy"]
