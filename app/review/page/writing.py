"""Writing the review page: one HTML file that needs neither network nor installation."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app import __version__
from app.avatar.corrections import NEUTRAL_CORRECTIONS, RigCorrections
from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_CHANNELS, GROUPS
from app.core.beside import write_whole
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, ProjectError
from app.core.speech import AudioClip
from app.formats.notes import notes_data
from app.formats.plain import plain
from app.formats.takes.take import SavedTake
from app.review.page import three
from app.review.page.bodies import body_data
from app.review.page.lanes import Played, played, side_data
from app.review.page.shading import scene
from app.review.page.store import Store
from app.review.page.textures import SHARPNESSES, Album, Sharpness

#: of a page with one avatar and ten seconds
BUDGET_BYTES = 12_000_000
#: a spoken note or a picture beyond this stays behind
MAX_MEDIA_BYTES = 16_000_000
WEB = Path(__file__).parent / "web"
#: in the order in which they need each other
SCRIPTS = (
    "values.js",
    "timecode.js",
    "body.js",
    "camera.js",
    "stage.js",
    "player.js",
    "curves.js",
    "timeline.js",
    "drawing.js",
    "notes.js",
    "page.js",
)
#: buckets of the waveform per second
_PEAKS_PER_S = 200
_SLOT = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class PageReport:
    """What was written.

    Attributes:
        path: of the page.
        size: in bytes.
        remarks: sentences about what had to be left out or made smaller.
    """

    path: Path
    size: int
    remarks: tuple[str, ...] = ()


class _Steps:
    """Says how far the work is, and stops it."""

    def __init__(self, progress: Callable[[str, float], None] | None, cancel: CancelToken | None) -> None:
        self._progress, self._cancel = progress, cancel

    def __call__(self, step: str, fraction: float) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("Writing the review page was cancelled.")
        if self._progress is not None:
            self._progress(step, fraction)


def write_page(
    take: SavedTake,
    out: Path,
    *,
    budget_bytes: int = BUDGET_BYTES,
    progress: Callable[[str, float], None] | None = None,
    cancel: CancelToken | None = None,
) -> PageReport:
    """Write a take as a page to review it with.

    Args:
        take: with its avatar at hand, where it has one.
        out: the HTML file.
        budget_bytes: pictures are made smaller until the page fits, as far as that goes.
        progress: called with a step's name and the fraction of all the work that is done.
        cancel: asked between the steps; nothing is written then.

    Raises:
        ProjectError: an avatar of the take is not at hand, or the page cannot be written.
        ServiceError: three.js is neither installed nor can it be fetched.
        AvatarError: the avatar's file is broken.
        Cancelled: ``cancel`` was set.
    """
    step = _Steps(progress, cancel)
    step("three.js", 0.0)
    library, licence = three.library(progress=lambda share: step("three.js", 0.2 * share), cancel=cancel)
    step("avatar", 0.2)
    rigs = _rigs(take)
    step("motion", 0.35)
    sides = [played(name, lane, rigs.get(name)) for name, lane in sorted(take.lanes.items())]
    encoded, remarks = _fitted(
        take, sides, rigs, budget_bytes, step, assembled=lambda data, store: _page(take, data, store, library, licence)
    )
    step("writing", 0.9)
    try:
        write_whole(out, encoded)
    except OSError as error:
        raise ProjectError(f"The review page {out.name} cannot be written; choose another folder.") from error
    step("writing", 1.0)
    return PageReport(out, len(encoded), tuple(remarks))


def _fitted(
    take: SavedTake, sides: list[Played], rigs: Mapping[str, AvatarRig], budget_bytes: int, step: _Steps, *,
    assembled: Callable[[Mapping[str, Any], Store], str],
) -> tuple[bytes, list[str]]:  # fmt: skip
    """The page with the sharpest pictures that fit the budget, and what is to be said about it."""
    encoded = b""
    remarks: list[str] = []
    for tried, sharpness in enumerate(SHARPNESSES):
        step("pictures", 0.4 + 0.1 * tried)
        remarks = []
        encoded = assembled(*_content(take, sides, rigs, sharpness, remarks)).encode()
        if len(encoded) <= budget_bytes:
            return encoded, [*remarks, *["The avatar's pictures were made smaller to keep the page small."] * bool(tried)]
    return encoded, [*remarks, f"The page has more than {budget_bytes / 1e6:.0f} MB: the take is long, or holds large files."]


def _rigs(take: SavedTake) -> dict[str, AvatarRig]:
    """The rig of every side; sides with the same avatar share one.

    Raises:
        ProjectError: the avatar is not at hand.
        AvatarError: its file is broken.
    """
    shared = take.avatar.path if take.avatar is not None else None
    made: dict[Path, AvatarRig] = {}
    rigs: dict[str, AvatarRig] = {}
    for name in take.lanes:
        side = take.project.sides.get(name)
        own = side.avatar if side is not None else None
        path = own or shared
        if path is None:
            if take.avatar is not None:
                raise ProjectError(f"The avatar {take.avatar.name} of this take is not at hand; find it, then write the page.")
            continue
        if path not in made:
            corrections = NEUTRAL_CORRECTIONS if own is not None else RigCorrections.from_json(take.project.corrections)
            made[path] = AvatarRig(load_avatar(path), corrections)
        rigs[name] = made[path]
    return rigs


def _content(
    take: SavedTake, sides: list[Played], rigs: Mapping[str, AvatarRig], sharpness: Sharpness, remarks: list[str]
) -> tuple[dict[str, Any], Store]:  # fmt: skip
    """Everything that the page's script reads, and the store that it refers to."""
    store = Store()
    album = Album(store, sharpness)
    numbers: dict[int, int] = {}
    bodies: list[dict[str, Any]] = []
    for rig in rigs.values():
        if id(rig) in numbers:
            continue
        numbers[id(rig)] = len(bodies)
        mine = [side for side in sides if rigs.get(side.name) is rig]
        used = {name for side in mine for name in side.names}
        bodies.append(body_data(rig, used, store, album, turns=any(side.turns is not None for side in mine)))
        if not bodies[-1]["openness"]:
            remarks.append("Nothing can be drawn on this machine, so that the page's avatar lacks the shade of its folds.")
    view = take.project.view
    data = {
        "format": "visemesync-review-page",
        "version": 1,
        "take": {
            "id": take.id,
            "line": take.line,
            "text": take.speech.text,
            "status": take.status,
            "fps": take.fps,
            "startTimecode": take.start_timecode,
            "durationS": take.speech.audio.duration_s,
            "written": __version__,
            "madeWith": take.app_version,
        },
        "channels": list(ARKIT_CHANNELS),
        "groups": {name: list(channels) for name, channels in GROUPS.items()},
        "sides": [side_data(side, numbers[id(rigs[side.name])] if side.name in rigs else None, store) for side in sides],
        "bodies": bodies,
        "pictures": album.pictures,
        "scene": scene(),
        "view": {"framing": view.framing, "camera": plain(view.cameras.get("A")), "timeS": view.time_s, "pair": view.pair},
        "sound": {"at": store.add(sound_file(take.speech.audio)), "mime": "audio/flac"},
        "peaks": _peaks(take.speech.audio, store),
        "phones": [[p.symbol, p.start_s, p.end_s, p.word] for p in take.speech.phones],
        "notes": notes_data(take.notes),
        "media": _media(take, store, remarks),
    }
    return data, store


