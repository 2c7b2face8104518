"""Newer versions are asked for once, when somebody says so; whatever answers, one sentence tells."""

from __future__ import annotations

import http.server
import threading
from argparse import Namespace

import pytest

from app import __version__
from app.commands import doctor
from app.core.errors import ServiceError
from app.upkeep import newer


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A place of releases on this machine: its answer can be set, and what it was asked is kept."""
    place = Namespace(status=200, answer=b'{"tag_name": "v9.1"}', asked=[])

    class Releases(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            place.asked.append(self.path)
            self.send_response(place.status)
            self.end_headers()
            self.wfile.write(place.answer)

        def log_message(self, *_words):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Releases)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    file = tmp_path / "updates.txt"
    file.write_text(f"# a remark\nhttp://127.0.0.1:{server.server_port}/latest\n")
    monkeypatch.setattr(newer, "shipped", lambda _name: file)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    yield place
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_question_finds_a_newer_version(published):
    found = doctor.check_updates()
    assert found.state == "note" and "9.1 was published" in found.detail and published.asked == ["/latest"]
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
    """Two places know of it: the module and the option of doctor."""
    users = [path.name for path in (root / "app").rglob("*.py") if "upkeep.newer" in path.read_text("utf-8")]
    assert users == ["doctor.py"]


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [("v0.10", "0.9.9", True), ("1.0.0", "1", False), ("0.2.0", "0.2.0", False), ("0.1.9", "0.2.0", False), ("", "0.2.0", False)],
)
def test_versions_are_compared_by_their_numbers(new, old, expected):
    assert newer.is_newer(new, old) is expected
