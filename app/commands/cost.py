"""``cost``: what the month has cost, will cost, and what Audio2Face adds to it."""

from __future__ import annotations

import json
from argparse import Namespace

from app.conversation.cost.account import CostAccount, account
from app.conversation.cost.ledger import Ledger
from app.conversation.cost.meter import Meter
from app.conversation.cost.prices import PRICES, PriceTable, read_prices
from app.settings import Settings, ledger_folder


def run(options: Namespace) -> int:
    """Print the table; exit 1 when the budget is spent."""
    table = read_prices(options.prices or PRICES)
    meter = Meter(Ledger(ledger_folder()))
    costs = Settings.load().costs
    made = account(
        meter.month(),
        table,
        today=meter.today,
        gpu_hours=costs.gpu_hours if options.gpu_hours is None else options.gpu_hours,
        gpu=options.gpu or costs.gpu,
        budget_usd=costs.budget_usd if options.budget is None else options.budget,
    )
    print(json.dumps({**made.data(), "prices": _dated(table)}) if options.json else text(made, table))
    return 1 if made.over else 0


def text(made: CostAccount, table: PriceTable) -> str:
    """The table for a terminal."""
    rows = [(f"{made.month}, US dollars", "the guide", "to date", "month's end", "")]
    for line in made.lines:
        guide = "" if line.guide_usd is None else f"{line.guide_usd:.2f}"
        rows.append((line.component, guide, f"{line.to_date_usd:.2f}", f"{line.projected_usd:.2f}", line.used))
    for name, each in (("Visemes only", made.visemes_only), ("With Audio2Face", made.with_a2f)):
        rows.append((name, f"{each.guide_usd:.2f}", f"{each.to_date_usd:.2f}", f"{each.projected_usd:.2f}", ""))
    lines = [f"{a:<32} {b:>10} {c:>10} {d:>12}  {e}".rstrip() for a, b, c, d, e in rows]
    lines.insert(len(made.lines) + 1, "-" * 68)
    oldest = min(price.recorded for price in table.prices)
    lines.append(f"Prices of {oldest.isoformat()} or later, as written down in the file of prices; yours may differ.")
    return "\n".join([*lines, *([made.warning] if made.warning else [])])


def _dated(table: PriceTable) -> list[dict[str, str | float]]:
    """Every price with its day and source."""
    metered: list[dict[str, str | float]] = [
        {"title": p.title, "usd": p.usd, "per": p.per, "unit": p.unit, "recorded": p.recorded.isoformat(), "source": p.source}
        for p in table.prices
    ]
    rented: list[dict[str, str | float]] = [
        {"title": o.name, "usd": o.high_usd, "per": 1, "unit": "hours", "recorded": o.recorded.isoformat(), "source": o.source}
        for o in table.offers
    ]
    return metered + rented
