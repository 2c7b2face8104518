"""Newer versions are asked for once, when somebody says so; whatever answers, one sentence tells."""

from __future__ import annotations

import pytest

from app import __version__
from app.commands import doctor
from app.core.errors import ServiceError
from app.settings import Settings
from app.upkeep import newer
from tests.clouds.releases import published_at


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A place of releases on this machine."""
    with published_at(tmp_path, monkeypatch) as place:
        yield place


def test_one_question_finds_a_newer_version(published):
    found = doctor.check_updates()
    assert found.state == "note" and "9.1 was published" in found.detail and published.asked == ["GET /latest"]
    assert not [name for name in published.headers if name not in ("Accept-Encoding", "Host", "User-Agent", "Accept", "Connection")]
    assert published.headers["User-Agent"] == "visemesync-preview", "not even which version asks"
    published.answer = f'{{"tag_name": "{__version__}"}}'.encode()
    assert doctor.check_updates().state == "ok"


@pytest.mark.parametrize(("status", "answer"), [(500, b""), (404, b"{}"), (200, b"<html>"), (200, b"[]"), (200, b'{"tag_name": "soon"}')])
def test_strange_answers_are_a_sentence(published, status, answer):
    published.status, published.answer = status, answer
    with pytest.raises(ServiceError, match=r"^The place of new versions .* program\.$"):
        newer.latest()


def test_nobody_answers(published, monkeypatch, tmp_path):
    file = tmp_path / "nobody.txt"
    file.write_text("http://127.0.0.1:9/latest")
    monkeypatch.setattr(newer, "shipped", lambda _name: file)
    found = doctor.check_updates()
    assert found.detail == "not known" and "did not answer" in found.advice and not published.asked


def test_a_checkout_asks_nobody():
    with pytest.raises(ServiceError, match="does not know where"):
        newer.latest()


def test_without_being_told_nothing_asks(root):
    """Beside the module the option of doctor and the entries of the menu know of it; the one for every start is off."""
    users = [path.name for path in (root / "app").rglob("*.py") if "upkeep.newer" in path.read_text("utf-8")]
    assert sorted(users) == ["doctor.py", "updates.py"] and Settings().updates is False


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [("v0.10", "0.9.9", True), ("1.0.0", "1", False), ("0.2.0", "0.2.0", False), ("0.1.9", "0.2.0", False), ("", "0.2.0", False)],
)
def test_versions_are_compared_by_their_numbers(new, old, expected):
    assert newer.is_newer(new, old) is expected
