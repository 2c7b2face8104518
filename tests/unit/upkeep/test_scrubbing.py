"""What leaves this machine in a log or a report: no key, nothing that was said, no folder of a user."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.keys.secret import Secret
from app.upkeep import scrubbing
from app.upkeep.said import HIDDEN_WORDS, Said
from app.upkeep.scrubbing import without_paths

SECRET_LINE = "The wedding of Zbigniew is on Friday, don't tell anybody!"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("cannot speak 'The wedding of Zbigniew is on Friday'", ("wedding", "Zbigniew", "Friday")),
        ("no pronunciation of “Zbigniew” is known", ("Zbigniew",)),
        ("Wrote the-wedding-of-zbigniew.mp4.", ("wedding", "zbigniew")),
        ("DON'T TELL ANYBODY", ("TELL", "ANYBODY")),
        ("部屋は暑い: not spoken", ("部屋", "暑い")),
    ],
)
def test_what_was_said_is_left_out(text, hidden):
    said = Said()
    said.learn(SECRET_LINE)
    said.learn("部屋は暑い")
    assert HIDDEN_WORDS in said.of(text)
    assert [word for word in hidden if word in said.of(text)] == []


def test_other_words_stay():
    said = Said()
    said.learn(SECRET_LINE)
    text = 'ValueError: the picture of "jawOpen" is on the wrong side'
    assert said.of(text) == text
    assert Said().of("Nothing was said.") == "Nothing was said."


def test_what_is_remembered_of_long_days_has_an_end():
    said = Said()
    for n in range(4):
        said.learn(" ".join(f"w{n}x{word}" for word in range(25_000)))
    assert said.of("w3x7 w3x8 w3x9") == HIDDEN_WORDS and len(said._runs) <= 60_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/anna/My Files/x.wav cannot be read", "~/My Files/x.wav cannot be read"),
        ("C:\\Users\\Änna Müller\\Docs\\x.wav is bad", "~\\Docs\\x.wav is bad"),
        (r"'C:\\Users\\anna\\x.wav'", r"'~\\x.wav'"),
        ("C:/Users/anna/x.glb", "~/x.glb"),
        ("D:\\Shows\\Big One\\take.vstake is broken", "…\\take.vstake is broken"),
        ("\\\\server\\share\\anna\\x.wav", "…\\x.wav"),
        ("/media/anna/disk/x.wav", "…/x.wav"),
        ("file:///home/anna/x", "file://~/x"),
        ("/usr/lib/x86/libGL.so.1 and https://host.org/a/b/c.html", "/usr/lib/x86/libGL.so.1 and https://host.org/a/b/c.html"),
        (f'File "{scrubbing.PROGRAM}/app/desktop.py", line 3', 'File "app/desktop.py", line 3'),
        ("a ratio of 3/4 and and/or", "a ratio of 3/4 and and/or"),
    ],
)
def test_folders_are_shortened(text, shown):
    assert without_paths(text) == shown


def test_a_report_holds_neither_keys_nor_words_nor_folders(monkeypatch, tmp_path):
    from app.upkeep import reports

    said, key = Said(), Secret("0123456789abcdefSECRET")
    said.learn(SECRET_LINE)
    monkeypatch.setattr(scrubbing, "SAID", said)
    monkeypatch.setattr(Path, "home", lambda: Path("/srv/people/anna"))
    try:
        raise ValueError(f"/srv/people/anna/x.wav with {key.reveal()} says {SECRET_LINE!r}")
    except ValueError as error:
        report = reports.of_error(error, {"GL": "llvmpipe"}, ["told: the wedding of Zbigniew", "fine"])
    wanted = ("ValueError", "GL: llvmpipe", "VisemeSync Preview", "numpy ", "~/x.wav", "fine", "test_scrubbing.py")
    assert [there for there in wanted if there not in report] == []
    assert [leak for leak in (key.reveal(), "Zbigniew", "anna", str(Path(__file__).parent)) if leak in report] == []
    kept = [reports.keep(f"report {n}", tmp_path) for n in range(12)]
    assert None not in kept and len(list(tmp_path.iterdir())) == reports.KEPT_REPORTS and kept[-1].read_text() == "report 11"
