"""``bench [NAME ...]``: run the benchmarks of tests/bench, print their figures beside their budgets and beside former ones."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from app.core.beside import write_whole
from app.core.errors import PreviewError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "bench"

Rows = list[dict[str, Any]]


def _load(name: str) -> ModuleType:
    """Import one module of tests.bench under the name under which it finds what it shares with the tests.

    The tests are not installed: their folder becomes a package here, as pytest makes it one.
    """
    for package, folder in (("tests", FOLDER.parent), ("tests.bench", FOLDER)):
        if package not in sys.modules:
            spec = importlib.machinery.ModuleSpec(package, None, is_package=True)
            spec.submodule_search_locations = [str(folder)]
            sys.modules[package] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"tests.bench.{name}")


def found() -> tuple[str, ...]:
    """Names of all benchmarks."""
    return tuple(path.stem.removeprefix("bench_") for path in sorted(FOLDER.glob("bench_*.py")))


def listed(rows: Rows) -> str:
    """One line per figure, with its budget where it has one; a benchmark that has more to say brings a ``text`` of its own."""
    return "\n".join(
        f"  {row['name']:<58} {row['value']:>10.4g} {row['unit']}" + (f"   {_verdict(row)}" if "budget" in row else "") for row in rows
    )


def _verdict(row: dict[str, Any]) -> str:
    return f"[{row['budget']}: {'kept' if row['kept'] else 'NOT KEPT'}]"


def _judged(rows: Rows, bench: ModuleType) -> Rows:
    """Rows with their budgets."""
    budgets = {budget.name: budget for budget in getattr(bench, "BUDGETS", ())}
    return [
        {**row, "budget": budgets[row["name"]].limit, "kept": budgets[row["name"]].kept(row["value"])} if row["name"] in budgets else row
        for row in rows
    ]


def catalogue(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """What each benchmark is about and what it has to keep, without measuring anything; ``missing`` where it cannot be read here."""
    entries: list[dict[str, Any]] = []
    for name in names:
        try:
            bench = _load(f"bench_{name}")
        except ModuleNotFoundError as error:
            entries.append({"name": name, "about": "", "budgets": [], "missing": f"It needs the package {error.name}."})
            continue
        budgets = [
            {"name": one.name, "unit": one.unit, "most": one.most, "least": one.least, "limit": one.limit}
            for one in getattr(bench, "BUDGETS", ())
        ]
        entries.append({"name": name, "about": (bench.__doc__ or "").strip().splitlines()[0], "budgets": budgets})
    return entries


def _show_catalogue(names: tuple[str, ...], as_json: bool) -> int:
    entries = catalogue(names)
    if as_json:
        print(json.dumps({"benchmarks": entries}))
        return 0
    for entry in entries:
        print(f"{entry['name']:<14} {entry['about'] or entry['missing']}")
        for budget in entry["budgets"]:
            print(f"{'':<14}   {budget['name']}: {budget['limit']}")
    return 0


def measured(names: tuple[str, ...], told: bool) -> dict[str, Any]:
    """Run benchmarks; one that lacks something here says what, and the others go on.

    Args:
        names: of benchmarks.
        told: print each as it is there.

    Returns:
        ``machine``, ``processor``, ``cores``, ``load`` (before), ``results`` (name -> rows) and ``missing`` (name -> sentence).
    """
    results: dict[str, Rows] = {}
    missing: dict[str, str] = {}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    for name in names:
        try:
            bench = _load(f"bench_{name}")
            results[name] = _judged(bench.run(), bench)
            said = getattr(bench, "text", listed)(results[name])
        except PreviewError as error:
            missing[name] = said = str(error)
        except ModuleNotFoundError as error:
            missing[name] = said = f"This benchmark needs the package {error.name}; install it and run the benchmark again."
        if told:
            print(f"{name}\n{said}", flush=True)
    return {
        "machine": platform.platform(),
        "processor": platform.processor(),
        "cores": os.cpu_count(),
        "load": load,
        "results": results,
        "missing": missing,
    }


@contextmanager
def _checked_out(revision: str) -> Iterator[Path]:
    """A former state of the program in a folder of its own, gone afterwards.

    Raises:
        PreviewError: when git does not know it.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "former")
        made = subprocess.run(
            ["git", "worktree", "add", "--detach", str(place), revision], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise PreviewError(f"{revision!r} is neither a file of figures nor a revision that git knows here.")
        try:
            yield place
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(place)], cwd=ROOT, capture_output=True, check=False)


