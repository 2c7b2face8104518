"""Attacks on a real server process: what they cost, and that a well-behaved client gets in meanwhile."""

from __future__ import annotations

import contextlib
import json
import ssl

import httpx
import pytest

from tests.attacks import bombs, floods, pages, wire
from tests.attacks.victim import Victim, Witness
from tests.wires.certificates import self_signed

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(__import__("os"), "sched_getaffinity"), reason="memory is read from /proc")]
#: what any attack may cost, in MB; and how long a good client may wait on a machine that tests keep busy
MOST_MB, LONGEST_S = 40.0, 8.0


@pytest.fixture(scope="module")
def victim():
    """One server for all of them: what is left of one attack must not help the next."""
    with Victim() as one:
        yield one


@pytest.fixture
def unharmed(victim, request):
    """Fails a test whose attack cost much memory, or kept a good client waiting or out.

    Answers that are not read hold the places of their own address, which the good client shares: it may be refused then, and only then.
    """
    before_mb = victim.most_mb
    with Witness(victim) as witness:
        yield
    assert witness.stall_s < LONGEST_S
    assert not witness.refused or "unread_answers" in request.node.name
    assert victim.most_mb - before_mb < MOST_MB and victim.answers()


@pytest.mark.parametrize("attack", [floods.endless_header, floods.endless_headers])
def test_a_head_without_an_end_is_refused_in_json(victim, unharmed, attack):
    assert float(attack(victim, 3.0).split()[0]) < 8
    with contextlib.closing(wire.connected(victim.port)) as one:
        one.sendall(floods.HALF + b"a" * 40_000)
        head, _, body = wire.received(one).partition(b"\r\n\r\n")
    assert wire.status_of(head) == 431 and "16 KiB" in json.loads(body)["detail"]


@pytest.mark.parametrize(("attack", "count"), [
    (floods.half_requests, 1100), (floods.half_handshakes, 300), (floods.silent_sockets, 300), (floods.slow_bodies, 200),
    (floods.unread_answers, 100),
])  # fmt: skip
def test_connections_that_do_nothing_hold_no_places(victim, unharmed, attack, count):
    assert int(attack(victim, 0.5, count).split()[0]) <= 64
    assert victim.files < 300


def test_streams_that_are_begun_and_reset_make_way(victim, unharmed):
    begun, _, rest = floods.quick_resets(victim, 5.0, 300).partition(" begun, then no place for ")
    assert int(begun) == 300 and float(rest.split()[0]) < 1.0


@pytest.mark.parametrize("attack", [floods.ping_flood, floods.small_pings, floods.empty_fragments, floods.endless_chunks])
def test_floods_on_one_connection_stop_nobody(victim, unharmed, attack):
    assert attack(victim, 1.0)


def test_oversized_frames_are_closed(victim, unharmed):
    assert floods.oversized_frames(victim, 3.0, 32) == "32 of 32 closed"


def test_small_files_that_are_huge_are_refused_before_they_are_decoded(victim, unharmed):
    for sound in (bombs.flac(655_350, 60.0), bombs.flac(192_000, 200.0, 8), bombs.wav(1, 1790), bombs.wav(2**31 - 1, 2000)):
        answer = wire.exchanged(victim.port, wire.posted("/process-sync", sound))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert wire.status_of(head) == 500 and json.loads(body)["detail"].endswith(".")
    assert floods.many_parts(victim, 5.0) == "answered [400, 400, 400, 400]"


def test_handshakes_of_tls_that_are_never_finished_hold_no_places(start_server, tmp_path, eventually):
    mine = self_signed(tmp_path)
    server = start_server(certificate=mine, per_address=8, request_s=0.5)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(wire.connected(server.port)) for _ in range(20)]
        trusting = ssl.create_default_context(cafile=str(mine.cert))
        assert httpx.get(server.url + "/v1/health/ready", verify=trusting).json() == {"ready": True}
        eventually(lambda: all(wire.is_closed(one) for one in silent))
    eventually(lambda: len(server.state.door.places) == 0)


def test_pages_of_others_and_odd_paths_get_nothing(victim, unharmed):
    assert pages.foreign_page(victim, 0) == "socket refused, post 403, /health not readable, /metrics not readable"
    assert pages.wrong_host(victim, 0) == "answered 421, 421, 421, 421"
    assert pages.odd_paths(victim, 0) == "answered 404, 404, 404, 404, 404"


@pytest.mark.parametrize("request_", [
    b"\0\1\2\r\n\r\n", floods.HALF + b"\r\nX: y" * 64 + b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
    wire.upgrade(more="Content-Length: 3\r\n"), wire.upgrade().replace(b"GET", b"POST"),
    wire.upgrade(more="X: y\r\n" * 120), wire.upgrade("/" + "a" * 9000), wire.upgrade().replace(b"Version: 13", b"Version: 1"),
    b"POST /process HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\nz\r\n",
])  # fmt: skip
def test_what_is_no_request_is_answered_with_one_sentence(victim, unharmed, request_):
    with contextlib.closing(wire.connected(victim.port)) as one:
        one.sendall(request_)
        head, _, body = wire.received(one).partition(b"\r\n\r\n")
    assert wire.status_of(head) in (400, 426, 431) and json.loads(body)["detail"].endswith(".")
