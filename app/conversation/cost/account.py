"""The account of a month: what was used times what it costs, how the month will end, and what Audio2Face adds to it."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.conversation.cost.ledger import MonthCounts
from app.conversation.cost.prices import PriceTable

#: share of the budget from which on the user is warned
WARN_SHARE = 0.8
#: the guide has no line for speech to speech
SPEECH_TO_SPEECH = "Voice Live, Realtime"


@dataclass(frozen=True)
class CostLine:
    """A component of the guide's table, in US dollars a month.

    Attributes:
        component: what it is.
        guide_usd: as the guide has it, None where it has no such line.
        to_date_usd: what was used this month.
        projected_usd: what it will be at the month's end at the present pace.
        used: what was used, in words, "" for nothing.
        is_gpu: whether it is there with Audio2Face only.
    """

    component: str
    guide_usd: float | None
    to_date_usd: float
    projected_usd: float
    used: str = ""
    is_gpu: bool = False


@dataclass(frozen=True)
class MonthSum:
    """A sum over lines, in US dollars a month.

    Attributes:
        guide_usd: by the guide's figures.
        to_date_usd: used so far.
        projected_usd: at the month's end.
    """

    guide_usd: float
    to_date_usd: float
    projected_usd: float


@dataclass(frozen=True)
class CostAccount:
    """The whole table.

    Attributes:
        month: like ``2026-11``.
        lines: in the guide's order.
        visemes_only: without a GPU.
        with_a2f: with one.
        gpu: the offer's name.
        gpu_hours: of the month that the projection goes by.
        budget_usd: a month, 0 for none.
        warning: one sentence about the budget or about prices that are missing, or "".
        over: whether the budget is spent already.
    """

    month: str
    lines: tuple[CostLine, ...]
    visemes_only: MonthSum
    with_a2f: MonthSum
    gpu: str
    gpu_hours: float
    budget_usd: float
    warning: str
    over: bool

    def data(self) -> dict[str, Any]:
        """For JSON."""
        sums = {"visemes_only": self.visemes_only, "with_a2f": self.with_a2f}
        return {
            "month": self.month, "currency": "USD", "gpu": self.gpu, "gpu_hours": round(self.gpu_hours, 3),
            "lines": [
                {"component": line.component, "guide": line.guide_usd, "to_date": round(line.to_date_usd, 4),
                 "projected": round(line.projected_usd, 4), "used": line.used, "gpu": line.is_gpu}
                for line in self.lines
            ],
            **{
                name: {"guide": round(each.guide_usd, 2), "to_date": round(each.to_date_usd, 4), "projected": round(each.projected_usd, 4)}
                for name, each in sums.items()
            },
            "budget": self.budget_usd or None, "warning": self.warning,
        }  # fmt: skip


def account(
    counts: MonthCounts, table: PriceTable, *, today: date, gpu_hours: float | None = None, gpu: str = "", budget_usd: float = 0.0
) -> CostAccount:
    """Add a month up.

    Args:
        counts: of the month.
        table: the prices.
        today: a day of that month; the projection goes by the pace from the first day of use to this one.
        gpu_hours: that the month will have; None goes by the hours that were counted, and where there are none by the guide's.
        gpu: name of the offer, "" for the guide's.
        budget_usd: a month, 0 for none.
    """
    pricing = _Pricing(counts, table, _growth(counts, today))
    lines = [pricing.line(line.component, line.services, line.usd) for line in table.lines]
    covered = {service for line in table.lines for service in line.services}
    if "realtime" not in covered and counts.of("realtime"):
        lines.append(pricing.line(SPEECH_TO_SPEECH, ("realtime",), None))
    offer, counted = table.offer_of(gpu), counts.of("gpu")
    hours = gpu_hours if gpu_hours is not None else counted * pricing.growth if counted else table.gpu_hours
    guide_hours = table.gpu_hours if gpu_hours is None else gpu_hours
    used = f"{counted:.1f} h" if counted else ""
    rate = offer.high_usd
    lines.append(CostLine(f"{offer.name}, {hours:g} h", guide_hours * rate, counted * rate, max(hours, counted) * rate, used, is_gpu=True))
    without = _sum([line for line in lines if not line.is_gpu])
    whole = _sum(lines)
    warning, over = _judged(without.to_date_usd + counted * rate, whole if counted else without, budget_usd)
    if pricing.unpriced:
        lacking = f"No price is known for {', '.join(sorted(pricing.unpriced))}: add it to the file of prices."
        warning = f"{warning} {lacking}".strip()
    return CostAccount(counts.month, tuple(lines), without, whole, offer.name, hours, budget_usd, warning, over)


def _growth(counts: MonthCounts, today: date) -> float:
    """By how much the month's use will grow until its end, at the pace since the first day of use."""
    days = calendar.monthrange(today.year, today.month)[1]
    used_days = max(today.day - counts.first_day + 1, 1) if counts.amounts else 1
    return 1.0 + (days - today.day) / used_days


class _Pricing:
    """Prices the lines of one month, and notes what has no price."""

    def __init__(self, counts: MonthCounts, table: PriceTable, growth: float) -> None:
        self._counts, self._table, self.growth = counts, table, growth
        self.unpriced: set[str] = set()

    def line(self, component: str, services: Sequence[str], guide_usd: float | None) -> CostLine:
        """One line of the table."""
        usd = 0.0
        used: dict[str, float] = {}
        for key, amount in self._counts.amounts.items():
            service, unit, model = (*key.split("/", 2), "")[:3]
            if service not in services:
                continue
            used[unit] = used.get(unit, 0.0) + amount
            price = self._table.price_of(service, unit, model)
            if price is None:
                self.unpriced.add(f"{service} {unit}")
            else:
                usd += price.of(amount)
        words = ", ".join(_words(unit, amount) for unit, amount in used.items())
        return CostLine(component, guide_usd, usd, usd * self.growth, words)


def _words(unit: str, amount: float) -> str:
    """An amount as a person reads it."""
    if unit == "seconds":
        return f"{amount / 60:.1f} min heard"
    if unit.startswith("minutes_"):
        return f"{amount:.1f} min {unit.removeprefix('minutes_')}"
    return f"{amount:,.0f} {unit.replace('_', ' ')}"


def _sum(lines: Sequence[CostLine]) -> MonthSum:
    return MonthSum(
        sum(line.guide_usd or 0.0 for line in lines), sum(line.to_date_usd for line in lines), sum(line.projected_usd for line in lines)
    )


def _judged(spent_usd: float, month: MonthSum, budget_usd: float) -> tuple[str, bool]:
    """What there is to say about the budget, and whether it is spent."""
    if budget_usd <= 0:
        return "", False
    if spent_usd >= budget_usd:
        return f"The month's budget of ${budget_usd:.2f} is spent (${spent_usd:.2f}): raise it, or go on with the embedded voice.", True
    if spent_usd >= WARN_SHARE * budget_usd:
        return f"${spent_usd:.2f} of the month's budget of ${budget_usd:.2f} are spent.", False
    if month.projected_usd > budget_usd:
        return f"At this pace the month will cost ${month.projected_usd:.2f}, more than its budget of ${budget_usd:.2f}.", False
    return "", False
