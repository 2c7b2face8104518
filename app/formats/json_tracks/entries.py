"""The formats of JSON that hold weights frame by frame, as the registry knows them."""

from __future__ import annotations

from app.formats.dialect import Dialect
from app.formats.json_tracks import (
    azure,
    azure_list,
    beat,
    json_takes,
    lam,
    mediapipe,
    nim,
    omniverse,
    openfacefx,
    own,
    talking_head,
    vrm_expressions,
)  # fmt: skip

#: read in this order, the most particular first: any JSON looks like the last
DIALECTS: tuple[Dialect, ...] = (
    Dialect("track", own.NAME, "weights", own.looks_like, own.read, ".track.json", own.write),
    Dialect("omniverse", omniverse.NAME, "weights", omniverse.looks_like, omniverse.read, ".json", omniverse.write),
    Dialect("nim", nim.NAME, "weights", nim.looks_like, nim.read, ".nim.json", nim.write),
    Dialect(
        "openfacefx", openfacefx.NAME, "weights", openfacefx.looks_like, openfacefx.read, ".openfacefx.json", openfacefx.write,
        asks=("max_error",),
    ),
    Dialect(
        "talkinghead-anim", talking_head.NAME, "weights", talking_head.looks_like, talking_head.read, ".talkinghead-anim.json",
        talking_head.write,
    ),
    Dialect("azure", azure.NAME, "weights", azure.looks_like, azure.read, ".azure.json", azure.write),
    Dialect("azure-list", azure_list.NAME, "weights", azure_list.looks_like, azure_list.read, ".azure-list.json", azure_list.write),
    Dialect("mediapipe", mediapipe.NAME, "weights", mediapipe.looks_like, mediapipe.read, ".mediapipe.json", mediapipe.write),
    Dialect("lam", lam.NAME, "weights", lam.looks_like, lam.read, ".lam.json", lam.write),
    Dialect("beat", beat.NAME, "weights", beat.looks_like, beat.read, ".beat.json", beat.write),
    Dialect("vrm", vrm_expressions.NAME, "weights", vrm_expressions.looks_like, vrm_expressions.read, ".vrm.json", vrm_expressions.write),
    Dialect("json", json_takes.NAME, "weights", json_takes.looks_like, json_takes.read, is_loose=True),
)  # fmt: skip
