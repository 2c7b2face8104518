"""Every way in which a server cannot be used has its own sentence; a person may vouch for a certificate, and for no other one."""

from __future__ import annotations

import errno
import gc
import socket as sockets
import threading
from contextlib import ExitStack

import httpx
import numpy as np
import pytest
from fastapi import FastAPI, Response

from app.audio.clips import write_wav
from app.cli import main
from app.core.errors import ServiceError
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.remote.client import known_server
from app.remote.client.reaching import why_not
from app.remote.client.refusals import retry_after_s
from app.remote.client.remote_source import RemoteSource
from app.remote.finding import find_server
from app.remote.link.keys import KEYS, without_key
from app.remote.link.meter import LinkMeter
from app.remote.link.proxies import proxy_for
from app.remote.link.tls import CA_VARIABLE, shown_certificate
from app.remote.link.trust import TRUSTED, UntrustedCertificate, fingerprint_of, read_fingerprint
from tests.wires.certificates import self_signed


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    """Neither keys nor certificates of other tests, and a short patience."""
    monkeypatch.setattr(KEYS, "_known", {})
    monkeypatch.setattr(TRUSTED, "_known", {})
    monkeypatch.setattr(known_server, "_TIMEOUT_S", 0.4)


@pytest.fixture
def listener():
    """Takes a few connections and never says anything -> its port."""
    with sockets.create_server(("127.0.0.1", 0), backlog=0) as one:
        yield one.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    """Where nobody listens."""
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def refused(url: str) -> str:
    """What a person reads; one sentence of reasonable length."""
    gc.collect()  # nothing of the server is known from an earlier question
    with pytest.raises(ServiceError) as error:
        RemoteSource(url).check()
    sentence = str(error.value)
    assert sentence.endswith(".") and ". " not in sentence and len(sentence) < 420, sentence
    return sentence


def frames_of(url: str) -> np.ndarray:
    """Half a second of silence, through HTTP and WebSocket."""
    speech = Speech(AudioClip(np.zeros(8000, np.float32), 16000))
    return concatenate(list(RemoteSource(url).generate(speech, threading.Event()))).arkit.weights


def test_nobody_there(free_port):
    sentence = refused(f"127.0.0.1:{free_port}")
    assert f"nothing listens on port {free_port}" in sentence and "usually 8000" in sentence and "start it" in sentence
    assert "no computer is called nowhere.invalid; check how" in refused("http://nowhere.invalid:8000")
    for code in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        assert "no way leads from this computer" in str(why_not("http://10.0.0.1:8000", OSError(code, "x")))


def test_silence_as_of_a_firewall_and_silence_after_connecting(listener):
    assert "took the connection and then said nothing" in (sentence := refused(f"127.0.0.1:{listener}")) and "region nearer" in sentence
    with ExitStack() as stack:
        for _ in range(4):  # the queue is full then, and further ones are dropped without a word
            each = stack.enter_context(sockets.socket())
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", listener))
        sentence = refused(f"127.0.0.1:{listener}")
    assert "firewall" in sentence and f"let port {listener} through" in sentence and f"curl http://127.0.0.1:{listener}/health" in sentence


def test_http_to_a_tls_port_and_https_to_a_plain_one(start_server, tmp_path):
    encrypted, plain = start_server(certificate=self_signed(tmp_path)), start_server()
    assert "speaks TLS; write https://" in refused(f"http://127.0.0.1:{encrypted.port}")
    assert "does not speak TLS; write http://" in refused(f"https://127.0.0.1:{plain.port}")


def test_certificates_that_nobody_vouches_for(start_server, tmp_path):
    mine, other, old = self_signed(tmp_path), self_signed(tmp_path, "gpu.example"), self_signed(tmp_path, days=-2)
    url = start_server(certificate=mine).url
    sentence = refused(url)
    assert "signed by nobody but itself" in sentence and mine.fingerprint in sentence and "--tls-ca" in sentence
    with pytest.raises(UntrustedCertificate) as untrusted:
        find_server(url.removeprefix("https://"))
    assert untrusted.value.fingerprint == mine.fingerprint and untrusted.value.server == f"remote:{url}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(CA_VARIABLE, str(other.cert))
        assert "made for another name" in refused(start_server(certificate=other).url)
        patched.setenv(CA_VARIABLE, str(old.cert))
        assert "has expired; put a new one" in refused(start_server(certificate=old).url)
        patched.setenv(CA_VARIABLE, str(tmp_path / "none.pem"))
        assert "none.pem cannot be read" in refused(url.replace("127.0.0.1", "localhost"))
        patched.setenv(CA_VARIABLE, str(mine.key))
        assert "holds no certificates" in refused(url.replace("127.0.0.1", "localhost"))


