"""What is done about a line to the Speech service that broke: wait and open another, or say what the user must do."""

from __future__ import annotations

from app.speech.azure.faults import sentence_of

#: waits between the lines, in seconds; the SDK has tried four times by itself before each
_WAITS_S = (0.5, 1.0, 2.0, 4.0)
#: faults that go away by themselves, even before the service was ever reached
_PASSING = {"TooManyRequests", "ServiceUnavailable"}
#: faults that only the user can mend, even when the service was reached before
_LASTING = {"AuthenticationFailure", "Forbidden", "BadRequest"}
_SILENT = "Azure's Speech service takes the sound and does not answer; try again in a minute, or choose the embedded recogniser."
_NOT_UNDERSTOOD = "Azure's Speech service did not understand the request; choose a language from the list, and check SPEECH_ENDPOINT."


class Repairs:
    """Counts what went wrong since the service last said something.

    Attributes:
        connected: whether the service took a line at least once.
    """

    def __init__(self) -> None:
        self.connected = False
        self._tried = 0

    def answered(self) -> None:
        """The service said something: all is well."""
        self._tried = 0

    def after(self, code: str, details: str, *, has_token: bool) -> tuple[float, str]:
        """What to do about a fault.

        Args:
            code: name of the SDK's ``CancellationErrorCode``, or ``Silent`` when the service does not answer.
            details: the SDK's words.
            has_token: whether a token may have run out; a new line gets a fresh one.

        Returns:
            Seconds to wait before a new line, and a sentence when there is no use in one, else "".
        """
        expired = code == "AuthenticationFailure" and has_token and self.connected and not self._tried
        passes = expired or code in _PASSING or (self.connected and code not in _LASTING)
        waits = _WAITS_S[1:] if code == "Silent" else _WAITS_S
        if not passes or self._tried >= len(waits):
            return 0.0, _sentence(code, details)
        self._tried += 1
        return (0.0 if expired or code == "Silent" else waits[self._tried - 1]), ""


def _sentence(code: str, details: str) -> str:
    if code == "Silent":
        return _SILENT
    return _NOT_UNDERSTOOD if code == "BadRequest" else sentence_of(code, details)
