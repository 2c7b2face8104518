"""What many voices at once take: cores, machines, graphics cards, network and money, out of what one voice was measured to take."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.conversation.cost.prices import PRICES, GpuOffer
from app.core.errors import CostError

#: of an average month (365.25 / 12 days)
HOURS = 730.5
#: IPv4 (RFC 791) 20, TCP with time stamps (RFC 9293, 7323) 32, a record of TLS 1.3 (RFC 8446) 22: of every message on the wire
WIRE_BYTES = 74
#: an acknowledgement without anything else
ACK_BYTES = 52
#: of a machine's network that is planned with
NETWORK_SHARE = 0.5
#: memory of a server's process and its engine's before the first voice, as `python -m app load` tells it
PROCESS_MB = 170.0
MOST_VOICES = 10_000_000


@dataclass(frozen=True)
class VoiceFigures:
    """What voices of a source take on a processor.

    Attributes:
        source: such as ``a2f:light``.
        voices_per_core: that one core carries.
        late_p99_ms: at that many.
        memory_mb: of one.
        command: that measured it.
        on: what.
        recorded: when.
    """

    source: str
    voices_per_core: float
    late_p99_ms: float
    memory_mb: float
    command: str
    on: str
    recorded: date


@dataclass(frozen=True)
class WireFigures:
    """What a voice takes on the wire and in the proxy.

    Attributes:
        sent_bytes_s: of WebSocket, to the server.
        received_bytes_s: from it.
        messages_s: each way.
        proxy_core: of a core, for a voice in HAProxy.
        command: that measured it.
        recorded: when.
    """

    sent_bytes_s: float
    received_bytes_s: float
    messages_s: float
    proxy_core: float
    command: str
    recorded: date

    @property
    def up_bit_s(self) -> float:
        """To the server, on the wire."""
        return 8 * (self.sent_bytes_s + self.messages_s * (WIRE_BYTES + ACK_BYTES / 2))

    @property
    def down_bit_s(self) -> float:
        """From the server, on the wire."""
        return 8 * (self.received_bytes_s + self.messages_s * (WIRE_BYTES + ACK_BYTES / 2))


@dataclass(frozen=True)
class MachineOffer:
    """A rented machine.

    Attributes:
        name: with its vendor.
        cores: as its vendor counts them.
        memory_gb: of it.
        network_gbit_s: it has.
        usd_per_hour: it costs.
        recorded: when that was written down.
        source: where it was read.
    """

    name: str
    cores: int
    memory_gb: float
    network_gbit_s: float
    usd_per_hour: float
    recorded: date
    source: str


@dataclass(frozen=True)
class ScaleFigures:
    """Everything of the file of prices that many voices are reckoned with.

    Attributes:
        voices: by source.
        wire: of a voice.
        machines: that can be rented.
        egress: (up to so many TB of a month, US dollars a GB), the smallest first.
    """

    voices: tuple[VoiceFigures, ...]
    wire: WireFigures
    machines: tuple[MachineOffer, ...]
    egress: tuple[tuple[float, float], ...]

    def of(self, source: str) -> VoiceFigures:
        """Of a source.

        Raises:
            CostError: it was not measured.
        """
        for each in self.voices:
            if each.source == source:
                return each
        raise CostError(f"Nothing was measured for {source}; choose {' or '.join(each.source for each in self.voices)}.")

    def machine(self, name: str) -> MachineOffer:
        """Of a name, the first for "".

        Raises:
            CostError: there is none.
        """
        for each in self.machines:
            if name in ("", each.name, each.name.partition(" ")[2]):
                return each
        raise CostError(
            f"There is no price of {name}; choose {' or '.join(each.name for each in self.machines)}, or write it into a --prices FILE."
        )


@dataclass(frozen=True)
class Scale:
    """What so many voices take; money in US dollars a month, all voices speaking all the time.

    Attributes:
        voices: at once.
        places: offered, with the free ones.
        cores: for the servers, one worker each.
        proxy_cores: for HAProxy.
        machines: all together, one to spare among them.
        memory_gb: of all servers.
        up_gbit_s: to the servers.
        down_gbit_s: from them.
        machine_mbit_s: through one machine, both ways together.
        traffic_tb: that leaves in a month.
        machines_usd: for the machines.
        traffic_usd: for what leaves.
        even_per_gpu: voices that a card has to carry to cost no more than cores, by offer.
        gpus: cards, where it is known what one carries.
        gpus_usd: for these.
    """

    voices: int
    places: int
    cores: int
    proxy_cores: int
    machines: int
    memory_gb: float
    up_gbit_s: float
    down_gbit_s: float
    machine_mbit_s: float
    traffic_tb: float
    machines_usd: float
    traffic_usd: float
    even_per_gpu: dict[str, int]
    gpus: int | None
    gpus_usd: float | None


def scale(
    voices: int, figures: ScaleFigures, voice: VoiceFigures, machine: MachineOffer, *,
    free: float = 0.25, offers: Iterable[GpuOffer] = (), gpu: GpuOffer | None = None, per_gpu: float = 0.0,
) -> Scale:  # fmt: skip
    """Reckon.

    Args:
        voices: at once.
        figures: of the wire and of traffic.
        voice: measured.
        machine: that is rented.
        free: share of the places that stays free, for what comes at once and for a machine that is lost.
        offers: of cards, to say from how many voices on one is the cheaper one.
        gpu: the card that ``per_gpu`` was measured on.
        per_gpu: voices of one, 0 where nobody measured it.

    Raises:
        CostError: there cannot be so many voices, or so few free places.
    """
    if not 1 <= voices <= MOST_VOICES or not 0 <= free < 1:
        raise CostError(
            f"Voices are from 1 to {MOST_VOICES}, and the free share from 0 to below 1; choose --voices and --free accordingly."
        )
    wire = figures.wire
    places = math.ceil(voices / (1 - free))
    cores = math.ceil(places / voice.voices_per_core)
    proxy_cores = math.ceil(voices * wire.proxy_core)
    both_bit_s = voices * (wire.up_bit_s + wire.down_bit_s)
    by_cores = math.ceil((cores + proxy_cores) / machine.cores)
    memory_gb = (cores * PROCESS_MB + places * voice.memory_mb) / 1000
    needed = max(by_cores, math.ceil(memory_gb / machine.memory_gb), math.ceil(both_bit_s / (NETWORK_SHARE * machine.network_gbit_s * 1e9)))
    traffic_tb = voices * wire.down_bit_s / 8 * 3600 * HOURS / 1e12
    core_usd = machine.usd_per_hour / machine.cores
    voice_usd = core_usd / (voice.voices_per_core * (1 - free))
    gpus = math.ceil(places / per_gpu) if gpu is not None and per_gpu > 0 else None
    return Scale(
        voices, places, cores, proxy_cores, needed + 1, memory_gb, voices * wire.up_bit_s / 1e9, voices * wire.down_bit_s / 1e9,
        both_bit_s / needed / 1e6, traffic_tb, (needed + 1) * machine.usd_per_hour * HOURS, traffic_usd(traffic_tb, figures.egress),
        {offer.name: math.ceil(offer.high_usd / voice_usd) for offer in offers},
        gpus, None if gpus is None or gpu is None else (gpus + 1) * gpu.high_usd * HOURS,
    )  # fmt: skip


def traffic_usd(tb: float, steps: Iterable[tuple[float, float]]) -> float:
    """What leaves in a month, each step of it at its own price.

    Args:
        tb: 10^12 bytes.
        steps: (up to so many TB, US dollars a GB), the smallest first.
    """
    total, below = 0.0, 0.0
    for up_to, usd_per_gb in steps:
        total += max(0.0, min(tb, up_to) - below) * 1000 * usd_per_gb
        below = up_to
    return total


def read_scale_figures(path: Path = PRICES) -> ScaleFigures:
    """Read them from a file of prices.

    Args:
        path: see ``read_prices``.

    Raises:
        CostError: they are missing or broken.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        wire = data["wire"]
        names = ("sent_bytes_s", "received_bytes_s", "messages_s", "proxy_core")
        sent, received, messages, proxy = (_positive(wire[name]) for name in names)
        return ScaleFigures(
            tuple(_voice_of(table) for table in data["voice"]),
            WireFigures(sent, received, messages, proxy, str(wire["command"]), _day(wire)),
            tuple(_machine_of(table) for table in data["machine"]),
            tuple(sorted((_positive(table["up_to_tb"]), _positive(table["usd_per_gb"])) for table in data["egress"])),
        )  # fmt: skip
    except OSError as error:
        raise CostError(f"{path.name} cannot be read; give the path of a file of prices such as assets/prices.toml.") from error
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise CostError(
            f"{path.name} lacks what many voices are reckoned with, or it is not plausible ({error}); copy [[voice]], [wire], [[machine]] "
            "and [[egress]] from assets/prices.toml."
        ) from error


def _positive(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise ValueError(f"{value!r} is no number above 0")
    return float(value)


def _day(table: Mapping[str, Any]) -> date:
    if not isinstance(table["recorded"], date):
        raise ValueError("`recorded` is no date")
    return table["recorded"]


def _voice_of(table: Mapping[str, Any]) -> VoiceFigures:
    voices, late_ms, memory_mb = (_positive(table[name]) for name in ("voices_per_core", "late_p99_ms", "memory_mb"))
    return VoiceFigures(str(table["source"]), voices, late_ms, memory_mb, str(table["command"]), str(table["on"]), _day(table))


def _machine_of(table: Mapping[str, Any]) -> MachineOffer:
    cores, memory_gb, network_gbit_s, usd = (_positive(table[name]) for name in ("cores", "memory_gb", "network_gbit_s", "usd_per_hour"))
    return MachineOffer(f"{table['vendor']} {table['name']}", int(cores), memory_gb, network_gbit_s, usd, _day(table), str(table["source"]))
