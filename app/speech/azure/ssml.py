"""What is sent to be spoken: a text with the way it should be said, or the SSML that the user typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from app.core.errors import SpeechError
from app.core.marks.grammar import without_marks
from app.speech.delivery import FAINTEST, FASTEST, HIGHEST, LOWEST, SLOWEST, STRONGEST, Delivery
from app.speech.markup import PAUSE, plain, without_markup
from app.speech.text import split_sentences

SYNTHESIS = "http://www.w3.org/2001/10/synthesis"
MSTTS = "http://www.w3.org/2001/mstts"
#: limits of the service: bytes of a message, and minutes of sound of a request
MAX_BYTES = 64 * 1024
#: of one request made of a text; ten minutes are more than 6000 characters even where a character is a syllable
MAX_CHARS = 2000
FACIAL = '<mstts:viseme type="FacialExpression"/>'

_SPEAK = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<speak(?=[\s>/])", re.IGNORECASE)
_ROOT = re.compile(r"<speak((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*>")
_COMMENT = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_VOICE = re.compile(r"<voice(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*>")
#: tags that cost nothing (learn.microsoft.com, Text to speech, Pricing note)
_FREE = re.compile(r"</?(?:speak|voice)\b[^>]*>")
#: sentences that end in Arabic, Urdu, Hindi, Armenian or Amharic
_FURTHER_END = re.compile(r"(?<=[؟۔।։።])\s+")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Document:
    """One request.

    Attributes:
        ssml: what is sent.
        text: what is read there.
    """

    ssml: str
    text: str


def is_ssml(text: str) -> bool:
    """Whether a text is typed as SSML: it begins with ``<speak>``."""
    return _SPEAK.match(text) is not None


def documents(text: str, voice: str, delivery: Delivery, speed: float = 1.0) -> Iterator[Document]:
    """Requests for a text, sentence by sentence; typed SSML is one request.

    Args:
        text: any text in the voice's language, or SSML.
        voice: the service's name of it (``en-US-JennyNeural``).
        delivery: how a text is said; typed SSML says that itself.
        speed: a further factor on the rate.

    Raises:
        SpeechError: nothing to say, or SSML that cannot be sent.
    """
    if is_ssml(text):
        yield _typed(text, voice, delivery.facial)
        return
    clean = without_marks(_NOT_XML.sub(" ", text).replace("\ue000", ""), "\ue000{}\ue000")
    if not any(char.isalnum() for char in clean):
        raise SpeechError("There is nothing to say; type a sentence first.")
    for part in _with_words([part for sentence in split_sentences(_FURTHER_END.sub("\n", clean)) for part in _parts(sentence)]):
        yield Document(wrapped(part, voice, delivery, speed), " ".join(PAUSE.sub(" ", part).split()))


def _with_words(parts: list[str]) -> list[str]:
    """Parts that hold words; a pause between them belongs to the one before it."""
    made: list[str] = []
    pending = ""
    for part in parts:
        if any(char.isalnum() for char in PAUSE.sub(" ", part)):
            made.append(pending + part)
            pending = ""
            continue
        pauses = "".join(found[0] for found in PAUSE.finditer(part))
        if made:
            made[-1] += pauses
        else:
            pending += pauses
    return made


def billable_characters(ssml: str) -> int:
    """How many characters are charged for: all but the tags of speak and voice; Chinese ones and their like count twice."""
    return sum(2 if "\u3400" <= each <= "\u9fff" or "\uf900" <= each <= "\ufaff" else 1 for each in _FREE.sub("", ssml))


def wrapped(text: str, voice: str, delivery: Delivery, speed: float = 1.0) -> str:
    """The SSML of a text, whose pauses are as PAUSE finds them; see ``documents``."""
    inner = PAUSE.sub(lambda found: f'<break time="{found[1]}ms"/>', escape(text))
    rate = min(max(delivery.rate * speed, SLOWEST), FASTEST)
    pitch = min(max(delivery.pitch, LOWEST), HIGHEST)
    prosody = f' rate="{(rate - 1) * 100:+.0f}%"' if round(rate, 2) != 1 else ""
    prosody += f' pitch="{pitch:+.0f}%"' if round(pitch) else ""
    if prosody:
        inner = f"<prosody{prosody}>{inner}</prosody>"
    if delivery.style:
        degree = min(max(delivery.degree, FAINTEST), STRONGEST)
        inner = f'<mstts:express-as style={quoteattr(delivery.style)} styledegree="{degree:g}">{inner}</mstts:express-as>'
    facial = FACIAL if delivery.facial else ""
    head = f'<speak version="1.0" xmlns="{SYNTHESIS}" xmlns:mstts="{MSTTS}" xml:lang={quoteattr(language_of(voice))}>'
    return f"{head}<voice name={quoteattr(voice)}>{facial}{inner}</voice></speak>"


def language_of(voice: str) -> str:
    """The language that stands in a voice's name: ``zh-CN-liaoning`` of ``zh-CN-liaoning-XiaobeiNeural``."""
    language = voice.partition(":")[0].rpartition("-")[0]
    return language if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)+", language) else "en-US"


