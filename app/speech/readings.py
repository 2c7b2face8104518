"""Written signs as they are read aloud: amounts, times, dates, telephone numbers, fractions, units, addresses and abbreviations.

Plain numbers, ordinals, years, US dates and most units are left to the voice's own reader, which does them well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from app.speech.reading_tables import (
    BIG,
    CODES,
    COINS,
    DAYS,
    DIGITS,
    DOLLARS,
    LATIN,
    LENGTHS,
    MONTH_NAMES,
    MONTHS,
    NAMES,
    NOISES,
    PARTS,
    PER,
    RATES,
    READINGS,
    REGENTS,
    SIGNS,
    STREETS,
    UNITS,
    VULGAR,
)  # fmt: skip

Match = re.Match[str]
Rule = tuple[re.Pattern[str], Callable[[Match], str] | str]


def _any(words: object) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))  # type: ignore[call-overload]


_N = r"(?<!\d)\d+(?:,\d{3})*(?:\.\d+)?"
_URL = re.compile(
    r"\b(?:https?://|ftp://)?(?:www\.)?((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?::\d+)?(/[^\s,;!?\"')]*)?(\?[^\s]*)?", re.IGNORECASE
)
_URL_START = re.compile(r"\b(?:https?://|ftp://|www\.)", re.IGNORECASE)
_DOMAINS = frozenset({
    "com", "org", "net", "edu", "gov", "io", "dev", "app", "ai", "co", "uk", "de", "fr", "es", "it", "eu",
    "us", "ca", "info", "me", "tv", "jp", "cn", "ch", "at",
})  # fmt: skip
_MARKUP = re.compile(r"[*_`~#|<>{}\[\]\\^]+")
_MONEY = re.compile(
    r"(?<!\w)([-−])?([$€£])\s?([-−])?(\d+(?:,\d{3})*)(?:\.(\d{1,2}))?(?![\d.]*\d)(?!\s?(?:hundred|thousand|million|billion|trillion)\b)"
)
#: a name or a thing and its number; not a word that may stand before "IV" by chance
_ROMAN = re.compile(
    r"\b((?!(?:The|An?|This|That|In|On|And|Or|If|My)\b)[A-Z][a-z]+) ((?=[IVXL]{2})(?:XL|LX{0,3}|X{0,3})(?:IX|IV|V?I{0,3}))(?![.'’]?\w)"
)
#: social security, card and book numbers
_GROUPS = re.compile(
    r"(?<![\w.-])(?:\d{3}-\d{2}-\d{4}|\d{4}(?:[ -]\d{4}){3}|(?!1-\d{3}-\d{3}-\d{4}\b)\d{1,5}(?:-\d{1,7}){3,5})(?![\w-]|\.\d)"
)
_END = re.compile(r"\s*$")
_SHORT_CODES = frozenset({"911", "999", "112", "101", "111", "211", "311", "411", "511", "611", "711", "811", "988", "000"})
_CALLING = re.compile(r"\b(?:call|phone|dial|ring|text|tel|fax|telephone|mobile|cell|hotline|number)\b[^\d.;!?]{0,20}$", re.IGNORECASE)


def digit_by_digit(number: str) -> str:
    """A number's digits as words; a 0 is "oh"."""
    return " ".join(DIGITS[int(digit)] for digit in number if digit.isdigit())


def _in_code(number: str) -> str:
    """A code's digits as words; a 0 is "zero"."""
    return digit_by_digit(number).replace("oh", "zero")


