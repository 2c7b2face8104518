"""What a speech-to-speech service asks money for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.counting import Count


@dataclass(frozen=True)
class Spent:
    """What was used since the last report; whoever keeps the cost adds it up.

    Attributes:
        service: ``voice-live`` or ``openai-realtime``.
        model: the deployment's name.
        text_in: tokens of text that the model read, cached ones among them.
        audio_in: tokens of sound that it heard.
        cached_in: of both, those that were cached.
        text_out: tokens of text that it wrote.
        audio_out: tokens of sound that it spoke.
        connected_s: seconds for which a connection was open; told when it ends.
        heard_s: seconds of sound sent to it since that was told last; told every ten seconds and when the connection ends.
        spoken_s: seconds of sound that came; told with every answer.
    """

    service: str
    model: str
    text_in: int = 0
    audio_in: int = 0
    cached_in: int = 0
    text_out: int = 0
    audio_out: int = 0
    connected_s: float = 0.0
    heard_s: float = 0.0
    spoken_s: float = 0.0


def spent_on(service: str, model: str, usage: Mapping[str, Any] | None, spoken_s: float) -> Spent:
    """Read the usage of a finished answer.

    Args:
        service: see Spent.
        model: see Spent.
        usage: of ``response.done``; details that are missing count as text.
        spoken_s: seconds of its sound.
    """
    usage = usage or {}
    into, out = usage.get("input_token_details") or {}, usage.get("output_token_details") or {}
    total_in, total_out = int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0)
    audio_in, audio_out = int(into.get("audio_tokens") or 0), int(out.get("audio_tokens") or 0)
    return Spent(
        service,
        model,
        text_in=max(total_in - audio_in, 0),
        audio_in=audio_in,
        cached_in=int(into.get("cached_tokens") or 0),
        text_out=max(total_out - audio_out, 0),
        audio_out=audio_out,
        spoken_s=spoken_s,
    )


def counted(count: Count) -> Callable[[Spent], None]:
    """Reports into a meter: minutes of sound sent and received, by which these services are priced there.

    Args:
        count: of the meter.
    """

    def take(spent: Spent) -> None:
        count("realtime", "minutes_heard", spent.heard_s / 60, spent.model)
        count("realtime", "minutes_spoken", spent.spoken_s / 60, spent.model)

    return take
