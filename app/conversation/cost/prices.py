"""The prices: read from one dated file that anybody can edit."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from app.conversation.cost.meter import UNITS
from app.core.errors import CostError
from app.core.shipped import shipped

#: those that come with the program
PRICES = shipped("assets/prices.toml")
#: no hour of one GPU costs more
MOST_USD_PER_HOUR = 1000.0
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Price:
    """What a unit of a service costs.

    Attributes:
        service: as the meter counts it.
        unit: as the meter counts it.
        usd: for ``per`` units.
        per: how many units that price is for.
        title: what is paid for.
        recorded: when the price was written down.
        source: where it was read.
        model: the beginning of the models' names that it is for, "" for all.
        note: what to know about it.
    """

    service: str
    unit: str
    usd: float
    per: float
    title: str
    recorded: date
    source: str
    model: str = ""
    note: str = ""

    def of(self, amount: float) -> float:
        """What an amount costs in US dollars."""
        return amount * self.usd / self.per


@dataclass(frozen=True)
class GpuOffer:
    """A rented GPU.

    Attributes:
        vendor: who rents it out.
        gpu: its kind.
        low_usd: an hour, at best.
        high_usd: an hour, at worst; sums go by this one.
        recorded: when it was written down.
        source: where it was read.
        note: what to know about it.
    """

    vendor: str
    gpu: str
    low_usd: float
    high_usd: float
    recorded: date
    source: str
    note: str = ""

    @property
    def name(self) -> str:
        """As a picker names it."""
        return f"{self.vendor} {self.gpu}"


@dataclass(frozen=True)
class GuideLine:
    """A line of the guide's cost table without its GPU.

    Attributes:
        component: as the guide names it.
        services: that the meter counts for it.
        usd: a month, as the guide states it.
    """

    component: str
    services: tuple[str, ...]
    usd: float


@dataclass(frozen=True)
class PriceTable:
    """Everything in the file.

    Attributes:
        prices: of metered services.
        offers: of GPUs.
        lines: the guide's month.
        offer: the guide's GPU.
        gpu_hours: the guide's, a month.
        recorded: when the guide's month was written down.
        source: where it stands.
    """

    prices: tuple[Price, ...]
    offers: tuple[GpuOffer, ...]
    lines: tuple[GuideLine, ...]
    offer: GpuOffer
    gpu_hours: float
    recorded: date
    source: str

    def price_of(self, service: str, unit: str, model: str = "") -> Price | None:
        """The price whose model fits best; None where nothing is known."""
        fitting = [p for p in self.prices if (p.service, p.unit) == (service, unit) and model.startswith(p.model)]
        return max(fitting, key=lambda p: len(p.model), default=None)

    def offer_of(self, name: str) -> GpuOffer:
        """The offer of that name, or the guide's."""
        return next((offer for offer in self.offers if offer.name == name), self.offer)


def read_prices(path: Path = PRICES) -> PriceTable:
    """Read a file of prices.

    Args:
        path: a TOML file, see the one that comes with the program.

    Raises:
        CostError: it is missing or broken; the sentence says where.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CostError(f"{path.name} cannot be read; give the path of a file of prices such as assets/prices.toml.") from error
    except (ValueError, RecursionError) as error:
        raise CostError(f"{path.name} is not valid TOML ({error}); correct it there.") from error
    if data.get("currency", "USD") != "USD":
        raise CostError(f"{path.name} is in {data['currency']}; write its prices in USD.")
    prices = _each(data, "price", _price_of, path.name)
    offers = _each(data, "gpu", _offer_of, path.name)
    guide = data.get("guide")
    if not isinstance(guide, dict):
        raise CostError(f"{path.name} has no table [guide]; copy it from assets/prices.toml.")
    lines = _each(guide, "line", _line_of, f"{path.name}, guide")
    offer = next((o for o in offers if (o.vendor, o.gpu) == (guide.get("vendor"), guide.get("gpu"))), None)
    if offer is None:
        raise CostError(f"The GPU that [guide] of {path.name} names is not among its [[gpu]] offers; name one of them.")
    hours = guide.get("gpu_hours")
    if not isinstance(hours, int | float) or not 0 <= hours <= 744 or not isinstance(guide.get("recorded"), date):
        raise CostError(f"[guide] of {path.name} needs gpu_hours from 0 to 744 and the date `recorded`.")
    return PriceTable(prices, offers, lines, offer, float(hours), guide["recorded"], str(guide.get("source", "")))


def _each(data: Mapping[str, Any], name: str, read: Callable[[Any], _Made], where: str) -> tuple[_Made, ...]:
    """Read every table of a kind."""
    tables = data.get(name)
    if not isinstance(tables, list) or not tables:
        raise CostError(f"{where} has no [[{name}]]; copy one from assets/prices.toml.")
    made = []
    for number, table in enumerate(tables, 1):
        try:
            made.append(read(table))
        except (KeyError, TypeError, ValueError) as error:
            raise CostError(f"[[{name}]] number {number} of {where} is not complete or plausible ({error}); correct it there.") from error
    return tuple(made)


def _amount(value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{value!r} is no sum from 0 to {most:g}")
    return float(value)


def _dated(table: Mapping[str, Any]) -> tuple[date, str]:
    if not isinstance(table["recorded"], date):
        raise ValueError("`recorded` is no date")
    if not str(table["source"]):
        raise ValueError("`source` is empty")
    return table["recorded"], str(table["source"])


def _price_of(table: Mapping[str, Any]) -> Price:
    service, unit, per = str(table["service"]), str(table["unit"]), float(table["per"])
    if unit not in UNITS.get(service, ()) or service == "gpu" or not per > 0:
        raise ValueError(f"{service} {unit} per {per:g} is not counted")
    recorded, source = _dated(table)
    usd = _amount(table["usd"], 1e6)
    return Price(service, unit, usd, per, str(table["title"]), recorded, source, str(table.get("model", "")), str(table.get("note", "")))


def _offer_of(table: Mapping[str, Any]) -> GpuOffer:
    low, high = (_amount(each, MOST_USD_PER_HOUR) for each in table["usd_per_hour"])
    if not 0 < low <= high:
        raise ValueError("usd_per_hour is [LOW, HIGH]")
    recorded, source = _dated(table)
    return GpuOffer(str(table["vendor"]), str(table["gpu"]), low, high, recorded, source, str(table.get("note", "")))


def _line_of(table: Mapping[str, Any]) -> GuideLine:
    services = tuple(str(each) for each in table["services"])
    if not set(services) <= set(UNITS) - {"gpu"}:
        raise ValueError(f"{', '.join(services)} are not counted")
    return GuideLine(str(table["component"]), services, _amount(table["usd"], 1e6))