def _fraction(whole: str, above: int, below: int, unit: str = "") -> str:
    """A fraction, after a whole number and before a unit, if any."""
    if below not in PARTS:
        return f"{whole} {above} over {below} {unit}".strip()
    one, many = PARTS[below]
    one_unit, many_units = UNITS.get(unit, (unit, unit))
    if whole:
        part = f"{'a' if above == 1 else above} {one if above == 1 else many}"
        return f"{whole} and {part} {many_units}".strip()
    if (above, below) == (1, 2):
        return f"half {'an' if one_unit[0] in 'aeiou' and one_unit != 'euro' else 'a'} {one_unit}" if one_unit else "one half"
    words = f"{'one' if above == 1 else above} {one if above == 1 else many}"
    return f"{words} of {'an' if one_unit[0] in 'aeiou' or one_unit == 'hour' else 'a'} {one_unit}" if one_unit else words


def _say_vulgar(match: Match) -> str:
    above, below = VULGAR[match[2]]
    return _fraction(match[1] or "", above, below, match[3] or "")


def _say_mixed(match: Match) -> str:
    above, below = int(match[2]), int(match[3])
    return _fraction(match[1], above, below, match[4] or "") if 0 < above < below else match[0]


def _say_share(match: Match) -> str:
    above, below = int(match[1]), int(match[2])
    return _fraction("", above, below, match[3]) if 0 < above < below and below in PARTS else match[0]


def _say_odds(match: Match) -> str:
    one, other = int(match[1]), int(match[2])
    if one + other == 100 or one == other == 20:
        return f"{one} {other}"
    return f"{one} out of {other}" if one == other else match[0]


def _say_time(match: Match) -> str:
    hour, minute, half = int(match[1]), match[2] or "", match[3].upper()
    if hour > 12 or int(minute or 0) > 59:
        return match[0]
    minute = "" if not minute or minute == "00" else f" oh {int(minute)}" if minute.startswith("0") else f" {minute}"
    return f"{hour}{minute} {half}M" + ("" if _goes_on(match) else ".")


def _before(match: Match) -> str:
    """What stands just before a match."""
    return match.string[max(match.start() - 40, 0) : match.start()]


def _goes_on(match: Match) -> bool:
    """Whether text follows; a time's last period ended the sentence otherwise, and is said as one."""
    return not (match[0].endswith(".") and _END.match(match.string, match.end()))


def _say_duration(match: Match) -> str:
    return f"{match[1]} hour{'s' * (match[1] != '1')} {int(match[2])} minutes"


def _say_hour(match: Match) -> str:
    return "midnight" if int(match[1]) in (0, 24) else f"{int(match[1])} hundred hours"


def _say_dotted_date(match: Match) -> str:
    day, month, year = int(match[1]), int(match[2]), match[3] or ""
    if month > 12 >= day:
        day, month = month, day
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return match[0]
    if len(year) == 2:
        year = ("20" if int(year) < 70 else "19") + year
    return f"{MONTH_NAMES[month - 1]} {day}" + (f", {year}" if year else "")


def _say_dotted(match: Match) -> str:
    parts = match[0].split(".")
    is_address = len(parts) == 4 and all(int(part) <= 255 for part in parts)
    if not is_address and all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3:
        return ",".join(parts)  # thousands, as they are parted on the continent
    return (" dot " if is_address else " point ").join(parts)


def _say_telephone(match: Match) -> str:
    """Groups of digits, with commas between them, if that is what they are."""
    written = match[0]
    groups = re.findall(r"\d+", written)
    count = sum(map(len, groups))
    if written in _SHORT_CODES and re.search(r"\b(?:call|dial|phone)\b.{0,10}$", _before(match), re.IGNORECASE):
        return digit_by_digit(written)
    called = _CALLING.search(_before(match)) is not None
    shaped = (
        written.startswith(("+", "("))
        or [len(group) for group in groups] in ([3, 4], [3, 3, 4], [1, 3, 3, 4])
        or re.match(r"(?:1[38]00|0\d+|[89]00)[ -]\d{3}", written)
    )
    if not 7 <= count <= 15 or len(groups) < 2 or not (called or shaped) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", written):
        return match[0]
    words = []
    for k, group in enumerate(groups):
        hundreds = re.fullmatch(r"1?([1-9])00", group) if k < 2 and len(groups) > 2 else None
        words.append(f"{'one ' if len(group) == 4 else ''}{DIGITS[int(hundreds[1])]} hundred" if hundreds else digit_by_digit(group))
    return ("plus " if written.startswith("+") else "") + ", ".join(words)


