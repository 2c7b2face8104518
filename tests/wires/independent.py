"""Receivers of live faces that know the bytes only: ``struct`` for Live Link Face and our WebSocket, python-osc for VMC.

As a program it listens and prints what it heard as one line of JSON: ``python independent.py WIRE PORT SECONDS``.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time

#: as Unreal lists the 61 values of a packet
LIVE_LINK_ORDER = (
    "EyeBlinkLeft", "EyeLookDownLeft", "EyeLookInLeft", "EyeLookOutLeft", "EyeLookUpLeft", "EyeSquintLeft", "EyeWideLeft",
    "EyeBlinkRight", "EyeLookDownRight", "EyeLookInRight", "EyeLookOutRight", "EyeLookUpRight", "EyeSquintRight", "EyeWideRight",
    "JawForward", "JawLeft", "JawRight", "JawOpen", "MouthClose", "MouthFunnel", "MouthPucker", "MouthLeft", "MouthRight",
    "MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight", "MouthDimpleLeft", "MouthDimpleRight", "MouthStretchLeft",
    "MouthStretchRight", "MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper", "MouthPressLeft", "MouthPressRight",
    "MouthLowerDownLeft", "MouthLowerDownRight", "MouthUpperUpLeft", "MouthUpperUpRight", "BrowDownLeft", "BrowDownRight",
    "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight", "CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft",
    "NoseSneerRight", "TongueOut", "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw",
    "RightEyePitch", "RightEyeRoll",
)  # fmt: skip


def live_link(data: bytes) -> dict:
    """One packet of version 6 or 5, read front to back."""
    version, device_length = struct.unpack_from(">Bi", data, 0)
    at = 5 + device_length
    (subject_length,) = struct.unpack_from(">i", data, at)
    subject = data[at + 4 : at + 4 + subject_length].decode()
    at += 4 + subject_length
    packet = {"version": version, "device": data[5 : 5 + device_length].decode(), "subject": subject}
    if version == 6:
        packet["frame"], packet["sub_frame"], *packet["rate"] = struct.unpack_from(">ifii", data, at)
        at += 16
    else:
        *packet["timecode"], packet["fps"] = struct.unpack_from(">iiiiI", data, at)
        at += 20
    count = data[at]
    packet["values"] = dict(zip(LIVE_LINK_ORDER, struct.unpack_from(f">{count}f", data, at + 1), strict=False))
    assert len(data) == at + 1 + 4 * count, "the packet is as long as it says"
    return packet


#: Linux says when a datagram reached the machine, whenever this process was let in to fetch it
_STAMPS = 35 if sys.platform.startswith("linux") else None


class UdpEar:
    """Keeps every datagram with the time of its arrival, on a thread of its own."""

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(0.05)
        if _STAMPS is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, _STAMPS, 1)
        self.port = self._socket.getsockname()[1]
        self.arrived: list[tuple[float, bytes]] = []
        self._news = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait(self, count: int, timeout: float = 10.0) -> list[bytes]:
        """The first ``count`` datagrams, as soon as they are there."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.arrived) >= count, timeout), f"only {len(self.arrived)} of {count} came"
            return [data for _, data in self.arrived[:count]]

    def close(self) -> None:
        self._ended = True
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> UdpEar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._ended:
            try:
                data, beside, _, _ = self._socket.recvmsg(65535, 64) if _STAMPS else (self._socket.recv(65535), [], 0, None)
            except TimeoutError:
                continue
            at_s = time.time()
            if beside:
                seconds, nanoseconds = struct.unpack("qq", beside[0][2])
                at_s = seconds + nanoseconds * 1e-9
            with self._news:
                self.arrived.append((at_s, data))
                self._news.notify_all()


def _hear_udp(port: int, seconds: float) -> dict:
    ear = UdpEar(port)
    ear.wait(1, 60.0)
    time.sleep(seconds)
    ear.close()
    packets = [live_link(data) for _, data in ear.arrived]
    return {"arrived": [at for at, _ in ear.arrived], "frames": [packet["frame"] for packet in packets]}


def vmc_faces(arrived: list[tuple[float, bytes]]) -> list[tuple[float, dict[str, float], tuple]]:
    """When each face was complete, its values, and the head's bone, as python-osc's dispatcher tells them."""
    from pythonosc.dispatcher import Dispatcher

    values: dict[str, float] = {}
    bone: list[tuple] = [()]
    faces: list[tuple[float, dict[str, float], tuple]] = []
    dispatcher = Dispatcher()
    dispatcher.map("/VMC/Ext/Blend/Val", lambda _address, name, value: values.__setitem__(name, value))
    dispatcher.map("/VMC/Ext/Bone/Pos", lambda _address, name, *numbers: bone.__setitem__(0, (name, *numbers)))
    for at_s, data in arrived:
        dispatcher.map("/VMC/Ext/Blend/Apply", applied := lambda _address, *_: faces.append((at_s, dict(values), bone[0])))  # noqa: B023
        dispatcher.call_handlers_for_packet(data, ("127.0.0.1", 0))
        dispatcher.unmap("/VMC/Ext/Blend/Apply", applied)
    return faces


def _hear_vmc(port: int, seconds: float) -> dict:
    ear = UdpEar(port)
    ear.wait(1, 60.0)
    time.sleep(seconds)
    ear.close()
    faces = vmc_faces(ear.arrived)
    assert all(len(values) == 52 for _, values, _ in faces), "every face has all its shapes"
    return {"arrived": [at_s for at_s, _, _ in faces], "frames": list(range(len(faces)))}


def _hear_websocket(port: int, seconds: float) -> dict:
    from websockets.sync.client import connect

    arrived, frames = [], []
    began_s = time.perf_counter()
    while True:
        try:
            connection = connect(f"ws://127.0.0.1:{port}/", compression=None, proxy=None)
            break
        except OSError:
            assert time.perf_counter() - began_s < 60.0
            time.sleep(0.02)
    with connection:
        assert json.loads(connection.recv())["protocol"] == "visemesync-faces"
        while not arrived or arrived[-1] - arrived[0] < seconds:
            message = connection.recv()
            if isinstance(message, bytes):
                arrived.append(time.perf_counter())
                frames.append(struct.unpack_from("<dII", message)[1])
    return {"arrived": arrived, "frames": frames}


if __name__ == "__main__":
    wire, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    print(json.dumps({"livelink": _hear_udp, "vmc": _hear_vmc, "websocket": _hear_websocket}[wire](port, seconds)))
