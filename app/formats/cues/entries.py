"""The formats that hold mouth shapes with times, as the registry knows them."""

from __future__ import annotations

from app.formats.cues import azure_events, exposure_sheet, papagayo, rhubarb, spans, switch_data, talking_head, viseme_frames
from app.formats.dialect import Choice, Dialect

_ART: tuple[Choice, ...] = ("extended",)
_ART_AND_RATE: tuple[Choice, ...] = ("extended", "fps")

#: read in this order, and before the formats of weights
DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        "rhubarb-json",
        rhubarb.JSON_NAME,
        "cues",
        rhubarb.looks_like_json,
        rhubarb.read_json,
        ".rhubarb.json",
        rhubarb.write_json,
        asks=_ART,
    ),
    Dialect("rhubarb-xml", rhubarb.XML_NAME, "cues", rhubarb.looks_like_xml, rhubarb.read_xml, ".xml", rhubarb.write_xml, asks=_ART),
    Dialect("rhubarb-tsv", rhubarb.TSV_NAME, "cues", rhubarb.looks_like_tsv, rhubarb.read_tsv, ".tsv", rhubarb.write_tsv, asks=_ART),
    Dialect("moho", switch_data.NAME, "cues", switch_data.looks_like, switch_data.read, ".dat", switch_data.write, asks=_ART_AND_RATE),
    Dialect(
        "exposure-sheet",
        exposure_sheet.NAME,
        "cues",
        exposure_sheet.looks_like,
        exposure_sheet.read,
        ".sheet.csv",
        exposure_sheet.write,
        asks=("fps",),
    ),
    Dialect("papagayo", papagayo.NAME, "cues", papagayo.looks_like, papagayo.read, ".pgo", papagayo.write, asks=_ART_AND_RATE),
    Dialect("talkinghead", talking_head.NAME, "cues", talking_head.looks_like, talking_head.read, ".talkinghead.json", talking_head.write),
    Dialect(
        "azure-visemes", azure_events.NAME, "cues", azure_events.looks_like, azure_events.read, ".azure-visemes.json", azure_events.write
    ),
    Dialect("voice-live", azure_events.LIVE_NAME, "cues", None, None, ".voicelive.jsonl", azure_events.write_live),
    Dialect("oculus", viseme_frames.NAME, "cues", viseme_frames.looks_like, viseme_frames.read, ".oculus.json", viseme_frames.write),
    Dialect("visemes", spans.NAME, "cues", spans.looks_like, spans.read, ".visemes.json", spans.write),
)
