"""``cost``: what the month has cost, will cost, and what Audio2Face adds to it."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict

from app.conversation.cost.account import CostAccount, account
from app.conversation.cost.ledger import Ledger
from app.conversation.cost.meter import Meter
from app.conversation.cost.prices import PRICES, PriceTable, read_prices
from app.conversation.cost.scaling import HOURS, MachineOffer, Scale, ScaleFigures, VoiceFigures, read_scale_figures, scale
from app.settings import Settings, ledger_folder


def run(options: Namespace) -> int:
    """Print the table; exit 1 when the budget is spent."""
    if options.voices is not None:
        return scaled(options)
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


def scaled(options: Namespace) -> int:
    """What many voices at once take."""
    prices = read_prices(options.prices or PRICES)
    figures = read_scale_figures(options.prices or PRICES)
    voice, machine = figures.of(options.source), figures.machine(options.machine)
    gpu = prices.offer_of(options.gpu)
    made = scale(options.voices, figures, voice, machine, free=options.free, offers=prices.offers, gpu=gpu, per_gpu=options.per_gpu)
    if options.json:
        print(json.dumps({**asdict(made), "source": voice.source, "machine": machine.name, "gpu": gpu.name}))
        return 0
    print("\n".join(scale_lines(made, figures, voice, machine)))
    if made.gpus is not None and made.gpus_usd is not None:
        print(f"{'Cards instead':<28}{made.gpus + 1} x {gpu.name}, one to spare: {made.gpus_usd:,.0f} USD a month")
    return 0


def scale_lines(made: Scale, figures: ScaleFigures, voice: VoiceFigures, machine: MachineOffer) -> list[str]:
    """The table for a terminal, each figure with where it comes from."""
    wire, total = figures.wire, made.machines_usd + made.traffic_usd
    cheaper = ", ".join(f"{name} {voices}" for name, voices in made.even_per_gpu.items())
    rows = [
        ("Voices at once", f"{made.voices:,} of {voice.source}, in {made.places:,} places"),
        ("Cores of servers", f"{made.cores:,}, a worker each: {voice.voices_per_core:g} voices a core, p99 {voice.late_p99_ms:g} ms late"),
        ("Cores of HAProxy", f"{made.proxy_cores:,}: {100 * wire.proxy_core:.3g} % of a core for a voice"),
        ("Machines", f"{made.machines:,} x {machine.name} ({machine.cores} cores), one to spare"),
        ("Memory of all servers", f"{made.memory_gb:,.0f} GB"),
        ("Network, in and out", f"{made.up_gbit_s:.2f} and {made.down_gbit_s:.2f} Gbit/s; {made.machine_mbit_s:,.0f} Mbit/s a machine"),
        ("Leaves in a month", f"{made.traffic_tb:,.0f} TB when all speak all the time"),
        ("Machines, a month", f"{made.machines_usd:,.0f} USD at {machine.usd_per_hour:g} an hour"),
        ("Traffic, a month", f"{made.traffic_usd:,.0f} USD"),
        ("Together", f"{total:,.0f} USD a month, {total / made.voices / HOURS:.5f} for a voice and hour"),
        ("A card is cheaper from", f"{cheaper} voices on"),
    ]
    return [
        *(f"{name:<28}{words}" for name, words in rows),
        f"Voices: {voice.command}, {voice.recorded}, on {voice.on}.",
        f"Network: {wire.command}, {wire.recorded}.",
        f"Prices: {machine.name} of {machine.recorded} ({machine.source}); all stand in the file of prices, yours may differ.",
    ]


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
