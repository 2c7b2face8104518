"""What file dialogs offer, made of the endings that the program opens."""

from __future__ import annotations

from app.core.file_kinds import AUDIO_ENDINGS, AVATAR_ENDINGS, PROJECT_ENDINGS
from app.formats.project_files import FILM_ENDINGS, PICTURE_ENDINGS
from app.session.base.opening import track_endings

ANY = "All files (*)"
#: what can stand beside the face
REFERENCES = ("Pictures and films", (*PICTURE_ENDINGS, *FILM_ENDINGS))


def kinds() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Kinds of files as dialogs call them, with their endings."""
    return {
        "project": ("Projects and takes", PROJECT_ENDINGS),
        "avatar": ("Avatars", AVATAR_ENDINGS),
        "audio": ("Recordings", AUDIO_ENDINGS),
        "track": ("Tracks", track_endings()),
    }


def file_filter(name: str, endings: tuple[str, ...]) -> str:
    """One entry of a dialog's filter.

    Args:
        name: of the files, in words.
        endings: each with its dot.
    """
    return f"{name} ({' '.join('*' + ending for ending in endings)})"


def filter_of(kind: str = "") -> str:
    """What a dialog offers for one of ``kinds()``, ``reference`` or ``motion``; "" for everything that can be opened.

    A track may be called anything, so that every file can be picked where one is wanted.
    """
    if kind:
        known = kinds()
        motion = ("Tracks and takes", (*known["track"][1], ".vstake"))
        chosen = file_filter(*{**known, "reference": REFERENCES, "motion": motion}[kind])
        return f"{chosen};;{ANY}" if kind in ("track", "motion") else chosen
    each_kind = tuple(kinds().values())
    everything = tuple(dict.fromkeys(ending for _, endings in each_kind for ending in endings))
    return ";;".join((*(file_filter(*each) for each in (("All that can be opened", everything), *each_kind)), ANY))
