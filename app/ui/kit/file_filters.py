"""What file dialogs offer, made of the endings that the program opens."""

from __future__ import annotations

from app.render.insets import FILM_ENDINGS, PICTURE_ENDINGS
from app.session.base.opening import AUDIO_ENDINGS, AVATAR_ENDINGS, PROJECT_ENDINGS, TRACK_ENDINGS

#: kinds of files as dialogs call them, with their endings
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "project": ("Projects and takes", PROJECT_ENDINGS),
    "avatar": ("Avatars", AVATAR_ENDINGS),
    "audio": ("Recordings", AUDIO_ENDINGS),
    "track": ("Tracks", TRACK_ENDINGS),
}
#: what a layer can play
MOTION = ("Tracks and takes", (*TRACK_ENDINGS, ".vstake"))
#: what can stand beside the face
REFERENCES = ("Pictures and films", (*PICTURE_ENDINGS, *FILM_ENDINGS))


def file_filter(name: str, endings: tuple[str, ...]) -> str:
    """One entry of a dialog's filter.

    Args:
        name: of the files, in words.
        endings: each with its dot.
    """
    return f"{name} ({' '.join('*' + ending for ending in endings)})"


def filter_of(kind: str = "") -> str:
    """What a dialog offers for one of KINDS ``reference`` or ``motion``; "" for everything that can be opened."""
    if kind:
        return file_filter(*{**KINDS, "reference": REFERENCES, "motion": MOTION}[kind])
    everything = tuple(ending for _, endings in KINDS.values() for ending in endings)
    return ";;".join(file_filter(*each) for each in (("All that can be opened", everything), *KINDS.values()))
