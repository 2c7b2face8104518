"""The Dockerfile's steps in a bare Debian, without Docker: ``sudo python3 -m assets.packaging.image.image_check [--cuda]``.

``python:3.11-slim`` is Debian with a Python of its own; here it is Debian 12 with Debian's 3.11, made by debootstrap. Every RUN is run,
every COPY is copied through .dockerignore, and the server is started as the image's user and asked how it is by the HEALTHCHECK and from
outside. What this does not show: Docker's own build, its network, limits and GPUs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from assets.packaging.contents import ROOT
from assets.packaging.image.dockerfile import Step, copied, faults, files_of, stages_of, steps_of

SUITE = "bookworm"
#: beside what is essential: python:3.11-slim has a Python with pip and venv, and certificates
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
MIRROR = "http://deb.debian.org/debian"
PORT = 8000
#: python:3.11-slim-bookworm without its layers' packing, and what the image for a processor may have in all
SLIM_MIB, MOST_MIB = 125, 500
_READY_S = 90.0
_TOKEN = "of-this-check-alone"
#: what of this machine's environment the steps need where it stands behind a proxy
_PASSED_ON = re.compile(r"(https?|no)_proxy|(SSL|PIP|REQUESTS|CURL)_.*CERT.*|SSL_CERT_FILE|PIP_(INDEX_URL|DEFAULT_TIMEOUT)", re.IGNORECASE)
_BUNDLE = Path("etc/ssl/certs/ca-certificates.crt")


def say(text: str) -> None:
    """One line of progress."""
    print(f"[image] {text}", flush=True)


def base_system(folder: Path) -> Path:
    """A bare Debian with Python, as the image's base has it.

    Args:
        folder: where it goes.
    """
    say(f"debootstrap {SUITE} with {PACKAGES}")
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(folder), MIRROR]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        raise SystemExit("debootstrap failed; it needs root and Debian's mirror: run it by hand to see why.")
    (folder / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    if Path("/", _BUNDLE).exists():
        shutil.copy(Path("/", _BUNDLE), folder / _BUNDLE)
    return folder


class BuiltStage:
    """One stage of the image as a folder that is changed step by step.

    Args:
        system: a copy of the base.
        arguments: values of ARG that are given.
        others: folders of earlier stages, by name.
    """

    def __init__(self, system: Path, arguments: dict[str, str], others: dict[str, Path]) -> None:
        self.system = system
        self.user = "root"
        self.folder = "/"
        self.program: list[str] = []
        self.health: list[str] = []
        self.environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root"}
        self._arguments = arguments
        self._others = others

    def do(self, step: Step) -> None:
        """One instruction.

        Raises:
            SystemExit: a command failed.
        """
        if step.word == "ARG":
            name, _, value = step.rest.partition("=")
            self.environment[name] = self._arguments.get(name, value)
        elif step.word == "ENV":
            self.environment.update(word.split("=", 1) for word in step.words)
        elif step.word == "WORKDIR":
            self.folder = step.rest
            self._path(step.rest).mkdir(parents=True, exist_ok=True)
        elif step.word == "COPY":
            self._copy(step)
        elif step.word == "RUN":
            say(f"RUN {step.rest[:100]}")
            start_s = time.monotonic()
            if self.start(["/bin/sh", "-c", step.rest]).wait() != 0:
                raise SystemExit(f"Line {step.line} of the Dockerfile failed; see the lines above.")
            say(f"    {time.monotonic() - start_s:.0f} s")
        elif step.word == "USER":
            self.user = step.rest
            self.environment["HOME"] = f"/home/{step.rest}"
        elif step.word == "HEALTHCHECK":
            self.health = json.loads(step.rest.partition("CMD ")[2])
        elif step.word == "ENTRYPOINT":
            self.program = step.words

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Run something in it as its user."""
        passed_on = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
        inside = [
            shutil.which("chroot") or "/usr/sbin/chroot",
            f"--userspec={self.user}",
            str(self.system),
            "/bin/sh",
            "-c",
            f'cd {self.folder} && exec "$@"',
            "sh",
            *command,
        ]
        return subprocess.Popen(inside, env={**passed_on, **self.environment})

    def _path(self, name: str) -> Path:
        return self.system / os.path.join(self.folder, name).lstrip("/")  # noqa: PTH118  (a path of the system inside)

    def _copy(self, step: Step) -> None:
        sources, target = copied(step)
        if "from" in step.options:
            for source in sources:
                self._path(target).parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(
                    ["cp", "-a", str(self._others[step.options["from"]] / source.lstrip("/")), str(self._path(target))], check=True
                )
            return
        ignore = (ROOT / ".dockerignore").read_text("utf-8")
        for source in sources:
            for path in files_of(ROOT, source, ignore):
                inside = Path(path.name) if (ROOT / source).is_file() else path.relative_to(ROOT / source)
                out = self._path(target) / inside
                out.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, out)


