"""Which dialect a file's shape names are written in, and so what each channel is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.avatar.names.spelling import SIDES, Spelling, spellings
from app.avatar.names.table import DIALECTS, MIXED_VISEMES, Dialect
from app.avatar.vocabulary import FoundDialect, Pull, Recipe, Side, Vocabulary
from app.core.arkit import ARKIT_CHANNELS, MOUTH_CHANNELS, VISEME_CHANNELS, canonical_name

#: channel -> written key, for names that are ARKit's or the visemes' own behind a prefix, in other case, with other separators
_DIRECT = {
    **{name.lower().replace("_", ""): name for name in (*ARKIT_CHANNELS, *VISEME_CHANNELS)},
    "visemeih": "viseme_I", "visemeoh": "viseme_O", "visemeou": "viseme_U",
}  # fmt: skip
#: what a prefix or suffix must not contain: then the name is that of a combination (``jawOpen_mouthFunnel``)
_ARKIT_KEYS = tuple(name.lower() for name in ARKIT_CHANNELS)
#: names with a prefix that is no mesh's count when so many share it
_SHARED = 3
#: no avatar has more shapes than this; the rest is not looked at
_MOST_NAMES = 5000
#: more single letters than these beside vowels make an alphabet
_OTHER_LETTERS = 2
_PULL = re.compile(r"(?:(?P<weight>[\d.]+) )?(?P<key>[^\s@]+)(?:@(?P<side>left|right))?")
#: an ARKit mouth that can speak
_ROUNDING = frozenset({"mouthFunnel", "mouthPucker"})

#: key -> names as written, of one prefix and suffix
_Group = dict[str, list[str]]


def _joined_recipes() -> dict[str, str]:
    """Shapes that one file splits into two sides and another does not."""
    recipes = {}
    for channel in ARKIT_CHANNELS:
        for side in ("Left", "Right"):
            if channel.endswith(side) and channel not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
                recipes[channel] = f"{channel.removesuffix(side).lower()}@{side.lower()}"
        if not channel.endswith(("Left", "Right")):
            recipes[channel] = f"{channel.lower()}left + {channel.lower()}right"
    return recipes


_JOINED = Dialect(
    "shapes split or joined otherwise than ARKit's",
    "ICT-FaceKit and many hand-made rigs: browInnerUp_L and _R for browInnerUp, one eyeBlink for both eyes",
    _joined_recipes(), minimum=1,
)  # fmt: skip


@dataclass
class _Finding:
    """What has been found so far."""

    exact: dict[str, list[str]]
    recipes: dict[str, list[Recipe]] = field(default_factory=dict)
    found: list[FoundDialect] = field(default_factory=list)

    @property
    def driven(self) -> set[str]:
        """Channels that something moves."""
        return {*self.exact, *self.recipes}

    @property
    def speaks(self) -> bool:
        """Whether there is an ARKit mouth that opens and rounds."""
        return "jawOpen" in self.driven and bool(_ROUNDING & self.driven)

    def add(self, channel: str, recipes: Iterable[Recipe]) -> None:
        """Append alternatives."""
        known = self.recipes.setdefault(channel, [])
        known += [recipe for recipe in recipes if recipe not in known]


def recognise(names: Sequence[str]) -> Vocabulary:
    """Find out what an avatar's shapes drive.

    Args:
        names: of all its morph targets, as written.

    Returns:
        Recipes for the channels that no target is simply called after; empty for a file in this program's own names.
    """
    unique = list(dict.fromkeys(names))[:_MOST_NAMES]
    exact: dict[str, list[str]] = {}
    for name in unique:
        channel = canonical_name(name)
        if channel:
            exact.setdefault(channel, []).append(name)
    finding = _Finding(exact)
    _find_direct(finding, [name for name in unique if canonical_name(name) is None])
    for dialect in (_JOINED, *DIALECTS):
        _find_dialect(finding, dialect, unique)
    if any(channel.startswith("viseme_") for channel in finding.recipes):
        _mix_visemes(finding)
    return Vocabulary({channel: tuple(recipes) for channel, recipes in finding.recipes.items()}, tuple(finding.found))


def _find_direct(finding: _Finding, names: list[str]) -> None:
    """ARKit names and ``viseme_`` names in other spellings, and behind prefixes."""
    groups: dict[tuple[str, str], dict[str, str]] = {}
    readings: dict[tuple[str, str], Spelling] = {}
    for name in names:
        for reading in spellings(name):
            if reading.key in _DIRECT and not _is_combination(reading):
                affix = (reading.prefix, reading.suffix)
                groups.setdefault(affix, {})[name] = reading.key
                readings[affix] = reading
                break
    bare: list[str] = []
    behind: list[str] = []
    families: dict[str, set[str]] = {}
    for affix, keys in groups.items():
        families.setdefault(_family(affix), set()).update(keys.values())
    for affix, keys in groups.items():
        reading = readings[affix]
        if not (reading.bare or reading.in_namespace or len(families[_family(affix)]) >= _SHARED):
            continue
        for name, key in keys.items():
            finding.add(_DIRECT[key], [(Pull(name),)])
            (bare if reading.bare else behind).append(name)
    for words, evidence, origin in (
        ("ARKit or viseme names in another spelling", bare, "spaces, hyphens, dots and side marks as Blender and others write them"),
        (
            "ARKit or viseme names behind a prefix",
            behind,
            "a mesh's or an exporter's name before each: shapes., Head., ARKit_, BS_, A25_",
        ),
    ):
        if evidence:
            finding.found.append(FoundDialect(words, tuple(evidence), origin))


def _family(affix: tuple[str, str]) -> str:
    """What names of one figure have in common where their prefixes go on in several ways (``facs_bs_``, ``facs_jnt_``)."""
    words = re.findall(r"[^\W_]+", affix[0])
    return words[0] if words else affix[1]


def _is_combination(reading: Spelling) -> bool:
    """Whether what stands around a key is a shape's name itself, or a side that belongs to it."""
    around = re.findall(r"[^\W_]+", f"{reading.prefix} {reading.suffix}")
    return any(word in SIDES for word in around) or any(key in "".join(around) for key in _ARKIT_KEYS)


