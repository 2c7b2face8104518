"""Which source is meant, as data: parsed once from what people write, and written back the same way.

This is for everybody who carries a source about: settings, projects, command lines, sides of the comparison. What a source can do
does not stand in its name; ask ``app.lipsync.registry.abilities_of``, which gives plain facts of the registry's entry. What an
object that exists can do, the protocols of ``app.lipsync.source`` say (``HasFeelings``, ``HasOwnParameters``, ``ListensLive``, ...).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.errors import SourceError

#: the kind of a side whose motion was kept in a take and whose source is not asked; the argument is that source
KEPT = "kept"
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
#: the longest path that any system takes, and a kind before it
MOST_CHARACTERS = 4200


@dataclass(frozen=True)
class SourceSpec:
    """A kind of source and what it works with.

    Attributes:
        kind: ``a2f``, ``visemes``, ``azure-visemes``, ``nvidia``, ``file``, ``remote``, ``mock``, ...
        argument: what stands behind the colon: a variant, a path or an address; "" for none.
    """

    kind: str
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.argument}" if self.argument else self.kind

    @classmethod
    def parse(cls, text: str | SourceSpec) -> SourceSpec:
        """What somebody wrote.

        Args:
            text: for example ``a2f``, ``visemes:visemesync`` or ``file:take.csv``; a spec comes back as it is.

        Raises:
            SourceError: it is not of that form, whoever may know the source.
        """
        if isinstance(text, SourceSpec):
            return text
        said = text.strip() if isinstance(text, str) else ""
        kind, _, argument = said.partition(":")
        if len(said) > MOST_CHARACTERS or not _KIND.fullmatch(kind) or _CONTROL.search(argument):
            raise SourceError(f"A source is written like a2f, visemes:visemesync, or file:take.csv, not {str(text)[:60]!r}.")
        return cls(kind, argument)
