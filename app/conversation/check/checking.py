"""All checks, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from app.conversation.check.asking import SKEW_S, Wire, skew_sentence
from app.conversation.check.chat import check_chat, reach
from app.conversation.check.checked import Checked
from app.conversation.check.packages import check_packages
from app.conversation.check.speech import check_speech
from app.core.cancel import CancelToken
from app.keys.access import ChatAccess, SpeechAccess
from app.keys.found import Service, chat_access, live_access, speech_access
from app.keys.places import ServicePlaces
from app.keys.secret import REDACTION, redacted


def check_all(
    places: ServicePlaces | None = None,
    *,
    keys: Mapping[Service, str] | None = None,
    wire: Wire | None = None,
    told: Callable[[Checked], None] | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Checked, ...]:
    """Look at every service that is configured; call it on a worker thread, because it may ask a keyring and does ask the network.

    Args:
        places: what was typed; None for what this process goes by.
        keys: to be tried in place of those that are kept.
        wire: the way to the network; None for the usual one.
        told: called with every finding as soon as it is there.
        cancel: ends it before the next question.

    Returns:
        The findings in the order of the report: fewer when it was cancelled.
    """
    found = []
    for finding in _findings(places, keys or {}, wire or Wire()):
        clean = Checked(finding.subject, finding.state, redacted(finding.sentence), finding.cause)
        if cancel is not None and cancel.is_set():
            break
        found.append(clean)
        if told is not None:
            told(clean)
    return tuple(found)


def _findings(places: ServicePlaces | None, keys: Mapping[Service, str], wire: Wire) -> Iterator[Checked]:
    speech, chat, live = speech_access(places), chat_access(places), live_access(places)
    REDACTION.learn(keys.values())
    if key := keys.get("speech", ""):
        speech = replace(speech, key=key)
    if key := keys.get("chat", ""):
        chat = replace(chat, key=key)
    if key := keys.get("live", ""):
        live = replace(live, key=key)
    yield check_packages(_wanted(speech, chat, live))
    skews: list[float] = []
    finding, skew_s = check_speech(speech, wire)
    yield _noted(finding, skew_s, skews)
    finding, skew_s = check_chat(chat, wire)
    yield _noted(finding, skew_s, skews)
    reached = reach("live", live, wire)
    if isinstance(reached, Checked):
        yield reached
    else:
        address, problem, skew_s = reached
        sentence = f"{address.host} is there; whether it lets us in and speaks, `python -m app doctor --azure --live` finds out."
        yield _noted(problem or Checked("live", "ok", sentence), skew_s, skews)
    yield _clock(skews)


def _wanted(speech: SpeechAccess, chat: ChatAccess, live: ChatAccess) -> tuple[str, ...]:
    """The packages without which something that is configured does not work."""
    wanted = {
        "azure-cognitiveservices-speech": speech.usable,
        "openai": chat.usable or live.usable,
        "azure-ai-voicelive": live.usable,
        "aiohttp": live.usable,
        "azure-identity": any(each.token is not None for each in (speech, chat, live)),
    }
    return tuple(name for name, is_wanted in wanted.items() if is_wanted)


def _noted(finding: Checked, skew_s: float | None, skews: list[float]) -> Checked:
    if skew_s is not None:
        skews.append(skew_s)
    return finding


def _clock(skews: list[float]) -> Checked:
    """The clock against those of the servers."""
    if not skews:
        return Checked("clock", "note", "No server told the time, so this machine's clock was not compared.")
    worst = max(skews, key=abs)
    if abs(worst) > SKEW_S:
        return Checked("clock", "problem", skew_sentence(worst), "clock")
    return Checked("clock", "ok", f"This machine's clock is within {max(abs(worst), 1):.0f} s of the servers'.")
