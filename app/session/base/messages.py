"""What the session has to say to the user, in sentences."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, Signal

from app.keys.secret import redacted

#: what Python puts before the words of the operating system, and nobody can use
_NUMBER = re.compile(r"\[(?:Errno|WinError) -?\d+\] ?")


class Messages(QObject):
    """The one mouth of all parts; keys do not pass it."""

    #: one sentence: something did not work, and what to do
    failed = Signal(str)
    #: one sentence that needs no answer
    noticed = Signal(str)

    def fail(self, sentence: str) -> None:
        """Say that something did not work."""
        self.failed.emit(redacted(_NUMBER.sub("", sentence)))

    def fail_task(self, _task: str, sentence: str) -> None:
        """Say that a job did not work; the usual receiver of Workers."""
        self.fail(sentence)

    def tell(self, sentence: str) -> None:
        """Say something in passing."""
        self.noticed.emit(redacted(sentence))
