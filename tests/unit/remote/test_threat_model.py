"""docs/SECURITY.md names tests and attacks that exist, the version that is mended, and no address that nobody reads."""

from __future__ import annotations

import ast
import re

import pytest

from app import __version__
from tests.attacks.__main__ import ATTACKS


@pytest.fixture(scope="module")
def text(root) -> str:
    return (root / "docs" / "SECURITY.md").read_text("utf-8")


def test_every_test_and_attack_that_is_named_exists(text, root):
    named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", text)
    known = {}
    for file in {file for file, _ in named}:
        known[file] = {node.name for node in ast.walk(ast.parse((root / file).read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}
    assert named and [f"{file}::{test}" for file, test in named if test not in known[file]] == []
    tried = set(re.findall(r"`python -m tests\.attacks (\w+)`", text))
    assert tried - {"NAME"} == set(ATTACKS)


def test_every_threat_has_an_answer_and_a_proof(text):
    section = text[text.index("## Who attacks") : text.index("## What to do")]
    rows = [row.strip("|").split(" | ") for row in re.findall(r"^\| .*\|$", section, re.MULTILINE)]
    told = [row for row in rows if "what stops" not in row[1]]
    assert len(told) > 20
    assert [row for row in told if len(row) != 3 or not row[1].strip() or "`" not in row[2]] == []


def test_the_version_that_is_mended_is_this_one_and_no_mail_address_is_made_up(text):
    assert f"| {'.'.join(__version__.split('.')[:2])}," in text
    assert not re.search(r"\w@\w", text) and "Report a vulnerability" in text
