"""Dataclasses as plain values and back, tolerant of damage piece by piece: the one way in which this program remembers.

What is written is a JSON object per dataclass. What is read is checked against the field's type; a piece that does not fit falls
back to its default alone and is named, and fields that this version does not know are kept and written again.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from app.core.errors import PreviewError

#: what readers of foreign types raise for values that they do not take
_REFUSALS = (PreviewError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
_T = TypeVar("_T")


@dataclass
class Remembered:
    """A dataclass that comes back from plain values; subclasses give every field a default.

    Attributes:
        unknown: fields of another version of the program, kept as they are.
    """

    unknown: dict[str, Any] = field(default_factory=dict, repr=False, compare=False, kw_only=True)


@dataclass(frozen=True)
class Between:
    """What a number may be, for ``Annotated``: both ends are allowed."""

    low: float
    high: float


@dataclass(frozen=True)
class Form:
    """How values of a type that checks itself are written and read.

    Attributes:
        write: to plain values, an object where pieces shall survive the damage of others.
        read: from them; raises for what it does not take.
    """

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


Forms = Mapping[type, Form]


class _Unfit(Exception):
    """A value is not of the type that is wanted."""


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def plain(value: Any, forms: Forms = types.MappingProxyType({})) -> Any:
    """A value as JSON can hold it.

    Args:
        value: dataclasses, mappings, lists, tuples and plain values, in one another.
        forms: of types that write themselves.
    """
    form = forms.get(type(value))
    if form is not None:
        return form.write(value)
    if isinstance(value, Remembered):
        own = {each.name: plain(getattr(value, each.name), forms) for each in fields(value) if each.name != "unknown"}
        return {**value.unknown, **own}
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name), forms) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each, forms) for key, each in value.items()}
    return [plain(each, forms) for each in value] if isinstance(value, list | tuple) else value


def remembered(kind: type[_T], data: Any, forms: Forms = types.MappingProxyType({})) -> tuple[_T, tuple[str, ...]]:
    """A dataclass from plain values; never raises.

    Args:
        kind: whose fields are looked for, each with a default.
        data: as ``plain`` makes it, or anything else.
        forms: of types that read themselves.

    Returns:
        The object, and the places that were damaged, such as ``sound.volume``; ``""`` for all of it.
    """
    reading = _Reading(forms)
    try:
        return reading.value(kind, data, ""), tuple(reading.damaged)
    except _Unfit:
        return kind(), ("",)


class _Reading:
    """One run over plain values; collects what was damaged."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self.damaged: list[str] = []

    def value(self, wanted: Any, data: Any, place: str) -> Any:
        """A value of a type.

        Raises:
            _Unfit: the whole of it is something else.
        """
        if wanted in self._forms:
            return self._foreign(self._forms[wanted], data, place)
        if is_dataclass(wanted):
            return self._object(wanted, data, place)
        origin = get_origin(wanted)
        return self._simple(wanted, data) if origin is None else self._composed(origin, get_args(wanted), data, place)

    def _composed(self, origin: Any, arguments: tuple[Any, ...], data: Any, place: str) -> Any:
        """A value of a type that is made of others."""
        made: Any
        if origin is Annotated:
            made = self.value(arguments[0], data, place)
            rules = [rule for rule in arguments[1:] if isinstance(rule, Between)]
            self._fit(made, all(rule.low <= made <= rule.high for rule in rules))
        elif origin is Literal:
            made = self._fit(data, isinstance(data, str) and data in arguments)
        elif origin in (Union, types.UnionType):
            made = None if data is None else self.value(next(each for each in arguments if each is not type(None)), data, place)
        elif origin is dict:
            made = self._entries(arguments[1], self._fit(data, isinstance(data, Mapping)), place)
        elif origin is list:
            rows = dict(enumerate(self._fit(data, isinstance(data, list))))
            made = list(self._entries(arguments[0], rows, place).values())
        else:
            self._fit(data, isinstance(data, list | tuple) and len(data) == len(arguments))
            made = tuple(self.value(each, item, place) for each, item in zip(arguments, data, strict=True))
        return made

    @staticmethod
    def _fit(data: Any, fits: bool) -> Any:
        if not fits:
            raise _Unfit
        return data

    def _simple(self, wanted: Any, data: Any) -> Any:
        if wanted is Any:
            return data
        if wanted is float:
            self._fit(data, isinstance(data, int | float) and not isinstance(data, bool))
            try:
                return self._fit(float(data), math.isfinite(data))
            except OverflowError as error:
                raise _Unfit from error
        return self._fit(data, type(data) is wanted)

    def _object(self, kind: Any, data: Any, place: str) -> Any:
        """A dataclass: every field that does not fit keeps its default."""
        self._fit(data, isinstance(data, Mapping))
        made: dict[str, Any] = {}
        names = {each.name for each in fields(kind)} - {"unknown"}
        for name in sorted(names & set(data)):
            inside = f"{place}.{name}" if place else name
            try:
                made[name] = self.value(_hints(kind)[name], data[name], inside)
            except _Unfit:
                self.damaged.append(inside)
        if issubclass(kind, Remembered):
            made["unknown"] = {str(key): each for key, each in data.items() if key not in names}
        return kind(**made)

    def _entries(self, wanted: Any, data: Mapping[Any, Any], place: str) -> dict[Any, Any]:
        """Entries of a mapping or list: what does not fit is left out."""
        made = {}
        for key, each in data.items():
            inside = f"{place}.{key}"
            try:
                made[key] = self.value(wanted, each, inside)
            except _Unfit:
                self.damaged.append(inside)
        return made

    def _foreign(self, form: Form, data: Any, place: str) -> Any:
        """A type that checks itself: if it refuses the whole, as much of it as it takes."""
        try:
            return form.read(data)
        except _REFUSALS:
            if not isinstance(data, Mapping):
                raise _Unfit from None
        self.damaged.append(place)
        try:
            return form.read(_salvaged(form.read, data))
        except _REFUSALS:
            raise _Unfit from None


def _salvaged(read: Callable[[Any], Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that a reader takes, entry by entry, and those of mappings inside them."""
    kept: dict[str, Any] = {}
    for key, each in data.items():
        if _takes(read, {**kept, key: each}):
            kept[key] = each
        elif isinstance(each, Mapping):
            inner: dict[str, Any] = {}
            for name, item in each.items():
                if _takes(read, {**kept, key: {**inner, name: item}}):
                    inner[name] = item
            if _takes(read, {**kept, key: inner}):
                kept[key] = inner
    return kept


def _takes(read: Callable[[Any], Any], data: Any) -> bool:
    try:
        read(data)
    except _REFUSALS:
        return False
    return True
