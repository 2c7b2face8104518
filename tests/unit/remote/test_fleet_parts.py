"""The parts of a fleet, each by itself: the real HAProxy takes its configuration, figures are joined, settings travel whole."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys

import pytest

from app.cli import build_parser, main
from app.remote.client.opening import session_of
from app.remote.fleet import proxy as proxies
from app.remote.fleet.figures import joined
from app.remote.fleet.handing_over import from_text, to_text
from app.remote.fleet.proxy import Proxy, haproxy_program
from app.remote.fleet.proxy_config import Front, configuration
from app.remote.fleet.reports import Report
from app.remote.server.door.listening import bind
from app.remote.server.settings import ServerSettings

with_haproxy = pytest.mark.skipif(
    shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin") is None, reason="HAProxy is not installed"
)
TOKEN = "never-to-be-seen-anywhere"


def certificate(folder, name: str):
    """A self-signed certificate and its key."""
    files = [folder / f"{name}.pem", folder / f"{name}.key"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}"]
    subprocess.run([*command, "-days", "2", "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


@with_haproxy
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_haproxy_takes_the_configuration_and_it_tells_no_secret(tmp_path, host):
    pem, key = certificate(tmp_path, "here")
    settings = ServerSettings(host=host, port=0, token=TOKEN, tls_certificate=pem, tls_key=key, per_address=7)
    addresses = {"w1": f"unix@{tmp_path}/w1.sock", "w2": "10.0.0.7:4711"}
    with bind(settings) as listener:
        descriptor = listener.fileno()
        text = configuration(settings, Front(tmp_path, listener.fileno()), addresses)
        file = tmp_path / "haproxy.cfg"
        file.write_text(text)
        done = subprocess.run(
            [haproxy_program(), "-c", "-f", file], pass_fds=[listener.fileno()], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0 and "WARNING" not in done.stderr + done.stdout, done.stderr
    assert TOKEN not in text and "stats uri" not in text and "stats enable" not in text
    assert re.findall(r"^    stats .*", text, re.M) == [f"    stats socket {tmp_path}/admin.sock mode 600 level admin"]
    assert re.findall(r"^    bind (\S+) (\S+)", text, re.M) == [(f"fd@{descriptor}", "ssl")]
    assert "server w2 10.0.0.7:4711" in text and "sc0_conn_cur gt 7 " in text


@with_haproxy
def test_a_renewed_certificate_is_served_without_a_restart(tmp_path):
    first, second = certificate(tmp_path, "first"), certificate(tmp_path, "second")
    for name, file in zip(("cert", "key"), first, strict=True):
        shutil.copy(file, tmp_path / name)
    settings = ServerSettings(port=0, tls_certificate=tmp_path / "cert", tls_key=tmp_path / "key")
    folder = tmp_path / "f"
    folder.mkdir()

    def served(port: int) -> bytes:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", port), 5) as plain, context.wrap_socket(plain) as secure:
            return secure.getpeercert(binary_form=True)

    def expected(file) -> bytes:
        return ssl.PEM_cert_to_DER_cert(file.read_text())

    async def play(listener: socket.socket) -> None:
        proxy = Proxy(settings, Front(folder, listener.fileno()), {"w1": f"unix@{folder}/w1.sock"})
        try:
            await proxy.start()
            port = listener.getsockname()[1]
            assert await asyncio.to_thread(served, port) == expected(first[0])
            for name, file in zip(("cert", "key"), second, strict=True):
                shutil.copy(file, tmp_path / name)
            await proxy.renew_certificate()
            assert await asyncio.to_thread(served, port) == expected(second[0])
            (tmp_path / "key").write_text("no key")
            await proxy.renew_certificate()
            assert await asyncio.to_thread(served, port) == expected(second[0])
        finally:
            await proxy.stop()

    with bind(settings) as listener:
        asyncio.run(play(listener))


def test_without_haproxy_one_sentence_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(proxies.shutil, "which", lambda *_, **__: None)
    assert main(["serve", "--workers", "2", "--source", "mock", "--port", "0"]) == 3
    said = capsys.readouterr().err
    assert "sudo apt-get install haproxy" in said and said.count("\n") == 1
    monkeypatch.setattr(proxies.sys, "platform", "win32")
    assert main(["serve", "--cluster", "--source", "mock", "--port", "0"]) == 3
    assert "the image in Docker" in capsys.readouterr().err


def test_the_words_of_the_command_line(capsys):
    words = build_parser().parse_args(["serve", "--workers", "4"])
    assert (words.workers, words.cluster, words.as_worker) == (4, None, False)
    assert build_parser().parse_args(["serve", "--cluster"]).cluster == "local"
    for count in ("0", "-1", "257"):
        assert main(["serve", "--workers", count, "--source", "mock", "--port", "0"]) == 2
        assert "from 1 to 256 workers" in capsys.readouterr().err


@with_haproxy
def test_a_worker_that_cannot_serve_ends_the_fleet_with_its_own_sentence(root):
    command = [sys.executable, "-m", "app", "serve", "--workers", "2", "--source", "visemes", "--port", "0"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2 and done.stdout == ""
    assert "needs timed phones" in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr


def test_figures_are_joined_and_every_sample_names_its_worker():
    one = '# HELP v Voices\n# TYPE v gauge\nv 3.0\n# HELP r Refused\n# TYPE r counter\nr_total{reason="a {b}"} 1.0\nr_created 5\n'
    two = "# HELP v Voices\n# TYPE v gauge\nv 4.0\n"
    assert joined({"w1": one, "w2": two}).splitlines() == [
        "# HELP v Voices", "# TYPE v gauge", 'v{worker="w1"} 3.0', 'v{worker="w2"} 4.0',
        "# HELP r Refused", "# TYPE r counter", 'r_total{worker="w1",reason="a {b}"} 1.0', 'r_created{worker="w1"} 5',
    ]  # fmt: skip


def test_settings_travel_whole(tmp_path):
    file = tmp_path / "pem"
    file.write_text("")
    settings = ServerSettings(source="mock", token=TOKEN, cors=("http://a", "http://b"), tls_certificate=file, tls_key=file, worker="w3")
    assert from_text(to_text(settings)) == settings
    assert from_text('{"source": "mock", "of a newer program": 1}') == ServerSettings(source="mock")


def test_who_takes_a_stream_up_names_its_server_and_who_begins_one_names_none():
    assert session_of("w12-Ab-c", "word") == "w12-"
    assert session_of("", "word") == session_of("Ab-c", "word") == session_of("w-1", "word") == "word"


def test_a_report_is_read_back_and_nonsense_is_none():
    report = Report(True, 3, 3, "unix@/x")
    assert Report.read(report.line()) == report and report.is_full
    assert not Report(True, 3, 0).is_full and Report.read("Loading...") is None and Report.read("[1]") is None
