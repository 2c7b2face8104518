"""What the deployment documents say is what the program does."""

from __future__ import annotations

import datetime
import json
import re

from app.cli import build_parser
from app.conversation.cost.prices import read_prices
from app.remote.server.stream_routes import CLOSE_CODES


def test_the_price_table_has_its_date_and_plausible_prices(root):
    table = read_prices()
    assert len(table.offers) >= 5 and all(0 < offer.low_usd <= offer.high_usd < 20 for offer in table.offers)
    assert all(each.source and each.recorded >= datetime.date(2026, 1, 1) for each in (*table.prices, *table.offers))
    assert "(../assets/prices.toml)" in (root / "docs" / "runpod.md").read_text("utf-8")


def test_the_image_starts_the_server_with_words_that_exist(root):
    text = (root / "Dockerfile").read_text("utf-8")
    words = json.loads(re.search(r"^ENTRYPOINT (\[.*\])", text, re.MULTILINE)[1])
    assert words[:3] == ["python", "-m", "app"]
    assert build_parser().parse_args(words[3:]).host == "0.0.0.0"
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((root / name).exists() for name in source.split()), source


def test_every_close_code_is_documented(root):
    text = (root / "docs" / "server.md").read_text("utf-8")
    for code, number in CLOSE_CODES.items():
        assert re.search(rf"^\|.*`{code}`.*\| {number} \|", text, re.MULTILINE), code


def test_the_commands_of_the_guides_are_understood(root):
    for name in ("server.md", "runpod.md"):
        commands = re.findall(r"(?:python -m app|python3 run\.py) (serve[^#…\n`]*)", (root / "docs" / name).read_text("utf-8"))
        assert commands
        for line in commands:
            assert build_parser().parse_args(line.split()).verb == "serve"
