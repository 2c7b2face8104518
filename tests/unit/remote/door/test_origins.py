"""Names, pages and tokens: who may ask at all."""

from __future__ import annotations

import os

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from app.remote.server.door.origins import Origins
from app.remote.server.door.tokens import Tokens
from app.remote.server.settings import ServerSettings, SettingsError

TOKEN, OTHER = "a-token-of-the-tests", "another-of-the-tests"
EVIL = {"Origin": "https://evil.example"}


@pytest.mark.parametrize(("host", "good"), [
    ("localhost:8000", True), ("127.0.0.1", True), ("[::1]:8000", True), ("192.168.1.7:8000", True), ("app.localhost", True), ("", True),
    ("LOCALHOST.", True), ("evil.example", False), ("evil.example:8000", False), ("localhost.evil.example", False),
    ("127.0.0.1.evil.example", False), ("127.0.0.1@evil.example", False), ("localhost:8000:evil", False),
])  # fmt: skip
def test_a_server_of_one_desk_goes_by_its_own_names(host, good):
    assert Origins(ServerSettings(source="mock")).host_allowed(host) is good


def test_further_names_are_those_that_were_given():
    named = Origins(ServerSettings(source="mock", host="0.0.0.0", token=TOKEN, hosts=("faces.example",)))
    assert named.host_allowed("faces.example:443") and not named.host_allowed("evil.example")
    assert Origins(ServerSettings(source="mock", hosts=("*",))).host_allowed("evil.example")
    # everywhere and with a token: nobody knows the names, and without the token they open nothing
    assert Origins(ServerSettings(source="mock", host="0.0.0.0", token=TOKEN)).host_allowed("pod-8000.proxy.example")
    assert not Origins(ServerSettings(source="mock", host="10.0.0.5", token=TOKEN)).host_allowed("evil.example")


@pytest.mark.parametrize(("origin", "good"), [
    ("http://localhost:3000", True), ("https://127.0.0.1", True), ("http://[::1]:5173", True), ("http://faces.example:8000", True),
    ("https://mine.example", True), ("https://MINE.example", True), ("null", False), ("https://evil.example", False), ("", False),
    ("http://localhost.evil.example", False), ("http://localhost@evil.example", False), ("file://localhost", False),
    ("http://faces.example:8001", False), ("http://evil.example:99999", False),
])  # fmt: skip
def test_pages_of_this_machine_of_the_server_and_those_listed_may_call(origin, good):
    origins = Origins(ServerSettings(source="mock", cors=("https://mine.example/",)))
    assert origins.origin_allowed(origin, "faces.example:8000") is good


def test_a_page_of_another_site_cannot_read_post_or_open_a_socket(start_server):
    server = start_server()
    url, sound = server.url, {"audio": ("a.wav", bytes(4000), "audio/pcm")}
    answers = [httpx.get(url + "/health", headers=EVIL), httpx.post(url + "/process-sync", files=sound, headers=EVIL)]
    answers += [httpx.options(url + "/process", headers={**EVIL, "Access-Control-Request-Method": "POST"})]
    for answer in answers:
        assert answer.status_code == 403 and "--cors" in answer.json()["detail"] and "access-control-allow-origin" not in answer.headers
    for path in ("/v1/stream", "/ws/12345678"):
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{server.port}{path}", origin="https://evil.example", proxy=None)
        assert refused.value.response.status_code == 403 and b"--cors" in refused.value.response.body


def test_nobodys_page_reads_the_figures_and_any_other_name_is_refused(start_server):
    server = start_server(cors=("*",))
    for origin in ("https://evil.example", "http://localhost:3000"):
        answer = httpx.get(server.url + "/metrics", headers={"Origin": origin})
        assert answer.status_code == 200 and "access-control-allow-origin" not in answer.headers
    answer = httpx.get(server.url + "/health", headers={"Host": f"evil.example:{server.port}"})
    assert answer.status_code == 421 and "--allow-host" in answer.json()["detail"]
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{server.port}/v1/stream", additional_headers={"Host": "evil.example"}, proxy=None)
    assert refused.value.response.status_code in (400, 421)
    for path in ("/demo/three/a%00.js", "/%00", "/%0a"):
        assert httpx.get(server.url + path).status_code == 404


def test_tokens_of_a_file_change_while_the_server_runs(tmp_path, start_server):
    file = tmp_path / "tokens"
    file.write_text(f"# of the studio\n\n  {TOKEN}  \n")
    url = start_server(token_file=file, token="the-token-of-the-line").url

    def status(token: str) -> int:
        return httpx.get(url + "/health", headers={"Authorization": f"Bearer {token}"}).status_code

    assert [status(each) for each in (TOKEN, "the-token-of-the-line", OTHER, "# of the studio")] == [200, 200, 401, 401]
    file.write_text(OTHER)
    os.utime(file, ns=(1, 1))
    assert [status(each) for each in (TOKEN, "the-token-of-the-line", OTHER)] == [401, 200, 200]
    file.write_text("short")
    assert status(OTHER) == 200
    file.unlink()
    assert status(OTHER) == 200


def test_tokens_that_can_be_guessed_are_one_sentence(tmp_path):
    file = tmp_path / "tokens"
    for settings, words in (
        ({"token": "x"}, "at least 16"),
        ({"tokens": (TOKEN, "y")}, "at least 16"),
        ({"token_file": file}, "cannot be read"),
    ):
        with pytest.raises(SettingsError, match=words):
            ServerSettings(source="mock", **settings)
    for text, words in (("", "no tokens"), ("# nothing\n", "no tokens"), (f"{TOKEN}\nx\n", "Line 2"), (b"\xff\xfe", "cannot be read")):
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(SettingsError, match=words) as error:
            ServerSettings(source="mock", token_file=file)
        assert TOKEN not in str(error.value)
    settings = ServerSettings(source="mock", token=TOKEN, tokens=(OTHER,))
    assert TOKEN not in repr(settings) and OTHER not in repr(settings)
    assert Tokens(settings).allow(OTHER) and not Tokens(settings).allow("") and not Tokens(settings).allow("\udcff" * 16)


def test_a_right_token_never_waits_and_a_guess_does(start_server):
    server = start_server(token=TOKEN)
    with httpx.Client(headers={"Authorization": "Bearer a-guess-at-the-token"}) as guessing:
        answers = [guessing.get(server.url + "/health") for _ in range(9)]
    assert [each.status_code for each in answers] == [401] * 8 + [429] and answers[-1].headers["retry-after"] == "1"
    assert "Too many wrong tokens" in answers[-1].json()["detail"] and "not this server's token" in answers[0].json()["detail"]
    assert httpx.get(server.url + "/health", headers={"Authorization": f"Bearer {TOKEN}"}).elapsed.total_seconds() < 0.2
    assert "Give this server's token" in httpx.get(server.url + "/health").json()["detail"]