@contextlib.contextmanager
def mounts(system: Path) -> Iterator[None]:
    """What a container has: /proc, and shared memory. The namespace of this process takes them away in the end, too."""
    (system / "dev/shm").mkdir(parents=True, exist_ok=True)
    wanted = ((["-t", "proc", "proc"], "proc"), (["-t", "tmpfs", "-o", "mode=1777", "tmpfs"], "dev/shm"))
    for words, where in wanted:
        subprocess.run(["mount", *words, str(system / where)], check=True)
    try:
        yield
    finally:
        for _, where in reversed(wanted):
            subprocess.run(["umount", "-l", str(system / where)], check=False)


def build(folder: Path, arguments: dict[str, str]) -> BuiltStage:
    """All stages.

    Args:
        folder: to work in.
        arguments: values of ARG.

    Returns:
        The last one.
    """
    base = base_system(folder / "base")
    named: dict[str, Path] = {}
    stage = BuiltStage(base, arguments, named)
    for number, steps in enumerate(stages_of(steps_of((ROOT / "Dockerfile").read_text("utf-8")))):
        system = folder / f"stage{number}"
        subprocess.run(["cp", "-a", str(base), str(system)], check=True)
        stage = BuiltStage(system, arguments, named)
        with mounts(system):
            for step in steps[1:]:
                stage.do(step)
        words = steps[0].words
        if words[1:2] in (["AS"], ["as"]):
            named[words[2]] = system
    before = int(subprocess.run(["du", "-sm", str(base)], capture_output=True, text=True, check=True).stdout.split()[0])
    after = int(subprocess.run(["du", "-sm", str(stage.system)], capture_output=True, text=True, check=True).stdout.split()[0])
    say(f"the image adds {after - before} MiB to its base, {before} MiB")
    if after - before + SLIM_MIB > MOST_MIB and not arguments:
        raise SystemExit(f"With {SLIM_MIB} MiB of python:3.11-slim that is more than {MOST_MIB}; see what requirements.txt brings.")
    return stage


def serve(stage: BuiltStage, source: str, port: int) -> None:
    """Start the server as the image does, ask it, and stop it.

    Args:
        stage: the image.
        source: what animates.
        port: to serve on; the health check is not told of it.

    Raises:
        SystemExit: it does not answer as it should.
    """
    stage.environment["VISEMESYNC_TOKEN"] = _TOKEN
    start_s = time.monotonic()
    server = stage.start([*stage.program, "--source", source, "--port", str(port)])
    try:
        while stage.start(stage.health).wait() != 0:
            if server.poll() is not None or time.monotonic() - start_s > _READY_S:
                raise SystemExit(f"The server with {source} does not come up; see the lines above.")
            time.sleep(0.5)
        say(f"{source}: HEALTHCHECK passes after {time.monotonic() - start_s:.1f} s")
        refused = _asked(port, "/health", "")
        status, health = _asked(port, "/health", _TOKEN)
        say(f"{source}: /health without the token {refused[0]}, with it {status} {health}")
        owner = Path(f"/proc/{server.pid}").stat().st_uid
        say(f"{source}: runs as user {owner}")
        if refused[0] != 401 or status != 200 or health.get("status") != "healthy" or owner == 0:
            raise SystemExit("That is not as it should be.")
    finally:
        server.terminate()
        say(f"{source}: SIGTERM ends it with {server.wait(30)}")


def _asked(port: int, path: str, token: str) -> tuple[int, dict[str, object]]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {}


def main(arguments: Sequence[str]) -> int:
    """The command.

    Args:
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(prog="image_check", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cuda", action="store_true", help="with torch, as for cards of NVIDIA's")
    options = parser.parse_args(list(arguments))
    wrong = faults((ROOT / "Dockerfile").read_text("utf-8"), ROOT, (ROOT / ".dockerignore").read_text("utf-8"))
    if wrong:
        raise SystemExit("\n".join(wrong))
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise SystemExit("This needs root and debootstrap; install it with: sudo apt-get install -y debootstrap")
    if os.environ.get("VISEMESYNC_OWN_MOUNTS") != "1":
        again = ["unshare", "--mount", "--propagation", "private", sys.executable, "-m", __spec__.name, *arguments]
        return subprocess.run(again, env={**os.environ, "VISEMESYNC_OWN_MOUNTS": "1"}, check=False).returncode
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            raise SystemExit(f"Port {PORT} is taken, and the image serves there; stop what listens, then try again.")
    folder = Path(tempfile.mkdtemp(prefix="visemesync-image-"))
    try:
        stage = build(folder, {"REQUIREMENTS": "requirements-cuda.txt"} if options.cuda else {})
        with mounts(stage.system):
            for source, port in (("a2f", PORT), ("mock", PORT + 1)):
                serve(stage, source, port)
    finally:
        subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=False)
    say("All is well.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
