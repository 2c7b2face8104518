"""A project with everything that must be read for it, off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.core.outline import Outline, loudness
from app.core.same_sound import is_same
from app.core.speech import AudioClip, Phone, Speech, parted
from app.formats.project import Project, ProjectSound
from app.formats.project_files import MissingFile, layer_what
from app.formats.project_hashes import found_by_hash
from app.formats.takes.take import Lane, SavedTake
from app.lipsync.registry import abilities_of, make_source
from app.session.base import opening
from app.session.base.side import FPS
from app.session.state import NO_PEAKS, SpeechPart

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig

#: reads a project or take, and notes the files that are not there; the second argument has files that take the place of missing ones
ReadProject = Callable[[list[MissingFile], Mapping[Path, Path]], Project | SavedTake]
#: rate of the silence that stands in for a sound that is not there
SILENT_RATE = 24000
#: motion that ends so much before its sound is whole: sources end within a frame of it
SLACK_S = 0.1


@dataclass(frozen=True)
class LoadedProject:
    """A project with everything that had to be read for it.

    Attributes:
        project: what is to be put in force.
        rig: its avatar, None when that is on show or missing.
        clip: its sound, or silence in the place of one that is missing.
        peaks: the waveform.
        missing: files that are not there.
        path: its file, None for none.
        own: the folder of a session that was recovered, whose sounds belong to nobody else; None for a project that was opened.
        is_mended: missing files were replaced, so that there is something to save.
        take: what it comes from with all that was kept, None for a project.
        moved: where files were -> where they were found again.
        lost_sources: sides whose source is a file or folder that is not there; their motion was kept.
        said_before: the outline of the sound that its work was done on, where the file of the sound is another one by now.
    """

    project: Project
    rig: AvatarRig | None
    clip: AudioClip | None
    peaks: np.ndarray
    missing: tuple[MissingFile, ...]
    path: Path | None = None
    own: Path | None = None
    is_mended: bool = False
    take: SavedTake | None = None
    moved: Mapping[Path, Path] = field(default_factory=dict)
    lost_sources: frozenset[str] = frozenset()
    said_before: Outline | None = None

    @property
    def lanes(self) -> Mapping[str, Lane]:
        """Motion of sides that was kept whole: up to the end of the sound."""
        if self.take is None:
            return {}
        end_s = self.take.speech.audio.duration_s
        return {name: lane for name, lane in self.take.lanes.items() if lane.raw.arkit.end_s >= end_s - SLACK_S}

    @property
    def speech(self) -> Speech | None:
        """What is played; the phones of a sound whose file is another one by now are not its phones any more."""
        sound, clip = self.project.sound, self.clip
        if sound is None or clip is None or self.take is not None:
            return None if sound is None or self.take is None else self.take.speech
        if self.said_before is not None:
            return Speech(clip, sound.text)
        phones = sound.phones
        if not phones and self.lacks(sound.file):
            phones = (Phone("sil", 0.0, clip.duration_s),)
        return Speech(clip, sound.text, phones, sound.visemes, sound.words, sound.facial, sound.heard)

    @property
    def before(self) -> tuple[Outline, Speech] | None:
        """The sound that its work was done on and what was known of it, where the file of the sound is another one by now."""
        sound, clip, said = self.project.sound, self.clip, self.said_before
        if sound is None or clip is None or said is None:
            return None
        return said, Speech(clip, sound.text, sound.phones, sound.visemes, sound.words, sound.facial, sound.heard)

    def lacks(self, path: Path | None) -> bool:
        """Whether a file is one of the missing ones."""
        return any(each.path == path for each in self.missing)


def load(
    read: ReadProject, shown: Path | None, folders: Iterable[Path] = (), watch: Callable[[float], None] = lambda _fraction: None
) -> LoadedProject:
    """Read a project or take and its files, but for those that are not there.

    Args:
        read: reads it.
        shown: the avatar on show, which is not read again.
        folders: where moved files are searched by their hash.
        watch: told how far the sound is read; it raises Cancelled to end it.

    Raises:
        PreviewError: the project or one of its files is damaged.
    """
    found: list[MissingFile] = []
    content = read(found, {})
    moved = found_by_hash({each.path: each.sha256 for each in found if each.sha256}, folders)
    if moved:
        found = []
        content = read(found, moved)
    take = content if isinstance(content, SavedTake) else None
    project = content.project if isinstance(content, SavedTake) else content
    loaded = LoadedProject(project, None, None, NO_PEAKS, (), take=take, is_mended=bool(moved), moved=moved)
    kept = loaded.lanes
    # who moves a side whose motion is there need not be
    lost = frozenset(name for name in kept for each in found if each.what == f"the source of side {name}")
    found = [each for each in found if not any(each.what in (f"the source of side {name}", layer_what(name)) for name in kept)]
    missing = {each.path for each in found}
    new, clip, peaks = None, None, NO_PEAKS
    if project.avatar is not None and project.avatar not in missing and project.avatar != shown:
        new = opening.read_avatar(project.avatar)
    if take is not None:
        clip = take.speech.audio
        peaks = opening.waveform(clip)
    elif project.sound is not None:
        file = project.sound.file
        clip, peaks = silence_of(project.sound) if file in missing else opening.read_audio(file, watch=watch)
    for name, side in project.sides.items():
        lacks = any(each.what == f"the source of side {name}" for each in found)
        if name not in kept and not lacks and not abilities_of(side.source).is_linked:
            make_source(side.source, FPS)
    said = None if project.sound is None or take is not None or project.sound.file in missing else project.sound.said
    before = said if said is not None and clip is not None and not _is_of(clip, said) else None
    return replace(loaded, rig=new, clip=clip, peaks=peaks, missing=tuple(found), lost_sources=lost, said_before=before)


def _is_of(clip: AudioClip, said: Outline) -> bool:
    """Whether a sound is that of an outline, perhaps written to a file since."""
    return clip.digest == said.digest or is_same(said.loud, loudness(clip))


def silence_of(sound: ProjectSound) -> tuple[AudioClip, np.ndarray]:
    """Silence as long as what was said in a sound that is not there, so that its phones still move the face; and its waveform."""
    end_s = max((phone.end_s for phone in sound.phones), default=1.0)
    clip = AudioClip(np.zeros(round(end_s * SILENT_RATE), np.float32), SILENT_RATE, sound.file.stem)
    return clip, opening.waveform(clip)


def parts_of(speech: Speech, starts_s: tuple[float, ...]) -> list[SpeechPart]:
    """Cut a speech into the parts that were animated one by one.

    Args:
        speech: the whole.
        starts_s: where each part starts, in seconds; the first is 0.

    Returns:
        Start in seconds and speech of each part, on its own time line.
    """
    return list(parted(speech, starts_s))
