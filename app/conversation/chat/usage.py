"""What an answer took, for the meter of costs."""

from __future__ import annotations

from dataclasses import dataclass

#: characters of English per token, for answers that were cut off before the service told its count
CHARACTERS_PER_TOKEN = 4.0


@dataclass(frozen=True)
class Usage:
    """Tokens of one answer.

    Attributes:
        prompt_tokens: that were sent, the cached ones among them.
        completion_tokens: that came back, also those that a reasoning model kept to itself.
        cached_tokens: of the prompt that the service had seen before and charges less for.
        deployment: who answered.
        estimated: the answer was cut off before the service told its count, so the tokens are reckoned from the characters.
    """

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    deployment: str = ""
    estimated: bool = False

    @classmethod
    def reckoned(cls, asked: str, answered: str, deployment: str) -> Usage:
        """An estimate from the characters.

        Args:
            asked: all text that was sent.
            answered: as much of the answer as came.
            deployment: who answered.
        """
        tokens = [-int(-len(text) // CHARACTERS_PER_TOKEN) for text in (asked, answered)]
        return cls(tokens[0], tokens[1], deployment=deployment, estimated=True)