def former(against: str, names: tuple[str, ...]) -> dict[str, Rows]:
    """Figures to compare with.

    Args:
        against: a file that ``bench --json`` wrote, or a revision of git, whose benchmarks are run here and now.
        names: of benchmarks.

    Raises:
        PreviewError: when it is neither, or nothing could be read.
    """
    path = Path(against)
    if path.is_file():
        try:
            return dict(json.loads(path.read_text(encoding="utf-8"))["results"])
        except (ValueError, KeyError, TypeError) as error:
            raise PreviewError(f"{path.name} holds no figures of `bench --json`.") from error
    with _checked_out(against) as place:
        command = [sys.executable, "-m", "app", "bench", "--json", *names]
        done = subprocess.run(
            command, cwd=place, env={**os.environ, "PYTHONPATH": str(place)}, stdout=subprocess.PIPE, text=True, check=False
        )
        try:
            return dict(json.loads(done.stdout.strip().splitlines()[-1])["results"])
        except (ValueError, KeyError, IndexError) as error:
            raise PreviewError(f"The benchmarks of {against} gave no figures here; name only benchmarks that it has.") from error


def kept_in(path: Path) -> dict[str, Any]:
    """What stands in a file of ``bench --json`` or ``--into``; nothing where there is none yet.

    Raises:
        PreviewError: it holds something else, or cannot be.
    """
    if not path.parent.is_dir():
        raise PreviewError(f"There is no folder {path.parent} for the figures; make it, or name another file for --into.")
    if not path.exists():
        return {"results": {}}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {**kept, "results": dict(kept["results"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PreviewError(f"{path.name} holds no figures of `bench --json`; name another file for --into.") from error


def merged(figures: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """New figures among former ones, each benchmark with the machine and the load that it had (``conditions``).

    Args:
        figures: of ``measured``.
        kept: of ``kept_in``.
    """
    about = {name: figures[name] for name in ("machine", "processor", "cores", "load")}
    results = {**kept["results"], **figures["results"]}
    conditions = {**kept.get("conditions", {}), **dict.fromkeys(figures["results"], about)}
    missing = {name: why for name, why in {**kept.get("missing", {}), **figures["missing"]}.items() if name not in results}
    return {**about, "results": dict(sorted(results.items())), "conditions": dict(sorted(conditions.items())), "missing": missing}


def compared(results: dict[str, Rows], before: dict[str, Rows]) -> Rows:
    """Every figure that was measured both times: name, unit, ``before``, ``now`` and ``ratio`` (now over before; None over 0)."""
    rows: Rows = []
    for name, own in results.items():
        known = {row["name"]: row["value"] for row in before.get(name, ())}
        rows += [
            {
                "name": f"{name}: {row['name']}",
                "unit": row["unit"],
                "before": known[row["name"]],
                "now": row["value"],
                "ratio": row["value"] / known[row["name"]] if known[row["name"]] else None,
            }
            for row in own
            if row["name"] in known
        ]
    return rows


def ratios(rows: Rows) -> str:
    """The comparison as lines."""
    lines = [f"  {'before':>10} {'now':>10} {'ratio':>7}"]
    for row in rows:
        ratio = f"{row['ratio']:>7.2f}" if row["ratio"] is not None else f"{'-':>7}"
        lines.append(f"  {row['before']:>10.4g} {row['now']:>10.4g} {ratio}  {row['name']} ({row['unit']})")
    return "\n".join(lines)


def run(options: Namespace) -> int:
    """Run the named benchmarks, or all.

    Returns:
        0, or 1 when nothing at all could be measured.
    """
    known = found()
    if not known:
        raise PreviewError("The benchmarks are part of the source checkout, not of a packaged build; run them there.")
    unknown = [name for name in options.names if name not in known]
    if unknown:
        raise PreviewError(f"There is no benchmark {unknown[0]!r}; choose from {', '.join(known)}.")
    names = tuple(options.names) or known
    if options.list:
        return _show_catalogue(names, options.json)
    before = former(options.against, names) if options.against is not None else None
    kept = kept_in(options.into) if options.into is not None else None
    figures = measured(names, told=not options.json)
    if before is not None:
        figures["against"] = compared(figures["results"], before)
        if not options.json:
            print(f"against {options.against}\n{ratios(figures['against'])}")
    if kept is not None:
        write_whole(options.into, json.dumps(merged(figures, kept), indent=1) + "\n")
    if options.json:
        print(json.dumps(figures))
    return 0 if figures["results"] else 1