def test_a_certificate_is_trusted_by_its_fingerprint_and_no_other_one_is(start_server, tmp_path):
    mine, other = self_signed(tmp_path), self_signed(tmp_path, "gpu.example", days=-2)
    server = start_server(certificate=mine, token="sesame-open-up-now")
    url, port = server.url, server.port
    with pytest.raises(ServiceError, match="wants a token"):  # it is asked only after its certificate was looked at
        find_server(f"{url}#sha256={mine.fingerprint}")
    found = find_server(f"127.0.0.1:{port}/t/sesame-open-up-now#sha256={mine.fingerprint.replace(':', '').lower()}")
    assert found.spec == f"remote:{url}" and TRUSTED.find(found.spec) == mine.fingerprint and found.status.mock
    assert len(frames_of(url)) == 30
    ear = RemoteSource(url).live(LinkMeter(), lambda _: None)
    while not len(ear.push(np.zeros(160, np.float32))):
        threading.Event().wait(0.01)
    ear.close()
    del ear
    gc.collect()
    server.stop()
    server = start_server(certificate=other, token="sesame-open-up-now", port=port)
    sentence = refused(url)
    assert "is another one than you trusted" in sentence and other.fingerprint in sentence and server.state.metrics is not None
    with pytest.raises(ServiceError, match="64 digits from 0 to F"):
        RemoteSource(f"{url}#sha256=12:34")
    without_key(f"remote:{url}#sha256={other.fingerprint}")  # a project of a stranger does not change what was trusted
    assert TRUSTED.find(found.spec) == mine.fingerprint
    TRUSTED.use(found.spec, other.fingerprint)  # whatever name or date stands in it
    assert len(frames_of(url)) == 30


def test_a_file_of_certificates_is_as_good_as_an_authority(start_server, tmp_path, monkeypatch):
    mine = self_signed(tmp_path)
    url = start_server(certificate=mine).url
    monkeypatch.setenv(CA_VARIABLE, str(mine.cert))
    assert len(frames_of(url)) == 30
    assert (
        fingerprint_of(shown_certificate("127.0.0.1", int(url.rpartition(":")[2])))
        == mine.fingerprint
        == read_fingerprint(mine.fingerprint)
    )


def test_the_command_line_trusts_a_file_or_a_fingerprint(start_server, tmp_path, monkeypatch, capsys):
    mine, sound = self_signed(tmp_path), tmp_path / "a.wav"
    write_wav(sound, AudioClip(np.zeros(8000, np.float32), 16000))
    monkeypatch.setenv(CA_VARIABLE, "")
    source = f"remote:{start_server(certificate=mine).url}"
    for number, words in enumerate((["--source", source, "--tls-ca", str(mine.cert)], ["--source", f"{source}#sha256={mine.fingerprint}"])):
        assert main(["animate", str(sound), "-o", str(tmp_path / f"{number}.csv"), *words]) == 0
        monkeypatch.setenv(CA_VARIABLE, "")
        gc.collect()
    assert main(["animate", str(sound), "-o", str(tmp_path / "no.csv"), "--source", source]) == 3
    assert "signed by nobody but itself" in capsys.readouterr().err and not (tmp_path / "no.csv").exists()


def test_tokens_that_are_missing_or_wrong(start_server):
    url = start_server(token="sesame-open-up-now").url
    missing, wrong = refused(url), refused(f"{url}/t/another-word-of-some")
    assert (
        "wants a token" in missing
        and "refuses this token" in wrong
        and "VISEMESYNC_REMOTE_TOKEN" in missing
        and "another-word" not in wrong
    )


def test_strangers_and_proxies_with_nobody_behind(start_app, free_port):
    web = FastAPI()
    web.get("/")(lambda: Response("<html>", media_type="text/html"))
    assert "not as a lip-sync server; check" in refused(start_app(web))
    other = FastAPI()
    other.get("/")(lambda: {"hello": "world"})
    other.get("/health")(lambda: {"status": "up"})
    assert "not as a lip-sync server" in refused(start_app(other))
    hoster = FastAPI()
    hoster.get("/")(lambda: Response("Bad gateway", 502))
    assert "(status 502), but nobody behind it; see that the machine runs" in refused(start_app(hoster))
    sends_on = FastAPI()
    sends_on.get("/")(lambda: Response("", 301, {"Location": "https://pod-8000.example/"}))
    assert "over TLS; write https://" in refused(start_app(sends_on))

    def greet(one: sockets.socket) -> None:
        for _ in range(3):
            way, _ = one.accept()
            way.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            way.close()

    with sockets.create_server(("127.0.0.1", 0)) as one:
        thread = threading.Thread(target=greet, args=(one,))
        thread.start()
        assert "gives no answer that can be read" in refused(f"127.0.0.1:{one.getsockname()[1]}")
        thread.join(5)


def test_a_proxy_is_never_on_the_way_to_this_machine(start_server, monkeypatch, free_port):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://user:secret@127.0.0.1:{free_port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "near.example")
    assert len(frames_of(start_server().url)) == 30
    assert [proxy_for(f"http://{host}:8000") for host in ("localhost", "[::1]", "127.0.0.9", "near.example", "a.localhost")] == [None] * 5
    assert proxy_for("https://far.example") == f"http://user:secret@127.0.0.1:{free_port}"
    sentence = refused("http://far.example:8000")
    assert f"the proxy 127.0.0.1:{free_port}" in sentence and "add far.example to NO_PROXY" in sentence and "secret" not in sentence
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:9")
    assert "of a kind that cannot be used" in refused("http://far.example:8000")


def test_when_to_come_again():
    later = httpx.Response(200, headers={"Date": "Wed, 21 Oct 2065 07:28:00 GMT"}).headers["Date"]
    assert [retry_after_s(text) for text in (None, "2", "-1", "soon", "nan", "inf", "1e9")] == [None, 2.0, 0.0, None, None, None, 86_400.0]
    assert retry_after_s(later) == 86_400.0 and retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
