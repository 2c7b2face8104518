"""How long to wait for somebody who fell silent: less when what they said is a whole sentence, more when it hangs in the air."""

from __future__ import annotations

import re

#: silence that ends a whole sentence, and what is added to the usual silence behind words that want to go on
WHOLE_S, HANGING_S = 0.5, 0.3
_ENDS = ".!?…。！？"
#: nobody ends a sentence with these; words that also end questions ("what is it for?") are not among them
_HANGING = frozenset([
    "a", "an", "the", "my", "your", "our", "their", "and", "or", "but", "because", "if", "unless", "although", "whether", "than",
    "um", "uh", "er", "erm", "uhm", "hmm", "every", "i'm", "you're", "we're", "they're", "i'd", "i'll",
])  # fmt: skip


def silence_after(text: str, usual_s: float) -> float:
    """Silence that ends an utterance.

    Recognisers put a full stop behind nearly everything, so a mark alone says little: words that want to go on count more.

    Args:
        text: all that was read of it.
        usual_s: where the text says nothing.

    Returns:
        Seconds; a whole sentence is never waited for longer than usual.
    """
    words = re.findall(r"[\w'’]+", text.lower())
    if not words:
        return usual_s
    if words[-1].replace("’", "'") in _HANGING:
        return usual_s + HANGING_S
    return min(WHOLE_S, usual_s) if text.rstrip()[-1] in _ENDS and not text.rstrip().endswith(("...", "…")) else usual_s
