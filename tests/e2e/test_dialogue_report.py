"""The report of a batch in a real browser, from the disk: sorted, filtered, and harmless whatever the table says."""

from __future__ import annotations

import base64
import io
import time

import pytest
from PIL import Image

from app.review.batch.journal import BatchDocument
from app.review.batch.report import report_html, write_report
from app.review.batch.summary import LineFinding, LineSummary, score_of
from tests.browsers.chromium import CHROMIUM, Page, running_chromium

HOSTILE = "</script><img src=x onerror=\"document.title='taken'\"><!-- <script>document.title='taken'</script>"


def line(number: int, **facts) -> LineSummary:
    out = io.BytesIO()
    Image.new("RGB", (96, 96), (40 * number % 255, 90, 120)).save(out, "JPEG")
    made = LineSummary(
        f"L{number:02d}", number + 1, ("Ann", "Ben")[number % 2], f"Line number {number}.", take=f"takes/L{number:02d}.vstake",
        duration_s=number + 0.5, jaw=[i % 90 for i in range(96)], lips=[40] * 96, wave=[i % 50 for i in range(96)],
        thumb=base64.b64encode(out.getvalue()).decode(), label="Test",
    )  # fmt: skip
    for name, value in facts.items():
        setattr(made, name, value)
    made.score = score_of(made)
    return made


@pytest.fixture(scope="module")
def document() -> BatchDocument:
    found = [LineFinding(0.5, "error", "open-lips", HOSTILE)]
    return BatchDocument(
        f"table {HOSTILE}.csv",
        lines=[
            line(1),
            line(2, errors=2, findings=found, film="films/L02 #?&.mp4"),
            line(3, conflicts=["An edit has no place."], status="approved", edits=1, notes=2),
            line(4, warnings=1, text=HOSTILE, character=HOSTILE, columns={HOSTILE: HOSTILE}, thumb='x" onerror="1', remarks=[HOSTILE]),
            line(5, error=f"It failed. {HOSTILE}", fate="failed", take=""),
            line(6, status="changes asked", mock=True),
        ],
    )


def test_no_text_of_a_table_leaves_its_place(document):
    html = report_html(document)
    assert "<img" not in html.partition("<script")[2].partition("</script>")[0] and html.count("</script>") == 2 and html.count("<!--") == 0


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_the_report_in_a_browser(document, tmp_path, shots):
    from websockets.sync.client import connect

    path = tmp_path / "report with spaces.html"
    write_report(path, document)
    with running_chromium(tmp_path / "profile") as address:
        import httpx

        tab = httpx.put(f"http://{address}/json/new?about:blank", trust_env=False).json()
        with connect(tab["webSocketDebuggerUrl"], max_size=None, proxy=None) as socket:
            page = Page(socket)
            page.call("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
            page.open(path.as_uri())
            names = "[...document.querySelectorAll('#rows tr')].map(row => row.dataset.line)"
            assert page.run(names) == ["L05", "L06", "L02", "L03", "L04", "L01"], "worst first"
            assert page.run("document.title").endswith(".csv") and "taken" not in page.run("document.title")[:5]
            assert (
                page.run("document.querySelectorAll('#rows img').length") == 5
                and page.run("document.querySelectorAll('svg polyline').length") == 12
            )
            assert page.run("[...document.querySelectorAll('#rows img')].every(each => each.src.startsWith('data:image/jpeg'))")
            assert (
                page.run("document.querySelector('tr[data-line=L02] a:nth-of-type(2)').getAttribute('href')")
                == "./films/L02%20%23%3F%26.mp4"
            )
            page.run("[...document.querySelectorAll('th button')].find(each => each.textContent == 'Length').click()")
            assert page.run(names) == ["L01", "L02", "L03", "L04", "L05", "L06"]
            page.run("[...document.querySelectorAll('th button')].find(each => each.textContent == 'Length').click()")
            assert page.run(names)[0] == "L06" and page.run("document.querySelector('th[aria-sort]').textContent") == "Length"
            choose = (
                "(id, value) => { const field = document.getElementById(id); field.value = value; "
                "field.dispatchEvent(new Event(id == 'search' ? 'input' : 'change')); }"
            )
            page.run(f"({choose})('character', 'Ben')")
            assert sorted(page.run(names)) == ["L01", "L03", "L05"]
            page.run(f"({choose})('character', '')")
            page.run(f"({choose})('show', 'With conflicts')")
            assert page.run(names) == ["L03"] and page.run("document.getElementById('shown').textContent") == "1 of 6 lines"
            page.run(f"({choose})('show', '')")
            page.run(f"({choose})('search', 'number 2')")
            assert page.run(names) == ["L02"]
            page.run(f"({choose})('search', '')")
            page.run("document.querySelectorAll('details').forEach(each => { each.open = true; })")
            assert "onerror" in page.run("document.querySelector('tr[data-line=L04] .said').textContent")
            shoot(page, shots / "batch-report-hostile.png")


def shoot(page: Page, path) -> None:
    path.write_bytes(base64.b64decode(page.call("Page.captureScreenshot", format="png")["data"]))


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_a_thousand_lines_are_sorted_at_once(tmp_path):
    from websockets.sync.client import connect

    path = tmp_path / "report.html"
    write_report(path, BatchDocument("large.csv", lines=[line(number) for number in range(1000)]))
    with running_chromium(tmp_path / "profile") as address:
        import httpx

        tab = httpx.put(f"http://{address}/json/new?about:blank", trust_env=False).json()
        with connect(tab["webSocketDebuggerUrl"], max_size=None, proxy=None) as socket:
            page = Page(socket)
            begun_s = time.monotonic()
            page.open(path.as_uri())
            opened_s = time.monotonic() - begun_s
            sorted_ms = page.run(
                "(() => { const begun = performance.now(); document.querySelectorAll('th button')[1].click(); "
                "document.body.offsetHeight; return performance.now() - begun; })()"
            )
            print(f"a report of 1000 lines: {path.stat().st_size / 1e6:.1f} MB, opened in {opened_s:.1f} s, sorted in {sorted_ms:.0f} ms")
            assert page.run("document.querySelectorAll('#rows tr').length") == 1000
