"""The one exception tree: everything that a user can cause ends here, in one sentence that says what to do."""

from __future__ import annotations

#: of a sentence: what lies between is left out, as names and values of foreign files may be of any length
_BEGINNING, _END = 500, 200


class PreviewError(Exception):
    """Root of all errors shown to the user.

    ``str(error)`` is one sentence in plain words: what is wrong and what to do about it. Whatever a file or a server says of
    itself, it can be shown and written down: no control characters, no halves of characters, no sentence without end.
    The command line maps ``exit_code`` to its exit status (specs: 2 bad input, 3 missing service or device).
    """

    exit_code = 2

    def __str__(self) -> str:
        sentence = super().__str__()
        if len(sentence) > _BEGINNING + _END:
            sentence = f"{sentence[:_BEGINNING]} … {sentence[-_END:]}"
        if sentence.isprintable():
            return sentence
        return "".join(each if each.isprintable() else " " if each.isspace() else "�" for each in sentence)


class AvatarError(PreviewError):
    """An avatar file is broken, unsupported or unsafe."""


class AudioError(PreviewError):
    """An audio file cannot be read, is empty or too long."""


class DeviceError(PreviewError):
    """No usable audio, display or GL device."""

    exit_code = 3


class SpeechError(PreviewError):
    """A text cannot be spoken, or a voice is missing."""


class ServiceError(PreviewError):
    """A server or download cannot be reached, or refuses."""

    exit_code = 3


class TrackError(PreviewError):
    """A track file is broken or of an unknown dialect."""


class SourceError(PreviewError):
    """A lip-sync source cannot work on this input."""


class PresetError(PreviewError):
    """A tuning preset is broken, of another version, or cannot be written."""


class PoseError(PreviewError):
    """A file of poses is broken, of another version, or cannot be written; or a pose has no name."""


class LayerError(PreviewError):
    """A layer of the face is written wrongly, or its motion cannot be had."""


class ProjectError(PreviewError):
    """A project file is broken, of another version, refers to what is not there, or cannot be written."""


class TimecodeError(PreviewError):
    """What was typed is no timecode, or no frame rate."""


class PersonaError(PreviewError):
    """A persona is broken, unknown, or cannot be kept."""


class RenderError(PreviewError):
    """Drawing failed: GL is missing or a video cannot be written."""

    exit_code = 3


class StreamingError(PreviewError):
    """Faces cannot be sent to or received from another program: a bad address, a port in use, a broken packet."""


class CostError(PreviewError):
    """A file of prices is broken, or a budget is no sum of money."""


class Cancelled(PreviewError):
    """The user cancelled the work; nothing was changed."""