def _say_groups(match: Match) -> str:
    return ", ".join(digit_by_digit(group) for group in re.findall(r"\d+", match[0]))


def _say_spaced(match: Match) -> str:
    """A number whose thousands are parted by spaces, unless it is to be dialled."""
    return match[0] if _CALLING.search(_before(match)) else match[0].replace(" ", ",")


def _say_power(match: Match) -> str:
    base, power = match[1], match[2].replace("−", "-")
    if power in ("2", "3") and base != "10":
        return f"{base} {'squared' if power == '2' else 'cubed'}"
    return f"{base} to the {'minus ' if power.startswith('-') else ''}{power.lstrip('-+')}"


def _say_area(match: Match) -> str:
    return f"{match[1]} {'square' if match[3] == '2' else 'cubic'} {LENGTHS[match[2]]}"


def _say_unit(match: Match) -> str:
    number, unit = match[1], match[2]
    return f"{number} {UNITS[unit][number not in ('1', '-1')]}"


def _say_money(match: Match) -> str:
    whole, cents = match[4], int((match[5] or "0").ljust(2, "0"))
    major, minor = COINS[match[2]]
    parts = []
    if whole != "0" or not cents:
        parts.append(f"{whole} {major}{'' if whole == '1' else 's'}")
    if cents:
        plural = minor if cents == 1 else {"penny": "pence"}.get(minor, minor + "s")
        parts.append(f"{cents} {plural}")
    return ("minus " if match[1] or match[3] else "") + " and ".join(parts)


def _say_big_money(match: Match) -> str:
    return f"{match[2]} {BIG[match[3].lower()]} {COINS[match[1]][0]}s"


def _say_url(match: Match) -> str:
    host, path = match[1], match[2] or ""
    known = _URL_START.match(match[0]) or host.rsplit(".", 1)[-1].lower() in _DOMAINS
    if not known or any(part.isdigit() and len(part) > 3 for part in host.split(".")):
        return match[0]
    stop = re.search(r"[.,;:!?)]*$", match[0]).group()  # type: ignore[union-attr]
    path = path.rstrip("./:")
    return _address(host) + _path(path) + stop


def _path(text: str) -> str:
    return re.sub(r"/+", " slash ", re.sub(r"[-_.~%=&+]+", " ", text.rstrip("/")))


def _address(text: str) -> str:
    return text.replace(".", " dot ").replace("_", " underscore ").replace("-", " dash ").replace("+", " plus ")


def _say_roman(match: Match) -> str:
    if match[1] in REGENTS:
        return match[0]  # the voice says "the eighth" by itself
    return f"{match[1]} {_roman(match[2])}"


def _roman(letters: str) -> int:
    value, before = 0, 0
    for letter in reversed(letters.upper()):
        one = {"I": 1, "V": 5, "X": 10, "L": 50}[letter]
        value += one if one >= before else -one
        before = max(before, one)
    return value


def _say_noise(match: Match) -> str:
    # "shhh" is one long sound; the voice takes symbols in this form
    symbols = NOISES.get(re.sub(r"(.)\1+", r"\1", match[0].lower()))
    return f"[{match[0]}](/{symbols}/)" if symbols else match[0]