def _typed(text: str, voice: str, facial: bool) -> Document:
    """Typed SSML: what the service insists on is added where it is missing, and nothing else is changed."""
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise SpeechError("The SSML must not declare a document type or entities; take the line with <! out.")
    ssml = without_marks(_COMMENT.sub("", text).strip(), '<break time="{}ms"/>')
    root = _ROOT.match(ssml)
    if root is None:
        raise SpeechError("The SSML must begin with <speak …> in small letters and end with </speak>; correct its first line.")
    given = root[1]
    for name, value in (("version", "1.0"), ("xmlns", SYNTHESIS), ("xmlns:mstts", MSTTS), ("xml:lang", language_of(voice))):
        if re.search(rf"\s{name}\s*=", given) is None:
            given += f' {name}="{value}"'
    inner = ssml[root.end() :]
    end = inner.rfind("</speak>")
    if end >= 0 and _VOICE.search(inner) is None:
        inner = f"<voice name={quoteattr(voice)}>{inner[:end]}</voice>{inner[end:]}"
    if facial and "mstts:viseme" not in inner:
        inner = _VOICE.sub(lambda match: match[0] + FACIAL, inner)
    ssml = f"<speak{given}>{inner}"
    _check(ssml)
    return Document(ssml, " ".join(plain(without_markup(inner).text).split()))


def _check(ssml: str) -> None:
    """Raise what the service would refuse."""
    try:
        root = ElementTree.fromstring(ssml)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise SpeechError(
            f"The SSML is not well-formed at line {line}, character {column + 1}; close every tag there, and write & as &amp; and < as"
            " &lt;."
        ) from error
    if root.tag != f"{{{SYNTHESIS}}}speak":
        raise SpeechError(f"The SSML's <speak> is of another language than SSML; give it xmlns=“{SYNTHESIS}”, or leave that out.")
    if not any(char.isalnum() for char in "".join(root.itertext())):
        raise SpeechError("The SSML holds nothing to say; put a sentence between <speak> and </speak>.")
    if len(ssml.encode()) > MAX_BYTES:
        raise SpeechError("The SSML is longer than the 64 KB that the service takes at once; speak it in parts.")


def _parts(sentence: str) -> Iterator[str]:
    """A sentence that is too long for one request in parts: after a clause, else at a space, else anywhere."""
    while len(sentence) > MAX_CHARS:
        window = sentence[:MAX_CHARS]
        clause = max(window.rfind(mark) for mark in (", ", "; ", ": ", "，", "、", "；", "،"))
        cut = clause + 1 if clause > MAX_CHARS // 4 else window.rfind(" ")
        cut = cut if cut > 0 else MAX_CHARS
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    if sentence:
        yield sentence
