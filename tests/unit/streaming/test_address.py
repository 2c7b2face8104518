"""Addresses as people write them."""

from __future__ import annotations

import pytest

from app.core.errors import StreamingError
from app.core.hosts import is_loopback
from app.streaming.address import ANY, Address


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("livelink", Address("livelink", "127.0.0.1", 11111)),
        (" livelink:192.168.1.7 ", Address("livelink", "192.168.1.7", 11111)),
        ("livelink5:studio:12000", Address("livelink5", "studio", 12000)),
        ("vmc:39540", Address("vmc", "127.0.0.1", 39540)),
        ("websocket:[::1]:39601", Address("websocket", "::1", 39601)),
        ("vmc:::1", Address("vmc", "::1", 39539)),
    ],
)
def test_where_to(text, meant):
    assert Address.parse(text) == meant
    assert Address.parse(str(meant)) == meant


def test_where_we_listen_is_every_network_unless_one_is_named():
    assert Address.parse_own("livelink") == Address("livelink", ANY, 11111)
    assert Address.parse_own("livelink:0") == Address("livelink", ANY, 0)
    assert Address.parse_own("vmc:127.0.0.1:39540") == Address("vmc", "127.0.0.1", 39540)
    assert Address.parse_own("websocket:39601") == Address("websocket", "127.0.0.1", 39601)


@pytest.mark.parametrize(
    "text", ["", "osc:1.2.3.4", "livelink:a:b", "livelink:1.2.3.4:0", "vmc:1.2.3.4:70000", "livelink:a b", "vmc:-1:-1"]
)
def test_what_is_no_address_is_told_with_an_example(text):
    with pytest.raises(StreamingError, match=r"write for example livelink:192\.168\.1\.7:11111"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("host", "own"), [("localhost", True), ("127.0.0.2", True), ("[::1]", True), ("0.0.0.0", False), ("studio", False)]
)
def test_who_reaches_what_listens_there(host, own):
    assert is_loopback(host) is own