#: before characters are folded, which makes "1½" a fraction of eleven and "10⁶" a hundred and six
_BEFORE: Final[tuple[Rule, ...]] = (
    (re.compile(rf"(?:(?<!\d)(\d+)[  -]?)?([{''.join(VULGAR)}])(?:\s?({_any(UNITS)})(?!\w))?"), _say_vulgar),
    (re.compile(r"(?<=[\w)])([⁺⁻]?[⁰¹²³⁴-⁹]+)"), lambda m: "^" + unicodedata.normalize("NFKC", m[1]).replace("−", "-")),
    (re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))"), ""),
    (re.compile(r"(?<=\d)'(?=\d{3}(?!\d))"), ","),
    (re.compile(r"[™®]"), ""),
    (re.compile(r"(?<=\d/\d)[\"″]|(?<=\d/\d\d)[\"″]"), " in."),
)
_ADDRESSES: Final[tuple[Rule, ...]] = (
    (
        re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})\b", re.IGNORECASE),
        lambda m: f"{_address(m[1])} at {_address(m[2])}",
    ),
    (re.compile(rf"(?<![\w.#+])(?:{_any(NAMES)})(?![\w#+])"), lambda m: NAMES[m[0]]),
    (_URL, _say_url),
    (re.compile(r"\b(?:https?|ftp)://([\w.-]+)(?::\d+)?([\w/-]*)[^\s,;!)]*"), lambda m: _address(m[1]) + _path(m[2])),
    (re.compile(r"(?<!\S)--(?!\S)"), "—"),
)
_MONTH = rf"(?:{_any((*MONTHS, *MONTH_NAMES))})"
_DAY = rf"(?:{_any(DAYS)})"
_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(?:^|(?<=[a-z]{2} )|(?<=\b[IWe] )|(?<=\bWe )|(?<=[.,!?] ))<3(?:\s?<3)*(?!\d)"), "love"),
    # times and dates
    (re.compile(r"\b0(\d)00(?= (?:hours|hrs|h)\b)"), r"zero \1 hundred"),
    (re.compile(r"(?<![\w.:-])(\d{1,2})\s?[-–]\s?(?=\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m\b)"), r"\1 to "),
    (re.compile(r"(?<![\w.:])(\d{1,2})(?:[:.](\d{2}))?\s?([ap])\.?\s?m\b\.?(?!\w)", re.IGNORECASE), _say_time),
    (re.compile(r"(?<=\d [AP]M)\s?[-–]\s?(?=\d)"), " to "),
    (re.compile(r"(?<![\w.:])(00|24|1[3-9]|2[0-3]):00(?![\w:])"), _say_hour),
    (re.compile(r"(?<![\w.])(\d+)\s?h\s?(\d{1,2})\s?(?:m|min)?\b(?!\w)"), _say_duration),
    (re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?![\d.]*\d)"), _say_dotted_date),
    (re.compile(rf"\b({_DAY})\.?\s?[-–]\s?({_DAY})\b\.?(?!\w)"), lambda m: f"{DAYS[m[1]]} to {DAYS[m[2]]}"),
    (re.compile(rf"\b({_DAY})\.?(?=,? (?:{_MONTH}|\d))"), lambda m: DAYS[m[1]]),
    (re.compile(rf"\b({_MONTH})\.?\s?[-–]\s?({_MONTH})\b"), lambda m: f"{MONTHS.get(m[1], m[1])} to {MONTHS.get(m[2], m[2])}"),
    (re.compile(rf"\b({_any(MONTHS)})\.?(?=\s\d)"), lambda m: MONTHS[m[1]]),
    (re.compile(rf"(?<=\d )({_any(MONTHS)})\b\.?(?=[\s,])"), lambda m: MONTHS[m[1]]),
    # numbers that are names
    (_GROUPS, _say_groups),
    (re.compile(r"(?<![\w.,/:$€£-])([1-9]\d{0,2})((?: \d{3}){2,}|(?: 000)+)(?![\w/:]|[ -]\d|[.,-]\d)"), _say_spaced),
    (re.compile(r"(?<![\w.])(\d{3})\.(\d{3})\.(\d{4})(?![\w.]*\d)"), lambda m: ", ".join(map(digit_by_digit, m.groups()))),
    (re.compile(r"(?<![\w.,/:€£$-])(?:\+\d{1,3}[ -]?)?(?:\(\d{2,5}\)[ -]?)?\d{1,5}(?:[ -]\d{2,7}){0,4}(?![\w/:]|[.,-]\d)"), _say_telephone),
    (re.compile(r"(?<![\w.,:/-])0\d+(?![\w:/]|[.,-]\d)|(?<![\w.,:/-])\d{10,}(?![\w:/]|[.,-]\d)"), lambda m: _in_code(m[0])),
    (re.compile(r"\b[vV]ersion [vV](?=\d)"), "version "),
    (re.compile(r"\b[vV](\d+(?:\.\d+)+)\b|\bv(\d+)\b"), lambda m: "version " + (m[1] or m[2]).replace(".", " point ")),
    (re.compile(r"(?<=\d)-(alpha|beta|rc|dev|pre)\.?(?=\d|\b)"), r" \1 "),
    (re.compile(r"\b\d+(?:\.\d+){2,}\b"), _say_dotted),
    # fractions and powers
    (re.compile(r"(?<![\w./])(\d+)/(32|64|100)(?![\w/])"), lambda m: _fraction("", int(m[1]), int(m[2]))),
    (re.compile(rf"(?<![\w./])(\d+)[ -](\d+)[/⁄](\d+)(?:\s?({_any(UNITS)}))?(?![\w/])"), _say_mixed),
    (re.compile(rf"(?<![\w./])(\d+)[/⁄](\d+)\s?({_any(UNITS)})(?![\w/])"), _say_share),
    (re.compile(r"(?<![\w./])(\d{2,3})/(\d{2,3})(?![\w/])"), _say_odds),
    (re.compile(rf"({_N})\s?({_any(LENGTHS)})\^([23])(?!\w)"), _say_area),
    (re.compile(r"(?<![\w.])(\d+(?:\.\d+)?|[a-zA-Z])\^\{?([-−+]?\w{1,4})\}?(?!\w)"), _say_power),
    (re.compile(r"\b(\d+(?:\.\d+)?)[eE]([+-]?)(\d+)\b"), lambda m: f"{m[1]} times ten to the {'minus ' if m[2] == '-' else ''}{m[3]}"),
    # money
    (re.compile(rf"\b({_any(DOLLARS)})\$\s?({_N})"), lambda m: f"{m[2]} {DOLLARS[m[1]]} dollars"),
    (re.compile(rf"({_N})\s?({_any(CODES)})\b"), lambda m: f"{m[1]} {CODES[m[2]]}"),
    (re.compile(rf"\b({_any(CODES)})\s?({_N})"), lambda m: f"{m[2]} {CODES[m[1]]}"),
    (re.compile(r"(?<![\w$€£.])(\d+(?:,\d{3})*(?:[.,]\d{2})?)\s?([€£]|\$(?!\d))"), lambda m: m[2] + m[1]),
    (re.compile(r"([$€£])\s?(\d+),(\d{2})(?!\d)"), r"\1\2.\3"),
    (re.compile(rf"([$€£])\s?({_N})\s?({_any(BIG)})\b", re.IGNORECASE), _say_big_money),
    (re.compile(rf"([$€£])\s?({_N})(?:[-–]|\s[-–]\s)\1?({_N})(?![\d.]*\d)"), lambda m: f"{m[2]} to {m[3]} {COINS[m[1]][0]}s"),
    (_MONEY, _say_money),
    # ranges, signs and units
    (re.compile(r"(?<=\d),(?=\d{1,2}\s?%)"), "."),
    (re.compile(rf"({_N})\s?(?:%\s?)?[-–]\s?({_N})\s?%"), lambda m: f"{m[1]} to {m[2]} percent"),
    (re.compile(r"(?<![\w.-])(\d+\.\d+|\d+(?=[-–]\d+\.\d))\s?[-–]\s?(\d+(?:\.\d+)?)(?![\w-]|\.\d)"), lambda m: f"{m[1]} to {m[2]}"),
    (re.compile(rf"(?<![\w.])({_N})[-–]({_N})(?=\s?(?:{_any(UNITS)})(?!\w))"), lambda m: f"{m[1]} to {m[2]}"),
    (re.compile(r"(?<![\w.])(\d{1,2})['′]\s?(\d{1,2})(?:[\"″]|''|′′)(?!\w)"), lambda m: f"{m[1]} foot {m[2]}"),
    (re.compile(rf"({_N})\s?({_any(RATES)})\s?/\s?(?=[a-z])", re.IGNORECASE), lambda m: f"{m[1]} {RATES[m[2].lower()]}/"),
    (re.compile(rf"(?<=[\w.])\s?/\s?({_any(PER)})\b(?!/)"), lambda m: f" per {PER[m[1]]}"),
    (re.compile(rf"(?<![\w.,$€£-])([-−]?{_N}) ({_any(UNITS)})(?![\w/]|\.\w)"), _say_unit),
    (re.compile(r"(?<![\w.,$€£])(\d{3,})(m)(?![\w/])"), _say_unit),
    (re.compile(r"(?<![\w.,$€£])(\d+\.\d+|\d*[1-9])(s)(?![\w/])"), _say_unit),
    (re.compile(r"(?<![\w.,$€£])(\d+(?:\.\d+)?)(g|h|ml|mL|l|L|tsp|tbsp|cl|V|W|px|dB|rpm|bpm|mA|kcal)(?![\w/])"), _say_unit),
    (re.compile(r"(?<=\d) [-−–] (?=\d+(?:\.\d+)? ?=)"), " minus "),
    (re.compile(rf"(?:{_any(SIGNS)})"), lambda m: f" {SIGNS[m[0]]} "),
    (re.compile(r"(?<![\w.])-(?=\.?\d)"), "minus "),
    (re.compile(r"(?<![\w.])\.(?=\d)"), "point "),
    # words
    (re.compile(r"\b(pages?|scene|chapter|section|part|volume) ([ivxl]{2,6})\b"), lambda m: f"{m[1]} {_roman(m[2])}"),
    (re.compile(r"\b24/7\b"), "twenty-four seven"),
    (re.compile(rf"(?<=\d )((?:[A-Z]\w+ ){{1,3}})({_any(STREETS)})\b\.?(?=[\s,]|$)"), lambda m: m[1] + STREETS[m[2]]),
    (_ROMAN, _say_roman),
)  # fmt: skip


