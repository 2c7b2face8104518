"""A batch that runs in a process of its own: its progress, and its end."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

import app
from app.review.batch.journal import BatchCommand

#: how long a run may take to stop by itself
STOP_MS = 8000
#: exit statuses after which the folder says all there is to say: fine, and lines that failed
_TOLD = (0, 1)


class BatchRun(QObject):
    """Runs the verb again as it was run.

    Args:
        parent: the board.
    """

    #: words and a fraction of the lines
    progressed = Signal(str, float)
    #: it began, or ended
    running_changed = Signal(bool)
    #: it ended: one sentence where it did not do its work, else ""
    ended = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._said = ""
        self._pending = b""
        self._stopped = False

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None

    def start(self, folder: Path, command: BatchCommand) -> None:
        """Run it.

        Args:
            folder: of the batch.
            command: as it was run.
        """
        if self._process is not None:
            return
        table = Path(os.path.normpath(folder / command.table))
        words = ["batch", str(table), "-o", str(folder), *command.arguments, "--progress", "json"]
        process = QProcess(self)
        if getattr(sys, "frozen", False):
            process.setProgram(sys.executable)
            process.setArguments(words)
        else:
            process.setProgram(sys.executable)
            process.setArguments(["-m", "app", *words])
            process.setWorkingDirectory(str(Path(app.__path__[0]).parent))
        if sys.platform != "win32":
            # a session of its own, so that its own processes can be ended with it
            apart = QProcess.UnixProcessParameters()
            apart.flags = QProcess.UnixProcessFlag.CreateNewSession
            process.setUnixProcessParameters(apart)
        process.readyReadStandardError.connect(self._read)
        process.readyReadStandardOutput.connect(process.readAllStandardOutput)
        process.finished.connect(self._finish)
        process.errorOccurred.connect(self._fail)
        self._process, self._said, self._pending, self._stopped = process, "", b"", False
        self.running_changed.emit(True)
        self.progressed.emit("", 0.0)
        process.start()

    def stop(self) -> None:
        """Stop it after the line that it is at; what is done stays done."""
        process = self._process
        if process is None:
            return
        self._stopped = True
        if sys.platform == "win32":
            process.kill()
            return
        if process.processId():
            os.kill(process.processId(), signal.SIGINT)
        QTimer.singleShot(STOP_MS, self, lambda: self._kill(process))

    def close(self) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            self.stop_process(process)

    @staticmethod
    def stop_process(process: QProcess) -> None:
        """End a process, kindly where that is possible."""
        if sys.platform != "win32" and process.processId():
            os.kill(process.processId(), signal.SIGINT)
        if not process.waitForFinished(STOP_MS if sys.platform != "win32" else 0):
            _end(process)
            process.waitForFinished(STOP_MS)

    def _kill(self, process: QProcess) -> None:
        if self._process is process:
            _end(process)

    def _read(self) -> None:
        """Progress, and sentences of which the last one is kept."""
        if self._process is None:
            return
        self._pending += bytes(self._process.readAllStandardError().data())
        *lines, self._pending = self._pending.split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").strip()
            try:
                step = json.loads(text)
                self.progressed.emit(str(step["step"]), float(step["fraction"]))
            except (ValueError, TypeError, KeyError):
                self._said = text or self._said

    def _finish(self, status: int, _how: QProcess.ExitStatus) -> None:
        self._read()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self.running_changed.emit(False)
        self.ended.emit(
            "" if self._stopped or status in _TOLD else self._said or "The batch ended without a word; run it on a command line."
        )

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._process = None
            self.running_changed.emit(False)
            self.ended.emit("The batch could not be started; run it on a command line.")


def _end(process: QProcess) -> None:
    """End a process at once, and the processes that it started."""
    if sys.platform != "win32" and process.processId():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.processId(), signal.SIGKILL)
    process.kill()
