"""What a reader of sounds has to say reaches the user, and the options that choose otherwise are taken."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from app.cli import main


@pytest.fixture
def takes(tmp_path):
    """One recording with two speakers, one on each channel."""
    t = np.arange(16000) / 16000
    one, other = 0.3 * np.sign(np.sin(2 * np.pi * 130 * t)), 0.3 * np.sign(np.sin(2 * np.pi * 210 * t))
    folder = tmp_path / "takes"
    folder.mkdir()
    soundfile.write(folder / "a.wav", np.stack([np.r_[one, 0 * t], np.r_[0 * t, other]], 1), 16000)
    return folder


def said(capsys, *words) -> tuple[int, dict, str]:
    capsys.readouterr()
    status = main([str(word) for word in words])
    heard = capsys.readouterr()
    return status, json.loads(heard.out) if heard.out else {}, heard.err


def test_animate_and_check_say_what_the_reader_noticed(takes, capsys):
    track = takes / "a.csv"
    status, document, errors = said(capsys, "animate", takes / "a.wav", "-o", track, "--source", "mock", "--json")
    assert status == 0 and [note["kind"] for note in document["notes"]] == ["two_speakers"]
    assert errors.strip().endswith("(--channel left or --channel right or --channel mix)")
    _, document, errors = said(capsys, "check", track, "--audio", takes / "a.wav", "--channel", "left", "--json")
    assert document["notes"] == [] and errors.startswith("a.csv: 60 fps") and "--channel" not in errors


def test_a_batch_made_with_another_channel_is_made_again(takes, capsys):
    words = ("batch", takes, "-o", takes.parent / "tracks", "--source", "mock", "--json")
    status, document, errors = said(capsys, *words)
    assert status == 0 and "two speakers" in document["entries"][0]["notes"][0] and errors.startswith("a.wav: ")
    assert said(capsys, *words)[1]["kept"] == 1
    _, document, errors = said(capsys, *words, "--channel", "right")
    assert document["made"] == 1 and document["entries"][0]["notes"] == [] and errors == ""


def test_options_out_of_range_are_refused(takes, capsys):
    assert said(capsys, "animate", takes / "a.wav", "-o", takes / "a.csv", "--source", "mock", "--channel", "3")[0] == 2
    with pytest.raises(SystemExit):
        main(["animate", "a.wav", "-o", "a.csv", "--encoder-delay", "-3"])
    assert "0 to 1000" in capsys.readouterr().err


def test_speak_says_what_it_leaves_out(tmp_path, capsys):
    status, document, errors = said(capsys, "speak", "Great job! 🎉 世界", "-o", tmp_path / "a.wav", "--json")
    assert status == 0 and errors.strip() == "Left out what the English voice cannot say: 🎉 世界."
    assert document["notes"] == [{"kind": "left_out", "sentence": errors.strip(), "choices": []}]
