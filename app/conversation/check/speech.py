"""Whether the Speech service lets us in: its list of voices is asked for, which costs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from app.conversation.check.asking import HttpAnswer, Unreachable, Wire
from app.conversation.check.checked import Cause, Checked
from app.core.errors import ServiceError
from app.keys.access import SpeechAccess
from app.keys.places import endpoint_of, region_of
from app.speech.azure.faults import sentence_of_status
from app.speech.azure.voices import list_address

_CAUSES: Mapping[int, Cause] = {403: "key", 404: "endpoint", 407: "proxy", 429: "quota"}
NOT_CONFIGURED = (
    "No Speech resource is named, so the embedded voice and recogniser are used; give a key and a region, or set SPEECH_KEY and "
    "SPEECH_REGION."
)


def check_speech(access: SpeechAccess, wire: Wire) -> tuple[Checked, float | None]:
    """Ask for the list of voices.

    Args:
        access: as found.
        wire: the way to the network.

    Returns:
        The finding, and by how much the clock is ahead, None where that is not known.
    """
    unfit = _unfit(access)
    if unfit is not None:
        return unfit, None
    try:
        header = {"Authorization": f"Bearer {access.token()}"} if access.token else {"Ocp-Apim-Subscription-Key": access.key}
        answer = wire.ask(list_address(access), header)
    except Unreachable as error:
        sentence, cause = str(error), error.cause
        if cause == "endpoint" and not access.endpoint:
            sentence = f"Azure has no region {access.region}; copy Location/Region from the resource's Keys and Endpoint."
            cause = "region"
        return Checked("speech", "problem", sentence, cause), error.skew_s
    except ServiceError as error:  # no token
        return Checked("speech", "problem", str(error), "key"), None
    return _judged(access, answer), answer.skew_s


def _unfit(access: SpeechAccess) -> Checked | None:
    """What can be said without asking anybody; None when it is to be asked."""
    named = access.region or access.endpoint
    if not named and not access.key:
        return Checked("speech", "note", NOT_CONFIGURED)
    if not named:
        return Checked("speech", "problem", "There is a key but no region: give the Location/Region that stands beside it.", "region")
    if not access.usable:
        return Checked("speech", "problem", f"There is no key for {named}: give KEY 1 of that resource's Keys and Endpoint.", "key")
    try:
        region_of(access.region)
        endpoint_of(access.endpoint)
    except ServiceError as error:
        return Checked("speech", "problem", str(error), "endpoint" if access.endpoint else "region")
    return None


def _judged(access: SpeechAccess, answer: HttpAnswer) -> Checked:
    """Read the answer."""
    place, status = access.endpoint or access.region, answer.status
    if status == 200:
        try:
            count = len(json.loads(answer.body))
        except (ValueError, TypeError):
            return Checked("speech", "problem", f"{place} answers, but not as the Speech service does; check the endpoint.", "endpoint")
        return Checked("speech", "ok", f"{place} lets us in{f' and lists {count} voices' if count else ''}.")
    if status == 401 and access.token is not None:
        sentence = "The Speech service refuses the sign-in: have the role Cognitive Services Speech User, and use the resource's endpoint."
        return Checked("speech", "problem", sentence, "key")
    if status == 401:
        sentence = (
            f"The Speech service at {place} refuses the key: it is mistyped, or belongs to a resource of another region; copy KEY 1 and "
            "Location/Region from one and the same page Keys and Endpoint."
        )
        return Checked("speech", "problem", sentence, "key")
    said = answer.body[:2000].decode("utf-8", "replace") if status == 403 else ""
    cause = "quota" if "quota" in said.lower() else _CAUSES.get(status, "service")
    return Checked("speech", "problem", sentence_of_status(status, said), cause)
