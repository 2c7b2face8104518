"""Who gets a place, who makes way, and what is refused."""

from __future__ import annotations

import asyncio
import sys

import pytest

from app.core.errors import ServiceError
from app.remote.server.door.descriptors import make_room_for
from app.remote.server.door.guests import FRESH_S, UNREAD_S, Guest, Phase, counted_as
from app.remote.server.door.intake import IntakeFull, Ledger, Share
from app.remote.server.door.patience import FREE, LONGEST_S, MOST_HELD_OF_ONE, Patience
from app.remote.server.door.places import Places
from app.remote.server.door.portions import PIECE, Portions


class Wire:
    """A transport that only remembers."""

    def __init__(self) -> None:
        self.aborted = self.paused = False

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


def guest(address: str, phase: Phase = Phase.HEAD) -> Guest:
    """A connection in a phase; it remembers in ``told`` why it was ended."""
    one = Guest(address, Wire(), lambda status, sentence: one.__dict__.update(told=(status, sentence)))
    one.enter(phase)
    return one


def test_an_unfinished_connection_of_the_same_address_makes_way_and_nobody_elses():
    places = Places(100, 3)
    other, head, silent, busy = guest("b"), guest("a"), guest("a", Phase.SILENT), guest("a", Phase.BUSY)
    head.since_s -= FRESH_S
    assert [places.admit(each) for each in (other, silent, head, busy)] == [None] * 4
    assert places.admit(guest("a")) is None and head.told[0] == 503 and not hasattr(other, "told") and places.of("a") == 3
    assert len(places) == 4 and places.displaced == 1


def test_those_that_are_served_keep_their_places_and_the_next_one_is_told_why():
    places = Places(4, 2)
    for address in ("a", "a", "b", "b"):
        assert places.admit(guest(address, Phase.BUSY)) is None
    of_one, of_all = places.admit(guest("a")), places.admit(guest("c"))
    assert of_one.status == 429 and "--per-address" in of_one.sentence and of_all.status == 503 and of_all.sentence.endswith(".")


def test_a_full_house_takes_the_place_from_the_address_that_has_most():
    places = Places(5, 4)
    crowd = [guest("crowd") for _ in range(4)]
    alone = guest("alone")
    for each in (alone, *crowd):
        places.admit(each)
    assert places.admit(guest("new")) is None and hasattr(crowd[0], "told") and not hasattr(alone, "told")
    for each in (alone, *crowd):
        places.leave(each)
        places.leave(each)
    assert len(places) == 1 and places.of("crowd") == 0


def test_a_proxy_may_have_any_number_and_others_beside_it_may_not():
    places = Places(99, 2, ("10.0.0.0/24", "::1"))
    for address, count in (("10.0.0.7", 5), ("::1", 5), ("10.0.1.7", 2)):
        assert [places.admit(guest(address, Phase.BUSY)) for _ in range(count)] == [None] * count
    assert places.admit(guest("10.0.1.7")).status == 429


def test_what_takes_too_long_is_ended(monkeypatch):
    now_s = 100.0
    monkeypatch.setattr("app.remote.server.door.guests.time.monotonic", lambda: now_s)
    places, late, reading, unread = Places(9, 9), guest("a"), guest("a", Phase.BUSY), guest("a", Phase.BUSY)
    for each in (late, reading, unread):
        places.admit(each)
    late.phase = Phase.RESTING
    late.enter(Phase.HEAD, 10.0)
    late.enter(Phase.HEAD, 10.0)  # goes on: its beginning stays
    unread.unread_s = now_s
    now_s = 109.0
    places.look()
    assert not late.transport.aborted
    now_s = 101.0 + UNREAD_S
    places.look()
    assert late.transport.aborted and unread.transport.aborted and not reading.transport.aborted


@pytest.mark.parametrize(("host", "counted"), [
    ("10.1.2.3", "10.1.2.3"), ("::ffff:10.1.2.3", "10.1.2.3"), ("::1", "::1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
    ("fe80::1%eth0", "fe80::/64"), ("", ""), ("socket", "socket"),
])  # fmt: skip
def test_an_ipv6_network_is_one_address(host, counted):
    assert counted_as(host) == counted


def test_guesses_wait_longer_and_longer_and_are_forgotten():
    patience = Patience()
    waits = [patience.wrong("a", 0.0) for _ in range(FREE + 7)]
    assert waits[:FREE] == [0.0] * FREE and waits[FREE:] == [0.25, 0.5, 1.0, 2.0, LONGEST_S, LONGEST_S, LONGEST_S]
    assert patience.wrong("b", 0.0) == 0.0 and patience.wrong("a", 120.0) == 0.0


def test_only_so_many_answers_are_held_back():
    async def held() -> int:
        patience = Patience()
        waiting = [asyncio.create_task(patience.hold("a", 60.0)) for _ in range(MOST_HELD_OF_ONE + 5)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        count = sum(not each.done() for each in waiting)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return count

    assert asyncio.run(held()) == MOST_HELD_OF_ONE


def test_what_is_in_hand_is_limited_for_one_and_for_all():
    ledger = Ledger(10, 6, "Enough.")
    one, other = Share(ledger, "a"), Share(ledger, "b")
    one.take(6)
    with pytest.raises(IntakeFull, match="Enough"):
        one.take(1)
    other.take(4)
    with pytest.raises(IntakeFull):
        Share(ledger, "c").take(1)
    one.give_back()
    one.give_back()
    assert ledger.total == 4


def test_a_flood_is_handed_on_in_turns(monkeypatch):
    monkeypatch.setattr("app.remote.server.door.portions.TURN_S", 0.0)
    wire, pieces = Wire(), []

    async def run() -> list[bool]:
        portions = Portions(wire, pieces.append, lambda: True)
        portions.feed(bytes(3 * PIECE))
        paused = [wire.paused, len(pieces) == 1]
        for _ in range(4):
            await asyncio.sleep(0)
        return paused

    assert asyncio.run(run()) == [True, True]
    assert [len(each) for each in pieces] == [PIECE] * 3 and not wire.paused


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_the_places_lie_under_the_limit_of_open_files(monkeypatch):
    import resource

    limits = {"now": (256, 700)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: limits.update(now=pair))
    assert make_room_for(100, 100) == 100 and limits["now"] == (428, 700)
    assert make_room_for(512, 256) == (700 - 256 - 128) // 2 and limits["now"] == (700, 700)
    limits["now"] = (64, 64)
    with pytest.raises(ServiceError, match="ulimit"):
        make_room_for(512, 256)
