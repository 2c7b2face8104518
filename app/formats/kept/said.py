"""Where the edits of a project lie: the outline of the sound that they were made on, beside its words and phones.

When that sound's file is another one later (recorded anew under the same name, or trimmed), its edits are found by this.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from app.core.errors import ProjectError
from app.core.outline import Outline, outline_data, outline_from
from app.core.speech import Phone, Word, words_of_phones

#: entries that stand in the sound's own part of a project
_BESIDE = ("words", "phones", "text")


def said_data(outline: Outline) -> dict[str, Any]:
    """An outline as a project keeps it, without the words and phones that stand beside it."""
    data = {key: value for key, value in outline_data(outline).items() if key not in _BESIDE}
    return {**data, "of": _key(outline.phones)}


def said_of(data: Any, text: str, phones: Sequence[Phone], words: Sequence[Word]) -> Outline | None:
    """The outline that a project kept; None where there is none, or an older version of the program has changed the sound since.

    Args:
        data: as ``said_data`` made it.
        text: of the project's sound.
        phones: likewise.
        words: likewise.
    """
    if not isinstance(data, dict) or data.get("of") != _key(phones):
        return None
    rows = {
        "text": text, "words": [[w.text, w.start_s, w.end_s] for w in words or words_of_phones(phones)],
        "phones": [[p.symbol, p.start_s, p.end_s, p.word] for p in phones],
    }  # fmt: skip
    try:
        return outline_from({**data, **rows})
    except ProjectError:
        return None


def _key(phones: Sequence[Phone]) -> str:
    """Tells the phones beside which an outline was written from others."""
    rows = [[p.symbol, round(p.start_s, 4), round(p.end_s, 4)] for p in phones]
    return hashlib.blake2b(json.dumps(rows).encode(), digest_size=8).hexdigest()
