"""``bench [NAME ...]``: run the benchmarks of tests/bench and print their figures."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import json
import platform
import sys
from argparse import Namespace
from pathlib import Path
from types import ModuleType
from typing import Any

from app.core.errors import PreviewError

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "bench"


def _load(path: Path) -> ModuleType:
    """Import one benchmark as ``tests.bench.NAME``, the name under which it finds what it shares with the tests.

    The tests are not installed: their folder becomes a package here, as pytest makes it one.
    """
    for name, folder in (("tests", FOLDER.parent), ("tests.bench", FOLDER)):
        if name not in sys.modules:
            spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [str(folder)]
            sys.modules[name] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"tests.bench.{path.stem}")


def listed(rows: list[dict[str, Any]]) -> str:
    """One line per figure; a benchmark that has more to say brings a ``text`` of its own."""
    return "\n".join(f"  {row['name']:<58} {row['value']:>10.4g} {row['unit']}" for row in rows)


def run(options: Namespace) -> int:
    """Run the named benchmarks, or all; one that lacks something here says what, and the others go on.

    Returns:
        0, or 1 when nothing at all could be measured.
    """
    found = {path.stem.removeprefix("bench_"): path for path in sorted(FOLDER.glob("bench_*.py"))}
    if not found:
        raise PreviewError("The benchmarks are part of the source checkout, not of a packaged build; run them there.")
    unknown = [name for name in options.names if name not in found]
    if unknown:
        raise PreviewError(f"There is no benchmark {unknown[0]!r}; choose from {', '.join(found)}.")
    results: dict[str, list[dict[str, Any]]] = {}
    missing: dict[str, str] = {}
    for name in options.names or found:
        try:
            bench = _load(found[name])
            results[name] = bench.run()
            said = getattr(bench, "text", listed)(results[name])
        except PreviewError as error:
            missing[name] = said = str(error)
        except ModuleNotFoundError as error:
            missing[name] = said = f"This benchmark needs the package {error.name}; install it and run the benchmark again."
        if not options.json:
            print(f"{name}\n{said}", flush=True)
    if options.json:
        figures = {"machine": platform.platform(), "processor": platform.processor(), "results": results, "missing": missing}
        print(json.dumps(figures))
    return 0 if results else 1