def normalise(sentence: str) -> str:
    """Write out amounts, rates, addresses and abbreviations as they are read.

    Args:
        sentence: one sentence.

    Returns:
        The sentence as the voice should get it.
    """
    text = sentence.replace("…", "... ").replace("’", "'").replace("‘", "'")
    text = _applied(_BEFORE, text)
    text = unicodedata.normalize("NFKC", text)
    text = _applied(_ADDRESSES, text)
    for short, full in LATIN.items():
        text = re.sub(rf"(?<![\w.]){re.escape(short)}(?!\w)", full + (" " if short.endswith("/") else ""), text, flags=re.IGNORECASE)
    if re.search(r"\b(?:etc|a\.k\.a)\.$", sentence):
        text += "."
    text = _applied(_RULES, text)
    text = re.sub(r"[A-Za-z][\w'-]*", lambda m: READINGS.get(m[0].lower(), m[0]), text)
    text = _MARKUP.sub(lambda m: m[0] if m[0] in ("#", "<", ">", "~") else " ", text)
    text = re.sub(r"\b(?:sh{1,}|pss*t|br{2,}|gr{2,}|z{2,}|pff+t?|tsk)\b", _say_noise, text, flags=re.IGNORECASE)
    return " ".join(text.split())


def _applied(rules: tuple[Rule, ...], text: str) -> str:
    for pattern, reading in rules:
        text = pattern.sub(reading, text)
    return text
