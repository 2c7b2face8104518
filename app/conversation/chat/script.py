"""What the scripted persona knows: patterns of questions, and answers in plain English that the embedded voice can speak."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

#: asked after these, it says what it is
KEY_HINT = "For real answers, open the settings of the conversation, and add a key of Azure OpenAI or the address of a local model."


@dataclass(frozen=True)
class Asking:
    """A question to the script.

    Attributes:
        text: as it was said.
        found: what the pattern caught.
        again: how often the same topic was answered before, for something else the second time.
        now: the time where the user is.
    """

    text: str
    found: re.Match[str]
    again: int
    now: datetime


Answer = Callable[[Asking], str] | tuple[str, ...]

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_HIGHEST_COUNT = 30


def in_words(number: int) -> str:
    """A number from 0 to 99 in words, others in digits."""
    if not 0 <= number <= 99:
        return str(number)
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")


def number_of(words: str) -> int | None:
    """A number from its digits or words, None for anything else."""
    text = words.strip().lower()
    if text.isdecimal() and len(text) < 7:
        return int(text)
    known = {in_words(number): number for number in range(100)}
    return known.get(text.replace(" ", "-"), known.get(text))


def _count(asking: Asking) -> str:
    last = number_of(asking.found["number"])
    if last is None or last > _HIGHEST_COUNT:
        return f"That is far. I count to {in_words(_HIGHEST_COUNT)} at most. " + _counted(_HIGHEST_COUNT)
    return _counted(max(1, last))


def _counted(last: int) -> str:
    lines = [", ".join(in_words(n) for n in range(first, min(first + 5, last + 1))) for first in range(1, last + 1, 5)]
    return " ".join(f"{line.capitalize()}." for line in lines)


def _sum(asking: Asking) -> str:
    a, b = number_of(asking.found["a"]), number_of(asking.found["b"])
    if a is None or b is None:
        return f"I can only reckon with plain numbers. {KEY_HINT}"
    sign = asking.found["sign"]
    if sign in ("+", "plus", "and"):
        result, word = a + b, "plus"
    elif sign in ("-", "minus"):
        result, word = a - b, "minus"
    else:
        result, word = a * b, "times"
    return f"{in_words(a).capitalize()} {word} {in_words(b)} is {'minus ' if result < 0 else ''}{in_words(abs(result))}."


def _time(asking: Asking) -> str:
    hour, minute = asking.now.hour % 12 or 12, asking.now.minute
    half = "in the morning" if asking.now.hour < 12 else "in the afternoon" if asking.now.hour < 18 else "in the evening"
    if minute == 0:
        return f"It is {in_words(hour)} o'clock {half}."
    return f"It is {in_words(hour)} {'oh ' if minute < 10 else ''}{in_words(minute)} {half}."


def _date(asking: Asking) -> str:
    return f"Today is {asking.now:%A}, the {_ordinal(asking.now.day)} of {asking.now:%B}."


def _ordinal(day: int) -> str:
    special = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth", 20: "twentieth", 30: "thirtieth"}
    if day in special:
        return special[day]
    if day > 20:
        return f"{_TENS[day // 10]}-{_ordinal(day % 10)}"
    return f"{_ONES[day]}th"


def _say(asking: Asking) -> str:
    return asking.found["words"].strip().rstrip(".") + "."


_STORIES = (
    "Once there was a very small robot who had no mouth. He beeped, and nobody understood him. One morning he found a box of paint, and "
    "painted himself a smile. People smiled back, but still nobody understood. So he painted a new mouth for every sound: a round one, a "
    "wide one, one with the lips pressed shut. He flipped through them faster and faster, and suddenly he was talking. And that, more or "
    "less, is how I work.",
    "A fisherman had a parrot that repeated every word. In the fog, his boat lost the harbour. He called for help, and heard only the "
    "parrot. Then, from far away, somebody answered. The parrot repeated it, louder and louder, and the fisherman steered by the voice of "
    "his own bird. They both had fresh fish for supper.",
    "Two mountains were old friends. Every evening one of them whispered, and by morning the whisper had come across the valley. What did "
    "you say, asked the other. Nothing important, said the first. I only wanted to hear from you.",
)
_PLOSIVES = (
    "Peter Piper picked a peck of pickled peppers. My mother made a big blue bubble pop above the pond. Bob's puppy became a plump and "
    "happy pup.",
    "Pam's baby brother bumped a pumpkin by the pump. A maple branch may bob in deep, brown swamps. Please pop my paper map back by "
    "the lamp.",
)
_TWISTERS = (
    "She sells sea shells by the sea shore. The shells she sells are surely sea shells.",
    "How much wood would a woodchuck chuck, if a woodchuck could chuck wood?",
    "Red lorry, yellow lorry. Red lorry, yellow lorry. Red lorry, yellow lorry.",
)
_JOKES = (
    "Why did the avatar bring a ladder to the meeting? To work on its high notes.",
    "I tried to whisper to my microphone. It said that I was not loud enough to be quiet.",
)

#: topic, pattern over the words in small letters, answers; the first one that fits is taken
TOPICS: tuple[tuple[str, str, Answer], ...] = (
    ("say", r"^(?:please |can you |could you )*(?:say|repeat)(?: after me)?[:,]? "
     r"(?!something|some |a |an |the alphabet|it\b|that\b|more|many|words?\b|sentences?\b)(?P<words>.+)$", _say),
    ("p b m", r"\bp,? (?:and |or )?b\b|\bb,? (?:and |or )?m\b|plosives?|bilabials?|lips? (?:close|closing|closed|together)|closures?",
     _PLOSIVES),
    ("f v", r"\bf,? (?:and |or )?v\b|teeth on|labiodentals?|\b(?:f|v)(?:'s|s)? sounds?", (
        "Five very fine foxes have vivid velvet scarves. Every leaf fell off of Vivian's favourite vine, and Philip found four of them.",)),
    ("th l", r"\bth\b|tongue (?:out|sounds?|between)|\bl sounds?", (
        "These three brothers think that the other path is smoother. Lily really loves the lilac light. Both of them breathe.",)),
    ("s sh", r"\bs,? (?:and |or )?sh\b|sibilants?|hiss|\bs sounds?", (
        "Six sleek ships sail south. She surely chose such fresh cheese. Just use the usual switches, George.",)),
    ("vowels", r"\bvowels?\b|wide (?:open )?mouth|open (?:your|the) mouth|round(?:ed)? (?:lips|mouth|sounds?)", (
        "Ah. Ee. Oo. Oh. A father calls out. We see three green trees. Who knew that you would use two blue shoes? Oh no, go slow.",)),
    ("alphabet", r"\balphabet\b|\ba ?b ?c\b", (
        "A, B, C, D, E, F, G. H, I, J, K, L, M, N, O, P. Q, R, S, T, U, V. W, X, Y, and Z.",)),
    ("twister", r"tongue[ -]?twister", _TWISTERS),
    ("count", r"\bcount\b.*?\b(?:to|till|until|up to) (?P<number>\d+|[a-z]+(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?)",
     _count),
    ("count", r"\bcount\b(?P<number>)", lambda asking: _counted(10)),
    ("weekdays", r"days of the week", ("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, and Sunday.",)),
    ("months", r"months of the year", (
        "January, February, March, April, May, June. July, August, September, October, November, and December.",)),
    ("story", r"\bstory\b|\bstories\b|\btale\b", _STORIES),
    ("poem", r"\bpoem\b|\brhyme\b|\bsing\b|\bsong\b", (
        "I cannot sing, but I can rhyme, and move my mouth in perfect time. My lips will close on M and B, and open wide from A to E.",)),
    ("joke", r"\bjokes?\b|make me laugh|something funny", _JOKES),
    ("long", r"\b(?:talk|speak|say something)\b.*\b(?:minute|long|longer|while|more)\b|long (?:answer|text|sentence)", (
        "Gladly. A face that speaks is a small orchestra. The jaw opens for the vowels, and it is late when it is loud. The lips close for "
        "every P, B and M, and they do it before you hear anything at all. The tongue is seen for TH and L, and almost never otherwise. "
        "Between two sounds nothing stands still, because every sound already leans towards the next one. And when the voice pauses, the "
        "mouth does not snap shut, it settles. If you watch me for a minute, watch the corners of the mouth: they tell you first when the "
        "motion and the sound do not belong together.",)),
    ("happy", r"\bhappy\b|\bjoy|\bcheerful|\bexcited", (
        "What a wonderful day! Everything works, the sun is out, and you came to talk to me!",)),
    ("sad", r"\bsad\b|\bunhappy\b|\bcry", ("I waited all evening by the window. Nobody came, and the rain did not stop.",)),
    ("angry", r"\bangry\b|\bfurious\b|\bshout", ("No! That is enough! I said it twice, and nobody listened!",)),
    ("visemes", r"\bvisemes?\b", (
        "A viseme is the shape of a mouth for a sound. Azure knows twenty-two of them, numbered from zero to twenty-one, and sends each "
        "one with its time. This program turns them into fifteen mouth shapes, and blends from one to the next.",
        "Visemes come from the text, so they know every sound exactly, but not how it was spoken. That is why a whisper and a shout look "
        "the same with them.",)),
    ("audio2face", r"audio ?(?:2|to|two) ?face|\ba2f\b", (
        "Audio to face listens to the sound itself. A neural network turns it into fifty-two numbers, thirty times a second or more, one "
        "for every shape of the face. It needs no text, so it works with any voice and any language.",)),
    ("compare", r"\bcompar|\bbetter\b|\bdifference\b|which (?:one|is)", (
        "Open the comparison and put visemes on the left and audio to face on the right. Both hear the very same sound. Watch the lips "
        "close on P, B and M, and look at the numbers below.",)),
    ("lip sync", r"lip[ -]?sync|\bmouth\b.*\bmove|how do you (?:talk|speak|move)", (
        "My voice is made first, sound by sound. Each sound has its time, so the mouth knows a little before your ear does. The picture is "
        "then drawn by the clock of the loudspeaker, and that keeps us together.",)),
    ("key", r"\bkeys?\b|\bazure\b|\bopen ?ai\b|\bgpt\b|\bchat ?gpt\b|real (?:answers?|model)|language model|ollama", (
        "I am only a script. To talk with a real model, open the settings of the conversation. Enter the endpoint of your Azure "
        "OpenAI resource, the name of your deployment, and a key. Or enter the address of a local model, which needs no key.",)),
    ("abilities", r"what can (?:you|i|this|we)|what does (?:this|it|the)|(?:this|the) (?:program|app)\b|\bhelp\b|how does (?:this|it) work",
     (
        "This program shows faces that speak. You can type a line, open a recording, or talk with me. It moves the face with visemes or "
        "with audio to face, compares both, and lets you tune every shape. Ask me to count, to tell a story, or for many P, B and M "
        "sounds.",)),
    ("name", r"who are you|what are you|your name|are you (?:a |an )?(?:real|human|robot|ai|bot|person|alive|scripted|machine)", (
        "I am a scripted stand-in, not a language model. I know a few topics by heart, so that you can try the face and the voice without "
        "any key.",)),
    ("how are you", r"how are you|how do you do|how is it going|what's up", (
        "Fine, thank you. My lips are moving and my clock is right. How are you?",)),
    ("time", r"\btime\b", _time),
    ("date", r"\bdate\b|\bday is\b|\bwhat day\b|\btoday\b", _date),
    ("sum", r"(?P<a>\d+|[a-z]+(?:-[a-z]+)?) ?(?P<sign>\+|plus|-|minus|\*|times|x) ?(?P<b>\d+|[a-z]+(?:-[a-z]+)?)", _sum),
    ("weather", r"\bweather\b|\brain\b|\bsunny\b|\bnews\b", (
        "I cannot look out of the window, and I have no network either. I am a script. " + KEY_HINT,)),
    ("thanks", r"\bthanks?\b|thank you", ("You are very welcome.", "My pleasure.")),
    ("bye", r"\bbye\b|goodbye|see you|good night", ("Goodbye! Come back soon.", "Bye-bye, and take care.")),
    ("greeting", r"^(?:oh |well )?(?:hello|hi|hey|good (?:morning|day|afternoon|evening)|greetings|howdy)\b", (
        "Hello! I am a scripted stand-in for a real model. Ask me what I can do, or let me tell you a story.",
        "Hello again! Shall I count to ten, or tell you a story?",)),
    ("yes", r"^(?:yes|yeah|sure|ok|okay|please|go on|more|another)\b", (
        "Good. Then ask me for a story, for a tongue twister, or for many P, B and M sounds.",)),
    ("no", r"^(?:no|nope|stop|never mind)\b", ("All right. I will be quiet until you ask me something.",)),
    ("something", r"^(?:please |can you |could you )*(?:say|speak|talk)\b", _PLOSIVES),
)  # fmt: skip

#: for anything else, with what was said
FALLBACKS = (
    "You said: {said}. I am only a scripted stand-in, so I cannot answer that. " + KEY_HINT,
    "I heard: {said}. That is not in my script. Try: tell me a story, count to ten, or what can this program do.",
)
#: longest piece of a question that is repeated
MOST_REPEATED = 120
