"""Keys are planted, everything goes wrong, and then all that the program wrote is searched for them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.clouds.chat_service import KEY, ChatService
from tests.clouds.plain_service import PlainService
from tests.clouds.speech_synthesis import SynthesisServer

SPEECH = "planted0speech0key0d41d8cd98f00b2"
CHAT = "planted-chat-key-e9800998ecf8427e"
LIVE = "planted-live-key-7815696ecbf1c96e"
PLANTED = (SPEECH, CHAT, LIVE, KEY)


def found_in(texts: Iterable[str | bytes]) -> list[str]:
    """Which planted keys stand in texts, whole or in pieces of twelve letters."""
    hay = [text.encode() if isinstance(text, str) else text for text in texts]
    pieces = {key[at : at + 12].encode() for key in PLANTED for at in range(len(key) - 11)} - {b"planted-chat", b"planted-live"}
    return sorted({piece.decode() for piece in pieces if any(piece in each for each in hay)})


def written(folder: Path) -> list[bytes]:
    """Every file under a folder, and its name."""
    return [part for path in folder.rglob("*") if path.is_file() for part in (path.read_bytes(), str(path).encode())]


@pytest.fixture
def app(root, tmp_path):
    """Run ``python -m app …`` with planted keys and folders of this test."""
    said: list[str] = []

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        env = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY") and "PROXY" not in key.upper()}
        env |= {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
        env |= {"PYTHONPATH": str(root), "NO_PROXY": "127.0.0.1,localhost", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        env |= {"SPEECH_KEY": SPEECH, "OPENAI_API_KEY": CHAT, "AZURE_VOICELIVE_API_KEY": LIVE, "AZURE_OPENAI_API_KEY": CHAT, **variables}
        env |= {"OPENAI_LOG": "debug", "PYTHONFAULTHANDLER": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "app", *words], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False
        )  # fmt: skip
        said.extend((done.stdout, done.stderr))
        return done

    run.said = said
    return run


def searched(app, tmp_path) -> None:
    """Nothing that was said or written holds a key."""
    assert found_in(app.said) == []
    assert found_in(written(tmp_path)) == []


def test_no_error_of_a_check_shows_a_key(app, tmp_path):
    with SynthesisServer(keys=(SPEECH,)) as speech, ChatService(CHAT) as chat, PlainService() as plain:
        plain.status, plain.body = 403, f"no {SPEECH} {CHAT} {LIVE}".encode()
        ways = {"SPEECH_ENDPOINT": speech.address, "OPENAI_BASE_URL": chat.url, "AZURE_VOICELIVE_ENDPOINT": plain.url}
        ways |= {"AZURE_VOICELIVE_MODEL": "gpt-realtime"}
        fine = app("doctor", "--azure", "--json", OPENAI_MODEL="mini", **ways)
        assert '"speech", "state": "ok"' in fine.stdout and '"chat", "state": "ok"' in fine.stdout, fine.stdout + fine.stderr
        chat.key = KEY
        for deployment, status in (("mini", 401), ("missing", 403), ("hangs-up", 429)):
            speech.refuse = status
            assert app("doctor", "--azure", OPENAI_MODEL=deployment, **ways).returncode == 3
        wrong = {**ways, "SPEECH_ENDPOINT": f"https://user:{SPEECH}@127.0.0.1:1/{CHAT}?key={SPEECH}"}
        assert app("doctor", "--azure", **wrong).returncode == 3
        swapped = {"SPEECH_REGION": SPEECH, "OPENAI_BASE_URL": CHAT, "OPENAI_MODEL": CHAT}
        assert app("doctor", "--azure", **swapped).returncode == 3
    assert any("refuses the key" in each for each in app.said)
    searched(app, tmp_path)


def test_no_error_of_a_voice_shows_a_key(app, tmp_path):
    with SynthesisServer(keys=(SPEECH,)) as speech:
        words = ("-o", str(tmp_path / "line.wav"), "--voice", "azure:en-US-JennyNeural")
        assert app("speak", "Hello there.", *words, SPEECH_ENDPOINT=speech.address).returncode == 0
        for status in (401, 404, 500):
            speech.refuse = status
            assert app("speak", f"Number {status}.", *words, SPEECH_ENDPOINT=speech.address).returncode == 3
    assert len(written(tmp_path)) > 4, "sound, cache and ledger are there to be searched"
    searched(app, tmp_path)


def test_no_error_of_a_conversation_shows_a_key(app, tmp_path):
    words = ("converse", "--text", "Hello", "--answering", "chat", "--voice", "heart", "--source", "mock")
    with ChatService(CHAT) as chat:
        for model in ("forbidden", "busy-300", "hangs-up"):
            assert app(*words, OPENAI_BASE_URL=chat.url, OPENAI_MODEL=model).returncode == 3, app.said
        chat.key = KEY
        assert app(*words, OPENAI_BASE_URL=chat.url, OPENAI_MODEL="mini").returncode == 3
    assert any("refuses the key" in each for each in app.said)
    searched(app, tmp_path)
