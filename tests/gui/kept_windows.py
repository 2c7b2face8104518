"""A window that a test leaves as it found it serves the next test as well: opening one is a second of a core's work."""

from __future__ import annotations

import copy
import functools
import re
import threading
import types
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QTabBar,
    QTabWidget,
    QTextEdit,
    QWidget,
)
from pytestqt.exceptions import TimeoutError
from shiboken6 import isValid

from app.formats.project import ProjectView
from app.session.base.workers import Workers
from app.settings import Settings
from app.ui.window.main_window import DEFAULT_SIZE, MainWindow

PLAIN = (type(None), bool, int, float, str, bytes, Path, Enum)
CALLED = (types.FunctionType, types.MethodType, types.BuiltinFunctionType)
HELD = (dict, list, tuple, set, frozenset, deque)
#: larger arrays are the same when their form is
LARGE_BYTES = 200_000
#: a window does not come to rest, parts of it are gone, or a test has put other things in their place: it is closed, as all others are
NOT_AS_IT_WAS = (TimeoutError, RuntimeError, AttributeError, LookupError, TypeError, ValueError, OSError)
#: what waits longer is done at leisure
SOON_MS = 2000
#: what moves by itself while nothing is done: clocks, counters, what is drawn, and what is known of drawing
MOVES = re.compile(
    # the face as it is posed
    r"\.(positions|normals|revision|_turn|_shown_turn|_shape|_asked|_sent|_next|_stale|_row|_scratch)$|(rig|parts\[\d+\])\._weights$"
    # pictures and how they come about
    r"|\.preview\.view\._|_picture$|controls\.loop\._(drawn|dropped|last|lead|ticks)|figures|budget\._|\._step$|preview\._said$|/Status0/ElidedLabel[1-9]|/Banner0/"
    r"|timeline\._dropped|_lanes\.(size|picture)$|\._(smooth|dirty)$|curves\._on_top$"
    # sound and time
    r"|heard_clock\._heard|\._snippet_s$|scrubbing\._resume$|playback\.player\._|\._output\.|_checked_output$|playback\._fixed\.t$|session\.life\._"
    # work and what it counts
    r"|session\.autosave\.|avatars\._tries$|\._jobs$|\._next_id|\._serial|\._clean|\._used|\._hub\.|\._made_with$"
)


@dataclass
class KeptWindow:
    """A window between two tests.

    Attributes:
        window: open, and in front when it is taken.
        kind: ``window`` as it opens, or ``spoken`` after it said its line.
        home: where its settings and files are.
        said: everything in it, as it was before the first test.
        view: how it looked at the scene.
        settings: what it remembered.
        files: what lay in its home.
        focus: what took keys.
        threads: that ran then.
        widths: of its halves, those of the right column, and what that column takes back when it opens.
    """

    window: MainWindow
    kind: str
    home: Path
    said: dict[str, Any]
    view: ProjectView
    settings: Settings
    files: dict[Path, bytes]
    focus: QWidget | None
    threads: set[threading.Thread]
    widths: tuple[list[int], list[int], tuple[int, int]]


class KeptWindows:
    """At most one window, from test to test.

    A test of a file with the marker ``kept`` gets its window taken back to where it began by the program's own ways: undo, the scene's
    view, the settings. Only when nothing that can be read of the session, the controllers and the widgets differs from before is the
    window used again; any other is closed.
    """

    def __init__(self, tell: Callable[[str], object] = lambda _line: None) -> None:
        self._kept: KeptWindow | None = None
        self._tell = tell

    def home_for(self, kind: str) -> Path | None:
        """Where the window is that will serve a test of this kind; None when another has to be opened."""
        return None if self._offered(kind) is None else self._offered(kind).home

    def take(self, kind: str) -> KeptWindow | None:
        """The window for a test, in front; None when another has to be opened."""
        kept = self._offered(kind)
        if kept is not None:
            self._kept = None
        return kept

    def keep(self, window: MainWindow, kind: str, home: Path) -> KeptWindow:
        """Note how a window is before its test begins."""
        content = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} if home.exists() else {}
        widgets, controls = window.widgets, window.controls
        widths = widgets.splitter.sizes(), widgets.right.sizes(), (controls.tools._usual_px, controls.tools._narrow_px)
        said, view = everything(window), controls.scene.content()
        settings, threads = copy.deepcopy(window.settings), set(threading.enumerate())
        return KeptWindow(window, kind, home, said, view, settings, content, window.focusWidget(), threads, widths)

    def give_back(self, kept: KeptWindow, settle: Callable[[Callable[[], bool]], object], name: str) -> None:
        """Keep a window for the next test, if it is as it was; close it if not."""
        try:
            put_back(kept, settle)
            after = everything(kept.window)
        except NOT_AS_IT_WAS as error:
            self._tell(f"{name}: {error!r}")
            self.close(kept.window)
            return
        different = [key for key in kept.said.keys() | after.keys() if kept.said.get(key) != after.get(key)]
        different += [f"thread {thread.name}" for thread in set(threading.enumerate()) - kept.threads if lives(thread)]
        for key in sorted(different):
            self._tell(f"{name}: {key}: {kept.said.get(key)!s:.90} -> {after.get(key)!s:.90}")
        self._tell(f"{name}: {'closed' if different else 'kept'}")
        if different:
            self.close(kept.window)
        else:
            kept.window.controls.loop.start()
            self._kept = kept

    def close_kept(self) -> None:
        """No test follows that it could serve."""
        if self._kept is not None:
            self.close(self._kept.window)
            self._kept = None

    @staticmethod
    def close(window: MainWindow) -> None:
        """Close a window, which goes with it; one that a test closed is gone."""
        if not isValid(window):
            return
        window.controls.projects.asks = lambda _words, answers: "Discard" if "Discard" in answers else answers[-1]
        window.close()
        QApplication.sendPostedEvents()

    def _offered(self, kind: str) -> KeptWindow | None:
        return self._kept if self._kept is not None and self._kept.kind == kind else None


