"""The report of a batch: one HTML file that opens from the disk in any browser, with everything in it but takes and films."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.core.beside import write_whole
from app.core.errors import ProjectError
from app.formats.plain import plain
from app.formats.project_review import STATUSES
from app.review.batch.journal import BatchDocument
from app.review.batch.summary import LineSummary, plain_counts

WEB = Path(__file__).with_name("web")


def report_html(document: BatchDocument) -> str:
    """The report.

    Args:
        document: of the batch; its texts may be anything.
    """
    script, style = (WEB / "report.js").read_text("utf-8"), (WEB / "report.css").read_text("utf-8")
    data = {
        "table": document.table, "version": document.version, "took_s": document.took_s, "counts": plain_counts(document.lines),
        "statuses": list(STATUSES), "lines": [_line(each) for each in document.lines],
    }  # fmt: skip
    page = (WEB / "report.html").read_text("utf-8")
    for mark, text in (
        ("SCRIPT_HASH", _hash(script)), ("STYLE_HASH", _hash(style)), ("/*STYLE*/", style), ("/*SCRIPT*/", script),
        ("/*DATA*/", _inert(data)),
    ):  # fmt: skip
        page = page.replace(mark, text, 1)
    return page


def _line(line: LineSummary) -> dict[str, Any]:
    """A line as the page's script takes it: with addresses in place of file names."""
    made: dict[str, Any] = plain(line)
    made["take"], made["film"] = quote(line.take), quote(line.film)
    return {key: value for key, value in made.items() if key not in ("size", "changed_ns", "key")}


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _inert(data: Any) -> str:
    """JSON that ends no element and begins no comment, whatever texts are in it."""
    text = json.dumps(data, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def write_report(path: Path, document: BatchDocument) -> None:
    """Write the report beside its place and rename it.

    Raises:
        ProjectError: it cannot be written.
    """
    try:
        write_whole(path, report_html(document))
    except OSError as error:
        raise ProjectError(f"{path.name} cannot be written ({error.strerror}); check the folder and its permissions.") from error
