"""What is kept of an object as long as it lives."""

from __future__ import annotations

import gc

from app.render.lasting import once_for_each


class Thing:
    """Something with an identity."""


def test_each_object_is_computed_once_and_forgotten_with_it():
    asked: list[int] = []

    @once_for_each
    def number(_thing: Thing) -> int:
        asked.append(len(asked))
        return asked[-1]

    first, second = Thing(), Thing()
    assert [number(first), number(second), number(first)] == [0, 1, 0]
    del first
    gc.collect()
    assert [number(Thing()), number(second)] == [2, 1], "a new object at the place of a former one is not taken for it"
    assert number.__wrapped__ and asked == [0, 1, 2]
