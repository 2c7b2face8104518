"""One line of a dialogue table: spoken or read, animated, checked and pictured; here, in another process, or on another machine."""

from __future__ import annotations

import atexit
import contextlib
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from app import __version__
from app.commands.batches.line_order import LineFace, LineOrder, LineSound, MadeLine
from app.commands.batches.making_sides import SideMaker, motion_key
from app.commands.pipeline import DEFAULT_AVATAR, speech_from_audio, speech_from_text
from app.commands.progress import Progress
from app.core.curve_edits import CurveEdit
from app.core.emotion import EmotionSettings
from app.core.errors import PreviewError, RenderError, SpeechError
from app.core.placing import Places
from app.core.presets import tuning_data
from app.core.speech import Speech, has_timings
from app.core.track import Animation
from app.core.tuning import tuned_animation
from app.formats.dialogue.marks import timeline_of
from app.formats.kept.conflicts import conflict_of
from app.formats.notes import new_id
from app.formats.project import Project, ProjectSide, ProjectSound
from app.formats.takes.take import AvatarReference, Lane, SavedTake
from app.lipsync.registry import source_needs_phones
from app.remote.sources import register as register_remote_sources
from app.review.batch.carrying import Wanted, carried_edits, carried_notes, carried_settings, status_conflict, with_conflicts
from app.review.batch.pictures import FILM_FPS, BatchStudio
from app.review.batch.stamp import BatchStamp, Conflict, film_key, key_of, stamp_of, with_stamp
from app.review.batch.summary import summary_of


def make_line(order: LineOrder) -> MadeLine | str:
    """Make a line's take; whatever is wrong with it costs this line alone.

    Args:
        order: all of it.

    Returns:
        The take, or one sentence why there is none.
    """
    try:
        return _Line(order).made()
    except PreviewError as error:
        return str(error)
    except MemoryError:
        return "It needs more memory than there is; cut it into shorter lines."
    except OSError as error:
        return f"It cannot be worked on ({error.strerror or error}); make room on the disk and try again."
    except Exception as error:  # noqa: BLE001 - strangers' files reach decoders of all kinds, and hundreds of other lines wait
        kind, words = type(error).__name__, " ".join(str(error).split())[:200]
        return f"It stopped the program's work ({kind}: {words}); change the line, and report it."


_HERE = threading.local()


def studio() -> BatchStudio:
    """The pictures of this thread."""
    if not hasattr(_HERE, "studio"):
        _HERE.studio = BatchStudio()
        if threading.current_thread() is threading.main_thread():
            # a process that ends takes its modules apart in any order; the canvas goes before them
            atexit.register(_HERE.studio.close)
    made: BatchStudio = _HERE.studio
    return made


def close_studio() -> None:
    """Let go of what pictures needed in this thread."""
    studio().close()


@cache
def _unpacked() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="visemesync-avatars-", ignore_cleanup_errors=True)


@lru_cache(maxsize=32)
def _place(path: Path, sha256: str, is_bundled: bool, content: bytes) -> Path:
    if path.is_file():
        return path
    if is_bundled:
        return DEFAULT_AVATAR.parent / path.name
    if not content:
        return path  # the reader says that it is not there
    here = Path(_unpacked().name) / f"{sha256[:16]}{path.suffix}"
    here.write_bytes(content)
    return here


def _avatar(face: LineFace) -> Path:
    """Where the avatar's file is on this machine."""
    return _place(face.path, face.sha256, face.is_bundled, face.content)


@dataclass(frozen=True)
class _Sides:
    """What is new of a take's sides."""

    sides: Mapping[str, ProjectSide]
    lanes: Mapping[str, Lane]
    conflicts: list[Conflict]


