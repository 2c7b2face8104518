"""``listen``: live faces from other programs."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.commands.live.reports import Ticker, sender_report, sender_text
from app.core.errors import ServiceError
from app.formats.registry import check_writable, write_track
from app.streaming.address import TITLES, Address
from app.streaming.heard import HeardFace
from app.streaming.listener import FaceListener
from app.streaming.recording import FaceRecording

_NOTHING = "No face arrived; check the sender's address and port, that both machines share a network, and the firewall."
_LOOK_S = 0.05
_TICK_S = 0.5


def run(options: Namespace) -> int:
    """Hear faces until Ctrl+C or the time is over, and write them.

    Raises:
        StreamingError: a bad address, or the port is in use.
        ServiceError: no face came, or the WebSocket cannot be reached.
    """
    address = Address.parse_own(options.address)
    if options.out is not None:
        check_writable(options.out)
    recording = FaceRecording()

    def take(heard: HeardFace) -> None:
        if not options.subject or heard.face.subject == options.subject:
            recording.take(heard)

    with FaceListener(address, take, options.token) as listener:
        print(f"Listening for {TITLES[address.wire]} at {listener.address.host} port {listener.address.port}.", file=sys.stderr)
        began_s = _attend(options, listener, recording)
        heard = listener.counters()
        unreadable, fault = listener.unreadable, listener.fault
    if began_s is None:
        raise ServiceError(
            fault or "No face arrived; check the sender's address and port, that both machines share a network, and the firewall."
        )
    written = _write(options.out, recording, options.fps) if options.out is not None else {}
    if options.json:
        print(json.dumps({"senders": [sender_report(one) for one in heard], "unreadable": unreadable, **written}))
    else:
        for one in heard:
            print(sender_text(one))
        if unreadable:
            print(f"{unreadable} packets could not be read. {fault}".rstrip())
        if written:
            print(f"{options.out}: {written['frames']} frames at {written['fps']:g} fps of {recording.sender}")
    return 0


def _attend(options: Namespace, listener: FaceListener, recording: FaceRecording) -> float | None:
    """Wait for the end; returns when the first face came, None for none."""
    ticker, started_s = Ticker(options.progress), time.perf_counter()
    began_s, told_s = None, 0.0
    with suppress(KeyboardInterrupt):
        while not recording.is_full:
            now_s = time.perf_counter()
            if began_s is None and len(recording):
                began_s = now_s
            if began_s is None and now_s - started_s > options.wait:
                break
            if began_s is not None and options.seconds and now_s - began_s >= options.seconds:
                break
            if now_s - told_s >= _TICK_S:
                told_s = now_s
                ticker.say("; ".join(sender_text(one) for one in listener.counters()) or listener.fault or "waiting for a face")
            time.sleep(_LOOK_S)
    ticker.end()
    return began_s if began_s is not None or not len(recording) else started_s


def _write(out: Path, recording: FaceRecording, fps: float | None) -> dict[str, Any]:
    recorded = recording.finished(fps)
    notes = (*recorded.notes, *write_track(out, recorded.track))
    for note in notes:
        print(f"{out.name}: {note}", file=sys.stderr)
    return {
        "out": str(out), "frames": len(recorded.track), "fps": recorded.track.fps, "origin_s": recorded.origin_s, "clock": recorded.clock,
        "missing": recorded.missing, "timing_error_ms": round(recorded.timing_error_ms, 2),
        "largest_error": round(recorded.resampling_error, 4), "warnings": list(notes),
    }  # fmt: skip