def sound_file(clip: AudioClip) -> bytes:
    """A sound as FLAC: every browser of the last years plays it, it loses nothing, and it begins at its first sample.

    Args:
        clip: any.
    """
    import soundfile

    made = io.BytesIO()
    soundfile.write(made, np.clip(clip.samples, -1, 1), clip.rate, "PCM_16", format="FLAC")
    return made.getvalue()


def _peaks(clip: AudioClip, store: Store) -> dict[str, Any]:
    """Lowest and highest sample of equal stretches, as small numbers."""
    n = max(1, round(clip.duration_s * _PEAKS_PER_S))
    edges = np.linspace(0, max(len(clip.samples), 1), n + 1).astype(np.int64)[:-1]
    samples = clip.samples if len(clip.samples) else np.zeros(1, np.float32)
    edges = np.minimum(edges, len(samples) - 1)
    table = np.stack([np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)], axis=1)
    return {**store.array(np.rint(np.clip(table, -1, 1) * 127).astype("i1")), "n": n}


def _media(take: SavedTake, store: Store, remarks: list[str]) -> dict[str, Any]:
    """Spoken notes, pictures and films that the notes name."""
    wanted = {note.voice for note in take.notes} | {note.reference.file for note in take.notes if note.reference is not None}
    made: dict[str, Any] = {}
    for name in sorted(wanted - {""}):
        path = take.media.get(name)
        try:
            data = path.read_bytes() if path is not None and path.stat().st_size <= MAX_MEDIA_BYTES else None
        except OSError:
            data = None
        if data is None:
            remarks.append(f"The file {name} of a note is too large or not at hand, so that the page goes without it.")
            continue
        made[name] = {"at": store.add(data), "mime": mimetypes.guess_type(name)[0] or "application/octet-stream"}
    return made


def _page(take: SavedTake, data: Mapping[str, Any], store: Store, library: str, licence: str) -> str:
    """The whole page."""
    code = "\n".join((WEB / name).read_text("utf-8") for name in SCRIPTS)
    scripts = {"three": library, "script": f'(() => {{\n"use strict";\n{code}\n}})();'}
    style = (WEB / "page.css").read_text("utf-8")
    words = {
        "title": html.escape(take.line or "Review"),
        "policy": _policy(list(scripts.values()), style),
        "style": style,
        # no tag can end or begin inside a string of JSON
        "take": json.dumps(data, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
        "data": store.text(),
        "licence": html.escape(f"three.js {three.VERSION}\n\n{licence}"),
        **scripts,
    }
    return _SLOT.sub(lambda found: words[found[1]], (WEB / "page.html").read_text("utf-8"))


def _policy(scripts: list[str], style: str) -> str:
    """What the browser allows the page: its own scripts and style to the letter, what is inside it, and no network."""

    def digest(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii") + "'"

    allowed = {
        "default-src": "'none'",
        "script-src": " ".join(map(digest, scripts)),
        "style-src": digest(style),
        "img-src": "blob: data:",
        "media-src": "blob: data:",
        "connect-src": "'none'",
        "form-action": "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())