def lives(thread: threading.Thread) -> bool:
    """Whether a thread goes on; one that is ending is given its time."""
    thread.join(0.5)
    return thread.is_alive()


def at_rest(window: MainWindow) -> bool:
    """Whether nothing runs, nothing plays, and nothing waits to be done soon."""
    owners = (window, window.session)
    if any(workers.busy for owner in owners for workers in owner.findChildren(Workers)) or window.session.playback._was_playing:
        return False
    timers = (timer for owner in owners for timer in owner.findChildren(QTimer) if timer.isSingleShot() and timer.interval() < SOON_MS)
    return not any(timer.isActive() for timer in timers)


def put_back(kept: KeptWindow, settle: Callable[[Callable[[], bool]], object]) -> None:
    """Take back what was done in a window.

    Args:
        kept: how it was.
        settle: waits until something is so.
    """
    window = kept.window
    session, widgets, controls = window.session, window.widgets, window.controls
    for other in QApplication.topLevelWidgets():
        if other is not window and other.isVisible():
            other.close()
    controls.fields.leave()
    session.workers.stop_all()
    playback = session.playback
    playback.pause(at_once=True)
    playback.set_loop(None)
    playback.set_looping(False)
    playback.set_shuttle(None)
    playback.set_rate(1.0)
    while widgets.preview.banner._shown is not None:
        widgets.preview.banner.dismiss()
    controls.files._written = None
    session.undo.setIndex(0)
    session.undo.clear()
    fill(window.settings, kept.settings)
    window._full.set(False)
    window.resize(*DEFAULT_SIZE)
    widgets.curves.search.setText("")
    widgets.curves.clear_picks()
    window._remembering.restore()
    controls.tools.show(False)
    controls.tools.show_curves(True)
    controls.scene.show(kept.view)
    settle(lambda: not playback._was_playing and (window.width(), window.height()) == DEFAULT_SIZE)
    # what follows needs one picture more
    controls.loop.stop()
    settle(lambda: at_rest(window))
    controls.loop.tick()
    for splitter, sizes in zip((widgets.splitter, widgets.right), kept.widths[:2], strict=True):
        splitter.setSizes(sizes)
    controls.tools._usual_px, controls.tools._narrow_px = kept.widths[2]
    if kept.focus is not None:
        kept.focus.setFocus()
    elif window.focusWidget() is not None:
        window.focusWidget().clearFocus()
    put_files_back(kept)
    QApplication.processEvents()


def put_files_back(kept: KeptWindow) -> None:
    """Let the window's home hold what it held, beside what the session that lasts keeps of itself."""
    for path in [path for path in kept.home.rglob("*") if path.is_file() and path not in kept.files]:
        if "autosave" not in path.parts:
            path.unlink()
    for path, content in kept.files.items():
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def fill(settings: object, former: object) -> None:
    """Give settings, which many parts hold, the values of a copy."""
    for each in fields(settings):  # type: ignore[arg-type]
        mine, value = getattr(settings, each.name), getattr(former, each.name)
        if is_dataclass(mine) and not mine.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            fill(mine, value)
        else:
            setattr(settings, each.name, copy.deepcopy(value))


