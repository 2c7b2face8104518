"""What the deployment documents say is what the program does."""

from __future__ import annotations

import datetime
import json
import re

from app.cli import build_parser
from app.remote.server.stream_routes import CLOSE_CODES


def test_the_price_table_has_its_date_and_plausible_prices(root):
    table = json.loads((root / "docs" / "gpu-prices.json").read_text("utf-8"))
    datetime.date.fromisoformat(table["recorded"])
    assert table["currency"] == "USD" and len(table["offers"]) >= 5
    assert all(0 < low <= high < 20 for low, high in (offer["per_hour"] for offer in table["offers"]))


def test_the_image_starts_the_server_with_words_that_exist(root):
    text = (root / "Dockerfile").read_text("utf-8")
    words = json.loads(re.search(r"^ENTRYPOINT (\[.*\])", text, re.MULTILINE)[1])
    assert words[:3] == ["python", "-m", "app"]
    assert build_parser().parse_args(words[3:]).host == "0.0.0.0"
    for source in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        assert all((root / name).exists() for name in source.split()), source


def test_every_close_code_is_documented(root):
    text = (root / "docs" / "server.md").read_text("utf-8")
    for code, number in CLOSE_CODES.items():
        assert re.search(rf"^\|.*`{code}`.*\| {number} \|", text, re.MULTILINE), code


def test_the_commands_of_the_guides_are_understood(root):
    for name in ("server.md", "runpod.md"):
        commands = re.findall(r"python -m app (serve[^#\n`]*)", (root / "docs" / name).read_text("utf-8"))
        assert commands
        for line in commands:
            assert build_parser().parse_args(line.split()).verb == "serve"
