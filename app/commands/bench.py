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


def listed(rows: list[dict]) -> str:
    """One line per figure; a benchmark that has more to say brings a ``text`` of its own."""
    return "\n".join(f"  {row['name']:<58} {row['value']:>10.4g} {row['unit']}" for row in rows)


def run(options: Namespace) -> int:
    """Run the named benchmarks, or all."""
    found = {path.stem.removeprefix("bench_"): path for path in sorted(FOLDER.glob("bench_*.py"))}
    if not found:
        raise PreviewError("The benchmarks are part of the source checkout, not of a packaged build; run them there.")
    unknown = [name for name in options.names if name not in found]
    if unknown:
        raise PreviewError(f"There is no benchmark {unknown[0]!r}; choose from {', '.join(found)}.")
    results: dict[str, list[dict]] = {}
    for name in options.names or found:
        bench = _load(found[name])
        results[name] = bench.run()
        if not options.json:
            print(name)
            print(getattr(bench, "text", listed)(results[name]), flush=True)
    if options.json:
        print(json.dumps({"machine": platform.platform(), "processor": platform.processor(), "results": results}))
    return 0
