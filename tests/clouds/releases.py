"""A place of releases on this machine, as GitHub's: it answers one question, and keeps how it was asked."""

from __future__ import annotations

import contextlib
import http.server
import threading
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.upkeep import newer


@contextlib.contextmanager
def published_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Namespace]:
    """Run one that this copy asks.

    Args:
        folder: for the file that names its address.
        monkeypatch: of the test.

    Yields:
        ``status`` and ``answer`` to set, what was ``asked`` with which ``headers``, and its ``host``.
    """
    place = Namespace(status=200, answer=b'{"tag_name": "v9.1"}', asked=[], headers={}, host="")

    class Releases(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place.asked.append(f"{self.command} {self.path}")
            place.headers = dict(self.headers)
            self.send_response(place.status)
            self.end_headers()
            self.wfile.write(place.answer)

        def log_message(self, *_words: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Releases)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    place.host = f"127.0.0.1:{server.server_port}"
    file = folder / "updates.txt"
    file.write_text(f"# a remark\nhttp://{place.host}/latest\n")
    monkeypatch.setattr(newer, "shipped", lambda _name: file)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    try:
        yield place
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
