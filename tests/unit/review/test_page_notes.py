"""Notes of a review page on their way home, and three.js on its way in."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Cancelled, PreviewError, ProjectError, ServiceError
from app.formats.notes import Note, Reply, notes_data
from app.formats.project_review import ProjectReview
from app.review.page import three
from app.review.page.of_file import with_notes
from app.review.page.returning import document, is_notes, read_notes
from app.review.page.store import Store

NOTE = Note("n1", "Ann", "2026-01-01T10:00:00+00:00", "2026-01-01T10:00:00+00:00", 1.0, text="late")
CORE = "const a = 1;\n/**\n * words\n */\n/**\n * @license\n * MIT\n */\nexport { a };\n"
MODULE = "import { a } from './three.core.js';\nexport { a } from './three.core.js';\nconst b = a + 1;\nexport { b };\n"


def saved(path, *notes: Note, take: str = "t", status=None):
    path.write_text(json.dumps(document(take, "Line 3", notes, status)), "utf-8")
    return path


def test_notes_come_home_once_with_their_replies_and_the_takes_status(tmp_path):
    theirs = Note(
        **{**NOTE.__dict__, "replies": [Reply("r", "Bo", "2026-01-02", "mended")], "status": "addressed", "changed": "2026-01-02"}
    )
    returned = read_notes(saved(tmp_path / "n.json", theirs, Note("n2", text="more", start_s=0.5), status="changes asked"))
    review = with_notes(ProjectReview("t", notes=[NOTE]), returned)
    assert [note.id for note in review.notes] == ["n2", "n1"] and review.status == "changes asked"
    assert review.notes[1].status == "addressed" and [reply.text for reply in review.notes[1].replies] == ["mended"]
    assert with_notes(review, returned) == review


def test_notes_about_another_take_are_refused_in_one_sentence(tmp_path):
    returned = read_notes(saved(tmp_path / "n.json", NOTE, take="other"))
    with pytest.raises(ProjectError, match=r"another take, “Line 3”"):
        with_notes(ProjectReview("t"), returned)
    with pytest.raises(ProjectError, match="another take"):
        with_notes(ProjectReview(), returned)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "visemesync-notes", "version": 9}', "\x00", "[" * 9000])
def test_what_is_no_notes_is_refused(tmp_path, content):
    (tmp_path / "n.json").write_text(content)
    with pytest.raises(ProjectError):
        read_notes(tmp_path / "n.json")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_notes_are_read_or_refused(tmp_path_factory, anything):
    path = tmp_path_factory.mktemp("notes") / "n.json"
    path.write_text(json.dumps({"format": "visemesync-notes", "version": 1, "take": "t", "notes": anything}))
    try:
        notes = read_notes(path).notes
    except PreviewError:
        notes = ()
    assert all(note.id for note in notes) and json.dumps(notes_data(notes))


def test_a_damaged_note_falls_alone(tmp_path):
    data = document("t", "", [NOTE])
    data["notes"].append({"id": "n2", "start_s": "late", "text": "still here"})
    (tmp_path / "n.json").write_text(json.dumps(data))
    returned = read_notes(tmp_path / "n.json")
    assert {note.text for note in returned.notes} == {"late", "still here"} and returned.damaged
    assert is_notes(tmp_path / "n.json") and not is_notes(tmp_path / "none.json")


def test_quantised_numbers_are_within_half_a_step(rng):
    import numpy as np

    store, values = Store(), rng.normal(size=(50, 3)).astype(np.float32)
    fields = store.quantised(values), store.ranged(values)
    assert store.size == 2 * 300 and fields[0]["scale"] == pytest.approx(np.abs(values).max() / 32767)
    import base64

    data = base64.b64decode(store.text())
    first = np.frombuffer(data, "<i2", 150, fields[0]["at"][0]).reshape(-1, 3) * fields[0]["scale"]
    second = np.frombuffer(data, "<u2", 150, fields[1]["at"][0]).reshape(-1, 3) * fields[1]["scale"] + fields[1]["low"]
    assert np.abs(first - values).max() <= 0.51 * fields[0]["scale"] and np.abs(second - values).max() <= 0.51 * max(fields[1]["scale"])


# -- three.js


def test_modules_become_one_classic_script():
    script = three.classic_script(CORE, MODULE)
    assert "import {" not in script and "export {" not in script and "words" not in script and "@license" in script
    assert "return {a};" in script and "const {a} = core;" in script and "return {...core, b};" in script


@pytest.mark.parametrize("module", ["", MODULE.replace("import", "// import"), MODULE + "</script>"])
def test_another_three_js_is_refused(module):
    with pytest.raises(ServiceError, match=r"three\.js is not the version"):
        three.classic_script(CORE, module)


@pytest.fixture
def registry():
    """``serve(bytes)`` -> address of a registry that has one package."""
    servers = []

    def serve(content: bytes) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/three.tgz"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def package(version: str = three.VERSION) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        files = {
            "build/three.core.js": CORE,
            "build/three.module.js": MODULE,
            "LICENSE": "MIT",
            "package.json": json.dumps({"version": version}),
        }
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return made.getvalue()


def sealed(monkeypatch, content: bytes) -> None:
    import base64
    import hashlib

    monkeypatch.setattr(three, "INTEGRITY", "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode())


def test_three_js_is_fetched_once_and_kept(registry, monkeypatch, tmp_path):
    monkeypatch.setattr(three, "_INSTALLED", tmp_path / "none")
    content, shares = package(), []
    sealed(monkeypatch, content)
    script, licence = three.library(tmp_path, registry(content), progress=shares.append)
    assert licence == "MIT" and "const THREE" in script and shares[-1] == 1.0
    assert three.library(tmp_path, "http://127.0.0.1:9/none") == (script, licence)


def test_a_damaged_package_leaves_nothing(registry, monkeypatch, tmp_path):
    with pytest.raises(ServiceError, match="damaged"):
        three.fetch(tmp_path / "three", registry(package()))
    with pytest.raises(ServiceError, match="check the network"):
        three.fetch(tmp_path / "three", "http://127.0.0.1:9/none")
    assert not (tmp_path / "three").exists()


def test_fetching_stops_when_cancelled(registry, tmp_path):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        three.fetch(tmp_path, registry(package()), cancel=cancel)
    assert not list(tmp_path.iterdir())
