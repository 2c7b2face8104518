"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: what a finding is about, in the order of the report
Subject = Literal["packages", "speech", "chat", "live", "clock"]
#: what is wrong, where something is
Cause = Literal["", "packages", "key", "region", "endpoint", "deployment", "network", "proxy", "quota", "clock", "service"]
TITLES: dict[Subject, str] = {
    "packages": "Packages",
    "speech": "Azure Speech",
    "chat": "Chat",
    "live": "Voice Live, Realtime",
    "clock": "Clock",
}


@dataclass(frozen=True)
class Checked:
    """One finding.

    Attributes:
        subject: what was looked at.
        state: ``ok``; ``note`` where nothing is configured, or it works with less; ``problem`` where something configured does not work.
        sentence: what was found, and what to do about it.
        cause: what is wrong.
    """

    subject: Subject
    state: Literal["ok", "note", "problem"]
    sentence: str
    cause: Cause = ""
