"""Makes endless English sentences: templates over a word list of our own, with rare dictionary words for phonetic coverage."""

from __future__ import annotations

from pathlib import Path

import numpy as np

#: our own word list, one part of speech per line
_WORDS = {
    kind: tuple(words.split())
    for kind, words in (line.split(": ") for line in Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines())
}
_SPOKEN = (
    "Hello, how are you today?", "Please wait a moment, I will be right back.", "Oh no, that is not what I meant.", "Thank you very much.",
    "Could you help me move this, please?", "I am so happy to see you!", "What do you think about it?", "Well, maybe we should go home.",
    "My name is {n}, and this is {m}.", "Why would anybody do that?", "Yes, of course, why not?", "I have no idea what happened.",
    "Give me five more minutes.", "You must be joking!", "We both bought the same blue umbrella.", "Mmm, that was a wonderful meal.",
    "Pop, bob, map, beam, pump, bump.", "Five very fine vivid leaves fell off.", "Move over, {n}, we are waiting for you.",
    "She saw six ships and chose the cheap one.", "Who would you choose, and how soon?", "{n} and {m} are both away until Monday.",
)  # fmt: skip
_TEMPLATES = (
    "The {a} {s} {v} the {s}.", "{n} {v} a {a} {s} {d}.", "{d}, the {s} {p} the {s} {v} every {a} {s}.", "Why {x} the {s} so {a}?",
    "I {v} the {s}, but {n} {v} my {a} {s}.", "{n}, {m} and the {a} {s} {v} us {p} the {s}.", "It is {d} {a} {p} the {a} {s}.",
    "We {v} the {s} because it was {a} and {a}.", "There {x} a {s} {p} your {s}, {n}.", "Did you see how {n} {v} that {a} {s}?",
    "My {s} is {a}; yours is {a}.", "If the {s} {x} {a}, you may take the {s}.", "Nobody {v} the {a} {s} {p} the {s}, not even {n}.",
    "{n} said the word {r} and then {r}.", "The {r} of {r} {v} a {a} {s}.", "{r}, {r} and {r}.", "They {v} {r} {p} the {s}.",
    "{k} {s}s and {k} {a} {s}s.", "Call {k}, {k}, {k}, {k}.",
)  # fmt: skip


class SentenceMaker:
    """Draws sentences; the same seed gives the same ones.

    Args:
        seed: of the random stream.
        dictionary: pocketsphinx's ``cmudict-en-us.dict`` (BSD) for rare words, or None to stay with the built-in list.
    """

    def __init__(self, seed: int, dictionary: Path | None = None) -> None:
        self._rng = np.random.default_rng(seed)
        self._rare = list(_WORDS["singular"])
        if dictionary is not None:
            words = [line.split(" ", 1)[0] for line in dictionary.read_text(encoding="utf-8").splitlines()]
            self._rare = [w for w in words if w.isalpha() and 4 <= len(w) <= 10]

    def _pick(self, words: list[str] | tuple[str, ...]) -> str:
        return words[int(self._rng.integers(len(words)))]

    def __call__(self) -> str:
        """One sentence."""
        template = self._pick(_SPOKEN) if self._rng.random() < 0.12 else self._pick(_TEMPLATES)
        kinds = {"a": "adjective", "s": "singular", "v": "verb", "d": "adverb", "n": "name", "m": "name", "p": "place", "k": "number"}
        lists = {mark: _WORDS[kind] for mark, kind in kinds.items()} | {"x": ("is", "was"), "r": tuple(self._rare)}
        out, i = "", 0
        while i < len(template):
            if template[i] == "{":
                out += self._pick(lists[template[i + 1]])
                i += 3
            else:
                out += template[i]
                i += 1
        return out[0].upper() + out[1:]
