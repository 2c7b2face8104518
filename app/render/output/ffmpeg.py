"""The user's own ffmpeg, in a process of its own: pictures go in, an H.264 film without sound comes out."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Self

import numpy as np

from app.core.errors import RenderError

#: where it is, for those who have several; ``off`` for none
VARIABLE = "VISEMESYNC_FFMPEG"
#: encoders of H.264 that an ffmpeg may have, best first, with what they are told
ENCODERS: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "libx264": ("-preset", "veryfast", "-crf", "15"),
        "h264_nvenc": ("-preset", "p5", "-rc", "vbr", "-cq", "19", "-b:v", "0"),
        "h264_qsv": ("-global_quality", "19"),
        "h264_amf": ("-quality", "quality", "-rc", "cqp", "-qp_i", "18", "-qp_p", "20"),
        "h264_videotoolbox": ("-b:v", "8M"),
        "h264_mf": ("-b:v", "8M"),
        "h264_vaapi": ("-qp", "19"),
        "libopenh264": ("-b:v", "6M"),
    }
)
_VAAPI_DEVICE = "/dev/dri/renderD128"
_ASK_S = 10.0
_END_S = 60.0
#: no window of a console flashes up on Windows
_NO_CONSOLE = getattr(subprocess, "CREATE_NO_WINDOW", 0)


@dataclass(frozen=True)
class OwnFfmpeg:
    """A program that encodes H.264.

    Attributes:
        path: where it is.
        encoder: the best one that worked.
    """

    path: Path
    encoder: str


def find_ffmpeg() -> OwnFfmpeg | None:
    """The user's ffmpeg with the best encoder that works in it; None where there is none. Takes up to a second."""
    chosen = os.environ.get(VARIABLE, "")
    found = None if chosen.lower() == "off" else shutil.which(chosen or "ffmpeg")
    if found is None:
        return None
    path = Path(found)
    try:
        told = subprocess.run(
            [str(path), "-hide_banner", "-encoders"], capture_output=True, text=True, timeout=_ASK_S, check=False,
            stdin=subprocess.DEVNULL, creationflags=_NO_CONSOLE, errors="replace",
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    there = set(told.split())
    return next((OwnFfmpeg(path, name) for name in ENCODERS if name in there and _works(path, name)), None)


def _works(path: Path, encoder: str) -> bool:
    """Whether an encoder encodes a few pictures."""
    command = [str(path), "-v", "error", "-nostdin", *_device(encoder), "-f", "lavfi", "-i", "color=black:s=256x192:r=30:d=0.1"]
    command += [*_filter(encoder), "-c:v", encoder, *ENCODERS[encoder], "-f", "null", "-"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_ASK_S, check=False, creationflags=_NO_CONSOLE)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _device(encoder: str) -> tuple[str, ...]:
    return ("-vaapi_device", _VAAPI_DEVICE) if encoder == "h264_vaapi" else ()


def _filter(encoder: str) -> tuple[str, ...]:
    return ("-vf", "format=nv12,hwupload") if encoder == "h264_vaapi" else ("-pix_fmt", "yuv420p")


class FfmpegPictures:
    """Feeds pictures of one size to an ffmpeg, which writes a film without sound; a context manager that ends the process.

    Args:
        program: the ffmpeg.
        encoder: one of ENCODERS.
        out: the MP4.
        size: width and height in pixels, even.
        rate: pictures per second.
    """

    def __init__(self, program: Path, encoder: str, out: Path, *, size: tuple[int, int], rate: Fraction) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the process)
        command = [str(program), "-v", "error", "-y", *_device(encoder), "-f", "rawvideo", "-pix_fmt", "rgb24"]
        command += ["-s", f"{size[0]}x{size[1]}", "-framerate", f"{rate.numerator}/{rate.denominator}", "-i", "pipe:0"]
        command += [*_filter(encoder), "-c:v", encoder, *ENCODERS[encoder]]
        command += ["-video_track_timescale", str(rate.numerator), "-f", "mp4", str(out)]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors, creationflags=_NO_CONSOLE
            )
        except OSError as error:
            self._errors.close()
            raise RenderError(f"Your ffmpeg cannot be started ({error.strerror}); {_HELP}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # what was still to be written goes with the process
                self._process.stdin.close()
        self._process.wait()
        self._errors.close()

    def write(self, picture: np.ndarray) -> None:
        """Hand one picture over.

        Args:
            picture: (height, width, 3) uint8, contiguous.

        Raises:
            RenderError: the program has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(picture.tobytes())
        except OSError:
            raise self._failed() from None

    def finish(self) -> None:
        """No more pictures; wait for the end of the film.

        Raises:
            RenderError: the program failed, or does not end.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            status = self._process.wait(_END_S)
        except (OSError, subprocess.TimeoutExpired):
            raise self._failed() from None
        if status != 0:
            raise self._failed()

    def _failed(self) -> RenderError:
        self._errors.seek(0)
        lines = self._errors.read(20_000).decode("utf-8", "replace").strip().splitlines()
        said = f" ({lines[-1].strip()[:160].rstrip('.')})" if lines else ""
        return RenderError(f"Your ffmpeg stopped while it encoded the film{said}; {_HELP}.")


_HELP = f"check it, or set {VARIABLE}=off to get a film in AV1"