class _Line:
    """One line in work.

    Args:
        order: all of it.
    """

    def __init__(self, order: LineOrder) -> None:
        register_remote_sources()
        self._order, self._former = order, order.former
        self._stamp = None if order.former is None else stamp_of(order.former.unknown)
        self._remarks: list[str] = []

    def made(self) -> MadeLine:
        """The take, its summary and its film."""
        order, former = self._order, self._former
        speech = self._speech()
        places = None if former is None else Places(former.speech, speech)
        emotion = EmotionSettings(timeline=timeline_of(order.marks, speech.words, speech.phones)) if order.marks else EmotionSettings()
        wanted = Wanted(str(order.source), order.tuning, emotion, key_of("marks", [repr(mark) for mark in order.marks]))
        carried = carried_settings(former, wanted, places)
        maker = SideMaker(speech, order.fps, carried.emotion, order.in_fps)
        layers = former.project.sides["A"].layers if former is not None and "A" in former.project.sides else ()
        motion = motion_key(order.heard.key, carried.source, carried.tuning.native, maker, layers)
        lane = None if former is None else former.lanes.get("A")
        kept = lane.raw if lane is not None and self._stamp is not None and self._stamp.motion == motion else None
        raw = kept or maker.motion(carried.source, carried.tuning.native, layers)
        self._remarks += [*(note.sentence for note in speech.audio.notes), *raw.notes, *maker.remarks(carried.source)]
        edits: tuple[CurveEdit, ...] = ()
        conflicts = carried.conflicts
        if former is not None and places is not None and "A" in former.project.sides:
            edits, lost = carried_edits(former.project.sides["A"].edits, "A", places)
            conflicts += lost
        tuned = tuned_animation(raw, carried.tuning, speech.phones, edits)
        side = ProjectSide(carried.source, self._own_avatar("A"), carried.tuning, edits, layers)
        others = self._others(maker, places)
        sides = {"A": side, **others.sides}
        lanes = {"A": Lane(raw, tuned, f"{raw.label}, VisemeSync Preview {__version__}", dict(carried.tuning.native)), **others.lanes}
        stamp = BatchStamp(
            order.key, order.heard.key, motion, order.row, order.table, order.character, order.preset, order.heard.voice, wanted.source,
            tuning_data(wanted.tuning), wanted.emotion.to_data(), wanted.marks, order.face.sha256,
            "" if order.film is None else film_key(tuned, order.face.sha256, order.film), dict(order.columns),
            [] if self._stamp is None else self._stamp.conflicts,
        )  # fmt: skip
        take = self._take(speech, sides, lanes, carried.emotion, places=places, stamp=stamp, conflicts=[*conflicts, *others.conflicts])
        summary = replace(summary_of(take), remarks=list(dict.fromkeys(self._remarks)))
        return MadeLine(_fresh(take), summary, self._film(take, tuned))

    # -- what is heard

    def _speech(self) -> Speech:
        """The sound with its timings: that of the former take where it is the same, for voices may cost money."""
        order, heard = self._order, self._order.heard
        words = any(mark.at_s is None for mark in order.marks)
        if self._former is not None and self._stamp is not None and self._stamp.sound == heard.key:
            speech = self._former.speech
            if has_timings(speech) or not (words or source_needs_phones(order.source)):
                return speech
        quiet = Progress("none")
        if heard.text:
            from app.speech.delivery import Delivery

            return speech_from_text(heard.text, heard.voice or None, heard.speed, quiet, Delivery(style=heard.style))
        needed = words or source_needs_phones(order.source)
        if heard.transcript and not needed:
            try:
                return _read(heard, needs_phones=True)
            except SpeechError as error:  # phones would only have helped the check
                self._remarks.append(f"Its words are not timed: {error}")
        return _read(heard, needed)

    # -- what is seen

    def _own_avatar(self, name: str) -> Path | None:
        return None if self._former is None or name not in self._former.project.sides else self._former.project.sides[name].avatar

    def _others(self, maker: SideMaker, places: Places | None) -> _Sides:
        """Sides that somebody put beside A: as they are, or on the new sound; motion that cannot be made stays and is listed."""
        made = _Sides({}, {}, [])
        if self._former is None or places is None:
            return made
        sides, lanes = dict(made.sides), dict(made.lanes)
        for name, side in self._former.project.sides.items():
            if name == "A":
                continue
            edits, lost = carried_edits(side.edits, name, places)
            made.conflicts.extend(lost)
            sides[name] = replace(side, edits=edits)
            lane = self._former.lanes.get(name)
            if lane is not None:
                lanes[name] = lane
            if places.same:
                continue
            try:
                raw = maker.motion(side.source, side.tuning.native, side.layers)
            except PreviewError as error:
                words = f"Side {name} still moves as the former sound did, because its motion cannot be made anew: {error}"
                made.conflicts.append(
                    conflict_of("side", words, 0.0, {"side": name, "source": side.source, "sound": self._order.heard.key})
                )
                continue
            tuned = tuned_animation(raw, side.tuning, maker.speech.phones, edits)
            lanes[name] = Lane(raw, tuned, f"{raw.label}, VisemeSync Preview {__version__}", dict(side.tuning.native))
        return _Sides(sides, lanes, made.conflicts)

    def _avatar_by_hand(self) -> bool:
        """Whether somebody gave the take another avatar."""
        former, stamp = self._former, self._stamp
        return former is not None and stamp is not None and former.avatar is not None and former.avatar.sha256 not in ("", stamp.avatar)

    def _take(
        self, speech: Speech, sides: Mapping[str, ProjectSide], lanes: Mapping[str, Lane], emotion: EmotionSettings, *,
        places: Places | None, stamp: BatchStamp, conflicts: list[Conflict],
    ) -> SavedTake:  # fmt: skip
        """The whole take: a new one, or the former one with what was made anew."""
        face, former = self._order.face, self._former
        avatar: AvatarReference | None = AvatarReference(face.path.name, face.sha256, face.path)
        sound = ProjectSound(Path(self._order.heard.file or "line.wav"), speech.text, speech.phones, speech.visemes, (0.0,), speech.words)
        if former is None or places is None:
            project = Project(dict(sides), face.path, {}, sound, emotion=emotion)
            take = SavedTake(new_id(), self._order.line, project, speech, lanes, avatar, app_version=__version__)
        else:
            shown = face.path
            if self._avatar_by_hand():
                avatar, shown = former.avatar, former.project.avatar or face.path
                if self._stamp is not None and face.sha256 != self._stamp.avatar:
                    words = f"The table now asks for the avatar {face.path.name}; another one was chosen by hand and stays in the take."
                    conflicts.append(conflict_of("avatar", words, 0.0, {"table": face.sha256}))
            project = replace(former.project, sides=dict(sides), avatar=shown, sound=sound, emotion=emotion)
            notes, lost = carried_notes(former.notes, places)
            conflicts += lost
            take = replace(
                former, project=project, speech=speech, lanes=lanes, avatar=avatar, notes=notes, app_version=__version__
            )  # fmt: skip
            conflicts += self._status(former, take)
        take = replace(take, thumbnail=self._thumbnail(take))
        take, stamp = with_conflicts(take, stamp, conflicts)
        return replace(take, unknown=with_stamp(take.unknown, stamp))

    def _status(self, former: SavedTake, take: SavedTake) -> list[Conflict]:
        """Whether what was approved moves otherwise now."""
        old, new = former.lanes.get("A"), take.lanes["A"]
        if old is not None and _same(old.tuned, new.tuned) and former.speech.audio.digest == take.speech.audio.digest:
            return []
        what = "a new sound" if former.speech.audio.digest != take.speech.audio.digest else "a change of the table"
        found = status_conflict(former, what)
        return [] if found is None else [found]

    def _thumbnail(self, take: SavedTake) -> bytes:
        tuned = take.lanes["A"].tuned
        former = self._former
        old = None if former is None else former.lanes.get("A")
        known = former is not None and former.thumbnail and self._stamp is not None and self._stamp.avatar == self._order.face.sha256
        if former is not None and known and old is not None and _same(old.tuned, tuned):
            return former.thumbnail
        try:
            return studio().thumbnail(_avatar(self._order.face), tuned)
        except RenderError as error:
            self._remarks.append(f"It has no picture: {error}")
            return b""

    def _film(self, take: SavedTake, tuned: Animation) -> bytes:
        stamp = stamp_of(take.unknown)
        right = self._stamp is not None and stamp is not None and self._stamp.film == stamp.film and self._order.has_film
        if self._order.film is None or right:
            return b""
        from app.render.video import write_video

        audio = take.speech.audio
        with tempfile.TemporaryDirectory(prefix="visemesync-film-") as folder:
            path = Path(folder) / "line.mp4"
            frames = studio().film(_avatar(self._order.face), tuned, audio.duration_s, self._order.film)
            with contextlib.closing(frames):  # type: ignore[type-var]
                note = write_video(path, frames, FILM_FPS, audio)
            if note:
                self._remarks.append(f"The film: {note}")
            return path.read_bytes()


