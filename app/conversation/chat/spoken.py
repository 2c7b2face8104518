"""Written text as it can be spoken: without markdown, emoji, code and addresses."""

from __future__ import annotations

import re
import unicodedata

_FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\([^)\s]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\s]*\)")
_FOOTNOTE = re.compile(r"\[\^?\d{1,3}\]")
_BARE_LINK = re.compile(r"<?https?://(?:www\.)?([\w.-]*\w)[^\s<>)\]]*>?")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.MULTILINE)
_HEAD = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•‣·–—][ \t]+)+(?:\[[ xX]\][ \t]+)?", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}.*\|.*$", re.MULTILINE)
#: marks of stress, where they touch a word on one side only; signs between digits stay
_STRESS = re.compile(r"\*{2,3}|__|~~|`+|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<![\w_])_(?=\w)|(?<=[\w.,!?])_(?![\w_])")
#: symbols that are read, though Unicode has them beside the emoji
_READ = set("°©®™℃℉№%‰§€£$¥+=<>≈≤≥×÷±&@#/½¼¾")
#: what joins, colours and varies emoji
_JOINERS = {0x200D, 0x20E3, 0xFE0E, 0xFE0F}


def spoken(text: str) -> str:
    """A piece of an answer as it can be spoken.

    Args:
        text: any text, also a piece of markdown.

    Returns:
        One line; "" when nothing in it can be spoken.
    """
    for pattern, by in ((_FENCE, " "), (_PICTURE, r"\1"), (_LINK, r"\1"), (_FOOTNOTE, ""), (_BARE_LINK, r"\1"), (_TAG, " ")):
        text = pattern.sub(by, text)
    for pattern in (_TABLE, _RULE, _HEAD):
        text = pattern.sub("", text)
    text = _STRESS.sub("", text).replace("|", ", ")
    text = "".join(character for character in text if not _is_picture(character))
    text = re.sub(r"\s+([,.;:!?…])(?!\d)", r"\1", " ".join(text.split()))
    text = re.sub(r"^[,;:\s]+|(?<=[,;:])[,;:]+", "", text).strip()
    return text if any(character.isalnum() for character in text) else ""


def _is_picture(character: str) -> bool:
    """Whether a character is an emoji, a part of one, or a sign that nobody reads."""
    code = ord(character)
    if code < 0x80 or character in _READ:
        return False
    return (
        code in _JOINERS
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0000 <= code <= 0xE007F
        or unicodedata.category(character) in ("So", "Co", "Cn")
    )
