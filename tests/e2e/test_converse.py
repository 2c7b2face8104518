"""``converse`` with embedded parts, as a stranger uses it: no key, no network, no window."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from app.commands.pipeline import DEFAULT_AVATAR
from app.conversation.recognition.moonshine_weights import prepared
from app.core.errors import ServiceError
from app.formats.takes.reading import read_take

KEYS = ("SPEECH_", "AZURE_", "OPENAI_")


@pytest.fixture
def converse(root, tmp_path):
    """Run ``python -m app converse ...`` in an empty folder, without keys and a display."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(KEYS) and name not in ("DISPLAY", "WAYLAND_DISPLAY")}

    def run(*arguments, lines="", verb="converse"):
        return subprocess.run(
            [sys.executable, "-m", "app", verb, *map(str, arguments)],
            cwd=tmp_path, env={**keep, "PYTHONPATH": str(root), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}, input=lines,
            capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip

    return run


def test_typed_questions_are_answered_and_kept(converse, tmp_path):
    done = converse("--text", "Who are you?", "--text", "Count to three.", "-o", "talk", "--source", "visemes", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["stand_in"] and [turn["asked"] for turn in report["turns"]] == ["Who are you?", "Count to three."]
    assert "three" in report["turns"][1]["answered"] and all(turn["complete"] for turn in report["turns"])
    assert set(report["turns"][0]["waits_s"]) == {"first_token", "first_sound"}
    for name, turn in zip(("01", "02"), report["turns"], strict=True):
        folder = tmp_path / "talk" / name
        assert abs(soundfile.info(str(folder / "answer.wav")).duration - turn["duration_s"]) < 0.01
        rows = (folder / "answer.csv").read_text().strip().splitlines()[1:]
        assert abs(len(rows) / 60 - turn["duration_s"]) < 2 / 60
        words = json.loads((folder / "words.json").read_text())
        assert len(words["words"]) >= 3 and words["words"][-1][2] <= turn["duration_s"]
        take = read_take(folder / "answer.vstake", DEFAULT_AVATAR.parent)
        assert abs(take.speech.audio.duration_s - turn["duration_s"]) < 0.01 and take.speech.phones and set(take.lanes) == {"A"}
        assert take.project.sound is not None and len(take.project.sound.parts_s) == len(words["parts"])
    assert json.loads((tmp_path / "talk" / "conversation.json").read_text())["turns"] == report["turns"]
    assert "**You:** Who are you?" in (tmp_path / "talk" / "conversation.md").read_text()


def test_lines_of_the_terminal_are_turns(converse):
    done = converse(lines="Hello\nCount to three.\n\nnot any more\n")
    assert done.returncode == 0 and done.stderr.count("\n") == 1
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("You: ")] == ["You: Hello", "You: Count to three."] and len(lines) == 4


@pytest.fixture
def weights():
    """The embedded recogniser's, fetched as the program fetches them."""
    try:
        return prepared()
    except ServiceError as error:
        pytest.skip(str(error))


def test_a_spoken_question_is_heard_in_its_own_time(converse, weights, tmp_path):
    assert converse("What can you do for me?", "-o", "question.wav", verb="speak").returncode == 0
    done = converse("--in", "question.wav", "--json")
    assert done.returncode == 0, done.stderr
    (turn,) = json.loads(done.stdout)["turns"]
    assert turn["asked"] == "What can you do for me?" and turn["complete"] and turn["language"] == "en-US"
    assert set(turn["waits_s"]) == {"final_text", "first_token", "first_sound"}
    soundfile.write(str(tmp_path / "nothing.wav"), np.zeros(16000), 16000)
    done = converse("--in", "nothing.wav", "--fast")
    assert done.returncode == 2 and "No word was understood in nothing.wav" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--in", "missing.wav"), 2, "missing.wav"),
        (("--text", "hi", "--persona", "nobody"), 2, "no such persona"),
        (("--text", "hi", "--voice", "nobody"), 2, "no voice"),
        (("--text", "hi", "--answering", "chat"), 3, "AZURE_OPENAI_ENDPOINT"),
        (("--text", "hi", "--source", "nonsense"), 2, "nonsense"),
    ],
)
def test_a_mistake_is_one_sentence(converse, arguments, status, says):
    done = converse(*arguments)
    assert done.returncode == status and says in done.stderr and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
