"""The motion after every stage, from the source to the mesh, and why a shape does not move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from app.core.track import BlendshapeTrack
from app.core.tuning import tuning_stages
from app.session import Session
from app.session.base.side import Side

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig

#: in the order in which the motion passes them
STAGES = {
    "raw": "As the source made it",
    "gain": "After gains and strengths",
    "smooth": "After smoothing",
    "edited": "After edits by hand",
    "tuned": "Tuned: with ends and A/V offset",
    "sent": "Sent to the mesh",
}
#: a shape that moves less than this does not move
STILL = 0.005
_STILL_AFTER = {
    "gain": "Its gain, a mute or solo, or a strength of the tuning holds it still.",
    "smooth": "The smoothing of the tuning holds it still.",
    "edited": "An edit by hand holds it still.",
    "tuned": "The ease at the ends of the clip holds it still.",
}


def rig_of(session: Session, slot: Side) -> AvatarRig | None:
    """The body that a slot moves."""
    return session.comparing.side_rigs.of(slot.name) or session.state.rig


def stage_track(session: Session, slot: Side, stage: str) -> BlendshapeTrack | None:
    """A slot's motion after a stage.

    Args:
        session: whose tuning and avatar.
        slot: whose motion.
        stage: key of STAGES.

    Returns:
        The 52 channels, None while there is no motion.
    """
    if slot.tuned is None or slot.raw is None or stage == "tuned":
        return None if slot.tuned is None else slot.tuned.arkit
    if stage == "sent":
        rig, visemes = rig_of(session, slot), slot.tuned.visemes
        if rig is None:
            return slot.tuned.arkit
        sent = rig.sent(slot.tuned.arkit.weights, None if visemes is None else visemes.weights)
        return slot.tuned.arkit.with_weights(sent)
    speech = session.state.speech
    phones = () if speech is None else speech.phones
    return tuning_stages(slot.raw.arkit, session.tunings.of(slot.name), phones, slot.edits)[stage]


def why_still(session: Session, slot: Side, channel: str) -> str:
    """One sentence on a shape that moves less, or not at all, on the face; "" when all of its motion arrives."""
    return reasons(session, slot, (channel,))[channel]


def reasons(session: Session, slot: Side, channels: Iterable[str]) -> dict[str, str]:
    """Why shapes move less, or not at all, on the face.

    Args:
        session: whose tuning and avatar.
        slot: whose motion.
        channels: some of the 52.

    Returns:
        One sentence for each, "" for those whose motion arrives.
    """
    channels = tuple(channels)
    rig = rig_of(session, slot)
    by_visemes = slot.tuned is not None and slot.tuned.visemes is not None
    found = {channel: "" if rig is None else rig.held_back(channel, by_visemes) for channel in channels}
    if slot.raw is None or slot.tuned is None or not channels:
        return found
    speech = session.state.speech
    phones = () if speech is None else speech.phones
    stages = tuning_stages(slot.raw.arkit, session.tunings.of(slot.name), phones, slot.edits)
    for channel in channels:
        still = [stage for stage, track in stages.items() if float(np.abs(track.column(channel)).max(initial=0.0)) < STILL]
        if still and still[0] == "raw":
            found[channel] = found[channel] or "The source does not move it."
        elif still:
            found[channel] = _STILL_AFTER[still[0]]
    return found
