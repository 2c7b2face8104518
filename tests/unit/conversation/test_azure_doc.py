"""What docs/azure.md says is what the program does and says."""

from __future__ import annotations

import re
import shlex

import pytest

from app.cli import build_parser
from app.keys import found


@pytest.fixture(scope="module")
def text(root) -> str:
    """The page."""
    return (root / "docs" / "azure.md").read_text("utf-8")


def test_its_commands_are_understood(text):
    commands = re.findall(r"python -m app ([a-z][^#\n`]*)", text)
    assert len(commands) >= 4
    for words in commands:
        assert build_parser().parse_args(shlex.split(words)).verb in ("doctor", "cost")


def test_it_names_the_variables_that_are_read(text):
    first = [names[0] for name, names in vars(found).items() if name.isupper() and name != "SERVICES" and isinstance(names, tuple)]
    assert len(first) >= 10 and all(f"`{name}`" in text for name in first)


def test_every_sentence_of_its_table_is_one_of_the_programs(root, text):
    """Each quoted piece stands in the source, but for what is filled in."""
    source = "".join(
        path.read_text("utf-8") for folder in ("conversation", "speech/azure", "keys") for path in (root / "app" / folder).rglob("*.py")
    )
    flat = re.sub(r'"\s*\n\s*f?"', "", source)
    # a sentence's beginning may come from a variable
    flat = flat.replace("{_AZURE}", "Azure's Speech service").replace("{way} Azure's", "behind Azure's")
    rows = re.findall(r"^\| (\*.+?\*) \|", text.split("## When something is wrong")[1].split("\n## ")[0], re.MULTILINE)
    quoted = [piece.strip(" …*") for row in rows for sentence in row.split("*, *") for piece in sentence.strip("*").split("…")]
    pieces = [piece for sentence in quoted for piece in sentence.split(" / ") if len(piece) > 8]
    assert len(pieces) > 25
    missing = [piece for piece in pieces if piece.rstrip(".") not in flat]
    assert not missing


def test_its_pictures_have_names(text):
    assert set(re.findall(r"\]\((shots/[^)]+)\)", text)) == {"shots/keys.png", "shots/azure-three-lanes.png", "shots/conversation.png"}
