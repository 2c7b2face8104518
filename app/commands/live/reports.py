"""What the verbs of live faces say of their counters."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

from app.streaming.figures import Spread
from app.streaming.heard import SenderCounters
from app.streaming.tally import ReceiverCounters


def spread_report(spread: Spread | None) -> dict[str, float] | None:
    """A spread for JSON."""
    return None if spread is None else {name: round(value, 3) for name, value in asdict(spread).items()}


def receiver_report(counters: ReceiverCounters) -> dict[str, Any]:
    """One receiver for JSON."""
    return {
        "address": str(counters.address), "frames": counters.frames, "packets": counters.packets, "bytes": counters.bytes,
        "failed": counters.failed, "rate_hz": round(counters.rate_hz, 2), "lateness": spread_report(counters.lateness),
        "delay": spread_report(counters.delay), "fault": counters.fault, "clients": counters.clients, "dropped": counters.dropped,
    }  # fmt: skip


def receiver_text(counters: ReceiverCounters) -> str:
    """One receiver in a line."""
    late = f"{counters.lateness.p50_ms:.1f} ms late, p99 {counters.lateness.p99_ms:.1f}"
    text = f"{counters.address}: {counters.frames} faces, {counters.packets} packets, {counters.bytes / 1000:.1f} kB; "
    text += f"{counters.rate_hz:.1f} a second, {late}"
    if counters.delay is not None:
        text += f"; {counters.delay.p50_ms:.0f} ms after what they show, p99 {counters.delay.p99_ms:.0f}"
    if counters.clients or counters.dropped:
        text += f"; {counters.clients} clients, {counters.dropped} faces dropped for slow ones"
    if counters.failed:
        text += f"; {counters.failed} failed"
    return f"{text}. {counters.fault}".rstrip(" ") if counters.fault else text


def sender_report(counters: SenderCounters) -> dict[str, Any]:
    """One sender for JSON."""
    return {
        "host": counters.sender.host, "port": counters.sender.port, "subject": counters.sender.subject, "frames": counters.frames,
        "held": counters.held, "rate_hz": round(counters.rate_hz, 2), "fps": counters.fps, "jitter": spread_report(counters.jitter),
        "lost": counters.lost, "jumps": counters.jumps, "out_of_order": counters.out_of_order, "restarts": counters.restarts,
    }  # fmt: skip


def sender_text(counters: SenderCounters) -> str:
    """One sender in a line."""
    jitter = f"jitter {counters.jitter.p50_ms:.1f} ms, p99 {counters.jitter.p99_ms:.1f}"
    text = f"{counters.sender}: {counters.frames} faces, {counters.rate_hz:.1f} a second, {jitter}; {counters.lost} lost"
    for count, words in ((counters.held, "without a face"), (counters.out_of_order, "out of order"), (counters.restarts, "restarts")):
        text += f", {count} {words}" if count else ""
    return text


class Ticker:
    """A line on standard error that is written over, where there is a terminal.

    Args:
        how: ``auto``, ``json`` or ``none``, as ``--progress`` says.
    """

    def __init__(self, how: str) -> None:
        self._is_on = how == "auto" and sys.stderr.isatty()
        self._length = 0

    def say(self, text: str) -> None:
        """Show a line instead of the one before."""
        if self._is_on:
            shown = text[:110]
            print("\r" + shown.ljust(self._length), end="", file=sys.stderr, flush=True)
            self._length = len(shown)

    def end(self) -> None:
        """Leave the line."""
        if self._is_on and self._length:
            print(file=sys.stderr)
            self._length = 0
