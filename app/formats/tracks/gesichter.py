"""Recordings of Live Link Face datagrams (``.gesichter``): a gzip of packets one after the other."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import StreamingError, TrackError
from app.core.face_frame import FaceFrame
from app.core.head import ANGLES
from app.formats.livelink_packet import N_VALUES, LiveLinkPacket, decode_packet, encode_packet
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import angle, left_out
from app.formats.track_file import TrackFile, check_rate, require_arkit, starting_at_zero
from app.formats.tracks.clock import Clock
from app.formats.tracks.csv_table import Table, file_of
from app.formats.tracks.rate import Rate, number_text

NAME = "Live Link Face recording"
#: version of the container, number of packets
_HEAD = struct.Struct(">Bi")
_VERSION = 6
_SIZE = struct.Struct(">i")
_GZIP = 31
_MAX_PACKET = 4096
#: of an hour at 120 frames per second
_MOST_PACKETS = 3600 * 120
_BLOCK = 1 << 16


def looks_like(data: bytes) -> bool:
    """Whether it is a gzip whose content begins like a recording."""
    if data[:2] != b"\x1f\x8b":
        return False
    try:
        start = zlib.decompressobj(_GZIP).decompress(data[:4096], 64)
    except zlib.error:
        return False
    return len(start) > _HEAD.size + 5 and 0 < _SIZE.unpack_from(start, _HEAD.size)[0] <= _MAX_PACKET and start[_HEAD.size + 4] in (5, 6)


def _unpacked(data: bytes, name: str) -> Iterator[bytes]:
    """What is packed, piece by piece, so that a file that is nothing but zeros is never there as a whole."""
    reader = zlib.decompressobj(_GZIP)
    try:
        for at in range(0, len(data), _BLOCK):
            rest = data[at : at + _BLOCK]
            while rest and not reader.eof:
                yield reader.decompress(rest, _BLOCK)
                rest = reader.unconsumed_tail
        yield reader.flush()
    except zlib.error as error:
        raise TrackError(f"{name} is damaged; record it again.") from error


def _datagrams(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The head, then the datagrams up to the first that is none, or cut off."""
    content, at = bytearray(), 0
    for piece in pieces:
        content += piece
        if not at and len(content) >= _HEAD.size:
            at = _HEAD.size
            yield bytes(content[:at])
        begin = at
        while begin and begin + _SIZE.size <= len(content):
            (size,) = _SIZE.unpack_from(content, begin)
            if not 0 < size <= _MAX_PACKET:
                return
            end = begin + _SIZE.size + size
            if end > len(content):
                break
            yield bytes(content[begin + _SIZE.size : end])
            begin = end
        if begin > at:  # the head stays, for its place says that it was there
            del content[at:begin]


def _packets(datagrams: Iterator[bytes], name: str) -> tuple[list[LiveLinkPacket], list[str]]:
    """The packets, and what has to be said about those that are missing or damaged."""
    _, said = _HEAD.unpack(next(datagrams))
    packets: list[LiveLinkPacket] = []
    refusals: list[str] = []
    for datagram in datagrams:
        if len(packets) + len(refusals) >= _MOST_PACKETS:
            raise TrackError(f"{name} holds more packets than an hour has; split it into shorter takes.")
        try:
            packets.append(decode_packet(datagram))
        except StreamingError as error:
            refusals.append(str(error))
    if not packets:
        raise TrackError(f"{name} holds no packet of Live Link Face that can be read; record it again.")
    there = len(packets) + len(refusals)
    warnings = [f"{len(refusals):,} of {there:,} packets were left out, the first because: {refusals[0]}"] if refusals else []
    if said != there:
        warnings.append(f"The recording says {said:,} packets, but {there:,} are there; it may be cut off.")
    return packets, warnings


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read a recording; packets that came late or twice are sorted in, frames that were lost are interpolated and told.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the packets'.

    Raises:
        TrackError: it holds no packet.
    """
    packets, warnings = _packets(_datagrams(_unpacked(data, name)), name)
    rate = packets[0].rate
    by_frame = {packet.frame: packet for packet in packets if packet.rate == rate}
    order = sorted(by_frame)
    if len(by_frame) < len(packets):
        warnings.append(f"{len(packets) - len(by_frame):,} packets came twice or at another rate and were left out.")
    held = sum(not len(by_frame[frame].values) for frame in order)
    if held == len(order):
        raise TrackError(f"{name} holds no frame with a face; record it again.")
    if held:
        warnings.append(f"In {held:,} frames the app saw no face; they were bridged from the frames around.")
    width = max(len(by_frame[frame].values) for frame in order)
    values = np.full((len(order), width), np.nan)
    for row, frame in enumerate(order):
        values[row, : len(by_frame[frame].values)] = by_frame[frame].values
    used = fps or float(rate)
    places = np.array(order, np.int64) - order[0]
    check_rate(used, int(places[-1]) + 1, name)
    said = f"{number_text(float(rate))} fps as the packets say"
    evidence = said if fps is None else f"{number_text(used)} fps as stated; the file itself says {said}"
    clock = Clock(-1, Rate(used, places, True), places / used, order[0] / float(rate), "header" if fps is None else "stated", evidence)
    names = (*ARKIT_CHANNELS, *ANGLES, *(f"value{i}" for i in range(N_VALUES, width)))[:width]
    return file_of(Table(names, values, clock, tuple(warnings)), name, NAME)


def write(performance: Performance, options: WriteOptions) -> Written:
    """A recording of the packets that the app would send; a start other than 0 s is resampled away.

    Raises:
        TrackError: other channels than the 52.
    """
    require_arkit(performance.arkit)
    check_rate(performance.arkit.fps, len(performance.arkit), "The track")
    track = starting_at_zero(performance.arkit)
    angles = np.column_stack([angle(track, title) for title in ANGLES])
    packets = [
        encode_packet(FaceFrame(weights, row, i / track.fps, i, track.fps, "face"), "VisemeSync Preview")
        for i, (weights, row) in enumerate(zip(track.weights, angles, strict=True))
    ]
    content = _HEAD.pack(_VERSION, len(packets)) + b"".join([_SIZE.pack(len(packet)) + packet for packet in packets])
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    return Written(packer.compress(content) + packer.flush(), left_out(track, NAME, ANGLES))
