"""The workflows that test: they parse, may only read, and call programs and locks that exist. GitHub never ran them here."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import yaml


@pytest.fixture(scope="module")
def nightly(root):
    return yaml.safe_load((root / ".github/workflows/nightly.yml").read_text("utf-8"))


def commands_of(workflow) -> list[list[str]]:
    """The words of every line that is run."""
    text = "\n".join(step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]).replace("\\\n", " ")
    return [shlex.split(line.strip()) for line in text.splitlines() if line.strip()]


def test_it_runs_every_night_and_by_hand_and_may_only_read(nightly, root):
    when = nightly[True]  # YAML 1.1 reads "on" as true
    assert re.fullmatch(r"\d+ \d+ \* \* \*", when["schedule"][0]["cron"]) and "workflow_dispatch" in when
    assert nightly["permissions"] == {"contents": "read"} and not any("permissions" in job for job in nightly["jobs"].values())
    assert all(job["timeout-minutes"] for job in nightly["jobs"].values())
    used = [step["uses"] for job in nightly["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used and all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", each) for each in used)


def test_its_programs_exist_and_have_the_options(nightly, root):
    given = [shlex.split(each) for each in nightly["jobs"]["window"]["strategy"]["matrix"]["run"]]
    lines = [line[line.index("-m") + 1 :] for line in commands_of(nightly) if ".venv/bin/python" in line]
    runs = [line for line in lines if line[0] != "$RUN"] + given
    assert {run[0] for run in runs} == {"tests.fuzz", "tests.soak.window", "tests.monkey", "tests.monkey.kills"}
    for module, *words in runs:
        found = importlib.util.find_spec(module if not (root / module.replace(".", "/")).is_dir() else f"{module}.__main__")
        source = Path(found.origin).read_text("utf-8")
        assert [word for word in words if word.startswith("--") and f'"{word}"' not in source] == [], module


def test_what_is_locked_is_asked_about(nightly, root):
    (audit,) = [line for line in commands_of(nightly) if line[0] == "pip-audit"]
    assert {"--require-hashes", "--disable-pip"} <= set(audit)
    assert "assets/locks/*.txt;" in next(line for line in commands_of(nightly) if line[0] == "for")
    assert any(re.fullmatch(r"pip-audit==[\d.]+", word) for line in commands_of(nightly) for word in line)


def test_every_change_is_fuzzed_for_five_minutes(root):
    workflow = yaml.safe_load((root / ".github/workflows/tests.yml").read_text("utf-8"))
    (line,) = [line for line in commands_of({"jobs": {"fuzz": workflow["jobs"]["fuzz"]}}) if "tests.fuzz" in line]
    assert line[line.index("--seconds") + 1] == "300"
