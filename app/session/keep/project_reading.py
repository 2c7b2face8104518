"""A project with everything that must be read for it, off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.core.speech import AudioClip, Speech, parted
from app.formats.project import Project, ProjectSound
from app.formats.project_files import MissingFile
from app.lipsync.registry import abilities_of, make_source
from app.session.base import opening
from app.session.base.side import FPS
from app.session.state import NO_PEAKS, SpeechPart

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig

#: reads a project, and notes the files that are not there
ReadProject = Callable[[list[MissingFile]], Project]
#: rate of the silence that stands in for a sound that is not there
SILENT_RATE = 24000


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
    """

    project: Project
    rig: AvatarRig | None
    clip: AudioClip | None
    peaks: np.ndarray
    missing: tuple[MissingFile, ...]
    path: Path | None = None
    own: Path | None = None
    is_mended: bool = False

    def lacks(self, path: Path | None) -> bool:
        """Whether a file is one of the missing ones."""
        return any(each.path == path for each in self.missing)


def load(read: ReadProject, shown: Path | None) -> LoadedProject:
    """Read a project and its files, but for those that are not there.

    Args:
        read: reads the project.
        shown: the avatar on show, which is not read again.

    Raises:
        PreviewError: the project or one of its files is damaged.
    """
    found: list[MissingFile] = []
    project = read(found)
    missing = {each.path for each in found}
    new, sound, clip, peaks = None, project.sound, None, NO_PEAKS
    if project.avatar is not None and project.avatar not in missing and project.avatar != shown:
        new = opening.read_avatar(project.avatar)
    if sound is not None:
        clip, peaks = silence_of(sound) if sound.file in missing else opening.read_audio(sound.file)
    for name, side in project.sides.items():
        if not abilities_of(side.source).is_linked and all(each.what != f"the source of side {name}" for each in found):
            make_source(side.source, FPS)
    return LoadedProject(project, new, clip, peaks, tuple(found))


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