def _read(heard: LineSound, needs_phones: bool) -> Speech:
    """A recording with its words."""
    with tempfile.TemporaryDirectory(prefix="visemesync-batch-") as folder:
        audio = Path(folder) / Path(heard.file).name
        audio.write_bytes(heard.sound)
        transcript = Path(folder) / "transcript.txt" if heard.transcript else None
        if transcript is not None:
            transcript.write_text(heard.transcript, "utf-8")
        return speech_from_audio(audio, transcript, needs_phones, Progress("none"), heard.how)


def _same(one: Animation, other: Animation) -> bool:
    """Whether two animations move alike."""
    a, b = one.arkit, other.arkit
    return len(a) == len(b) and a.fps == b.fps and a.start_s == b.start_s and bool(abs(a.weights - b.weights).max(initial=0.0) < 1e-6)


def _fresh(take: SavedTake) -> SavedTake:
    """A take whose tracks travel to another process: without what they have counted out for themselves."""

    def plain(animation: Animation) -> Animation:
        visemes = None if animation.visemes is None else replace(animation.visemes)
        return replace(animation, arkit=replace(animation.arkit), visemes=visemes)

    return replace(take, lanes={name: replace(each, raw=plain(each.raw), tuned=plain(each.tuned)) for name, each in take.lanes.items()})