def _find_dialect(finding: _Finding, dialect: Dialect, names: list[str]) -> None:
    """Take a dialect's recipes for what is not driven yet, if enough of its names are there."""
    table = {channel: _parsed(recipe) for channel, recipe in _both_sides(dialect.recipes).items()}
    groups = _groups(dialect, names, {pull.target for recipes in table.values() for recipe in recipes for pull in recipe})
    if not groups:
        return
    before = finding.driven
    used: dict[str, None] = {}
    # what is no viseme comes first: whether the ARKit mouth can speak decides about the visemes
    for channel in sorted(table, key=lambda name: name.startswith("viseme_")):
        if channel in before or _gives_way(dialect, channel, finding, before):
            continue
        for alternative in table[channel]:
            recipes = [recipe for group in groups if (recipe := _written(alternative, group))]
            if recipes:
                finding.add(channel, recipes)
                used.update(dict.fromkeys(pull.target for recipe in recipes for pull in recipe))
                break
    if used:
        finding.found.append(FoundDialect(dialect.name, tuple(used), dialect.origin))


def _gives_way(dialect: Dialect, channel: str, finding: _Finding, before: set[str]) -> bool:
    """Whether a channel of a dialect is left alone because the mouth has something better."""
    if dialect.mouth_only_without == "opener":
        return channel in MOUTH_CHANNELS and bool({"jawOpen", "viseme_aa"} & before)
    return dialect.mouth_only_without == "shapes" and channel.startswith("viseme_") and finding.speaks


def _groups(dialect: Dialect, names: list[str], keys: set[str]) -> list[_Group]:
    """The names of a dialect by prefix and suffix, where enough of them share these."""
    groups: dict[tuple[str, str], _Group] = {}
    letters: dict[tuple[str, str], set[str]] = {}
    for name in names:
        for reading in spellings(name):
            affix = (reading.prefix, reading.suffix)
            if len(reading.key) == 1 and reading.key.isalpha():
                letters.setdefault(affix, set()).add(reading.key)
            if reading.key in keys and not _is_combination(reading):
                groups.setdefault(affix, {}).setdefault(reading.key, []).append(name)
                break
    if dialect.alone:
        groups = {affix: group for affix, group in groups.items() if len(letters.get(affix, set()) - keys) <= _OTHER_LETTERS}
    taken = [group for group in groups.values() if len(group) >= dialect.minimum or group.keys() & dialect.enough]
    known = {key for group in taken for key in group}
    return taken + [group for group in groups.values() if group not in taken and group.keys() <= known]


def _written(alternative: Recipe, group: _Group) -> Recipe:
    """A recipe's keys replaced by the names of a group; keys that it lacks are left out."""
    return tuple(Pull(name, pull.weight, pull.side) for pull in alternative for name in group.get(pull.target, ())[:1])


def _both_sides(recipes: Mapping[str, str]) -> dict[str, str]:
    """Recipes with every ``*`` written out."""
    written = {}
    for channel, recipe in recipes.items():
        for side in ("Left", "Right") if channel.endswith("*") else ("",):
            written[channel.replace("*", side)] = recipe.replace("*", side.lower())
    return written


def _parsed(text: str) -> tuple[Recipe, ...]:
    """``a + 0.5 b@left | c`` as alternatives."""
    return tuple(tuple(_pull(part) for part in alternative.split(" + ")) for alternative in text.split(" | "))


def _pull(text: str) -> Pull:
    found = _PULL.fullmatch(text.strip())
    assert found is not None, text
    side: Side = "left" if found["side"] == "left" else "right" if found["side"] == "right" else ""
    return Pull(found["key"], float(found["weight"] or 1), side)


def _mix_visemes(finding: _Finding) -> None:
    """Visemes that a set lacks, from those that it has."""
    complete = set(finding.driven)
    for channel, text in MIXED_VISEMES.items():
        if channel in complete:
            continue
        for alternative in _parsed(text):
            if all(pull.target in complete for pull in alternative):
                finding.add(channel, [recipe for recipe in _mixed(finding, alternative) if recipe])
                break


def _mixed(finding: _Finding, alternative: Recipe) -> list[Recipe]:
    """A mixture of channels as a mixture of their targets, one per alternative of the first of them."""

    def of(channel: str, index: int) -> Recipe:
        recipes = finding.recipes.get(channel) or [(Pull(name),) for name in finding.exact[channel]]
        return recipes[min(index, len(recipes) - 1)]

    first = alternative[0].target
    count = len(finding.recipes.get(first) or finding.exact[first])
    return [
        tuple(Pull(p.target, round(p.weight * source.weight, 4), p.side) for source in alternative for p in of(source.target, i))
        for i in range(count)
    ]