def everything(window: MainWindow) -> dict[str, Any]:
    """All that can be read of a window: values of the parts of the program, and what the widgets show."""
    return {**dict(values(window)), **{path: value for path, value in shown(window) if not moves(path)}}


@functools.cache
def moves(path: str) -> bool:
    """Whether what is there moves by itself."""
    return MOVES.search(path) is not None


def values(window: MainWindow) -> Iterator[tuple[str, Any]]:
    """Where -> value, of everything of the program that can be reached from a window; what is not the program's counts by its type."""
    seen, waiting = {id(window)}, deque[tuple[str, Any]]([("", window)])
    while waiting:
        path, holder = waiting.popleft()
        for name, value in inside(holder):
            there = path + name
            if moves(there):
                continue
            if isinstance(value, (*PLAIN, np.generic)):
                yield there, repr(value)
            elif isinstance(value, np.ndarray):
                whole = value.nbytes < LARGE_BYTES
                yield there, (value.shape, zlib.crc32(np.ascontiguousarray(value).tobytes()) if whole else 0)
            elif isinstance(value, CALLED):
                yield there, value.__qualname__
            elif isinstance(value, functools.partial):
                yield there, getattr(value.func, "__qualname__", "")
            else:
                yield there, f"{type(value).__name__} {len(value)}" if isinstance(value, HELD) else type(value).__name__
                # one value may stand in many places, and others that are equal take its place there
                plain = isinstance(value, tuple | frozenset) or is_frozen(value)
                if (plain or id(value) not in seen) and (isinstance(value, HELD) or type(value).__module__.startswith("app.")):
                    seen.add(id(value))
                    waiting.append((there, value))


def is_frozen(value: object) -> bool:
    """Whether a value is a dataclass that does not change."""
    return is_dataclass(value) and value.__dataclass_params__.frozen  # type: ignore[attr-defined]


def inside(holder: object) -> Iterator[tuple[str, Any]]:
    """The values in a container or in an object, by name."""
    if isinstance(holder, dict):
        yield from ((f"[{key if isinstance(key, PLAIN) else type(key).__name__!s}]", value) for key, value in holder.items())
    elif isinstance(holder, list | tuple | deque):
        yield from ((f"[{i}]", value) for i, value in enumerate(holder))
    elif isinstance(holder, set | frozenset):
        yield "{}", repr(sorted(map(str, holder)))
    else:
        yield from ((f".{name}", value) for name, value in getattr(holder, "__dict__", {}).items())
        for kind in type(holder).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            names = (slots,) if isinstance(slots, str) else slots
            yield from ((f".{name}", getattr(holder, name)) for name in names if hasattr(holder, name))


def shown(window: MainWindow) -> Iterator[tuple[str, Any]]:
    """Where -> what is seen there, of every widget and action of a window."""
    waiting: deque[tuple[str, QWidget]] = deque([("window", window)])
    while waiting:
        path, widget = waiting.popleft()
        place = widget.geometry()
        size = (place.width(), place.height()) if widget is window else (place.x(), place.y(), place.width(), place.height())
        # what is hidden takes its place when it is shown
        yield path, (widget.isEnabled(), widget.toolTip(), *content_of(widget), *(size if widget.isVisible() else ("hidden",)))
        numbers: Counter[str] = Counter()
        for child in widget.children():
            name = type(child).__name__
            if isinstance(child, QWidget) and not child.isWindow() and name != "QScrollBar" and not isinstance(widget, QTabBar):
                waiting.append((f"{path}/{name}{numbers[name]}", child))
            elif isinstance(child, QAction):
                yield f"{path}/action{numbers[name]}", (child.text(), child.isChecked(), child.isEnabled(), child.isVisible())
            numbers[name] += 1


#: what widgets of a kind show
CONTENT: dict[Any, Callable[[Any], tuple[Any, ...]]] = {
    QAbstractButton: lambda button: (button.text(), button.isChecked()),
    QLabel: lambda label: (label.text(),),
    QLineEdit: lambda line: (line.text(), line.placeholderText()),
    QComboBox: lambda box: (box.count(), box.currentText()),
    QAbstractSlider | QSpinBox | QDoubleSpinBox: lambda range_: (range_.minimum(), range_.maximum(), range_.value()),
    QTabWidget | QStackedWidget: lambda pages: (pages.currentIndex(),),
    QPlainTextEdit | QTextEdit: lambda text: (text.toPlainText(),),
    QScrollArea: lambda area: (area.verticalScrollBar().value(),),
}


def content_of(widget: QWidget) -> tuple[Any, ...]:
    """What a widget shows."""
    return next((content(widget) for kind, content in CONTENT.items() if isinstance(widget, kind)), ())
