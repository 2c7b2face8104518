"""The page in a real browser, opened from the disk: films are watched, everything is rated, the file comes back and is read."""

from __future__ import annotations

import json
import threading
import time

import httpx
import numpy as np
import pytest
from websockets.sync.client import connect

from app.core.speech import AudioClip
from app.render.video import write_video
from app.review.study.answers import read_key, read_raters
from app.review.study.design import SCALES, designed
from app.review.study.making import key_data, page_text
from app.review.study.results import findings_of
from tests.browsers.chromium import CHROMIUM, Page, running_chromium

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]
#: plays every film of the question four times as fast as a person would, one after the other, to its end
WATCH = """(async () => {
  for (const film of document.querySelectorAll("#films video")) {
    await new Promise((done, failed) => {
      film.addEventListener("ended", done, {once: true});
      film.addEventListener("error", () => failed(film.error.message), {once: true});
      film.muted = true;
      film.play().catch(failed);
    });
  }
  return document.querySelectorAll("figure.seen").length;
})()"""


@pytest.fixture(scope="module")
def devtools(tmp_path_factory):
    with running_chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
def page(devtools):
    target = httpx.put(f"http://{devtools}/json/new").json()
    with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
        opened = Page(socket)
        opened.call("Page.enable")
        opened.call("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
        yield opened
        opened.run("try { localStorage.clear() } catch {}")
        opened.call("Page.close")


@pytest.fixture(params=["scale", "abx"])
def study(request, tmp_path):
    """A study of two clips and two sources in a folder with a space."""
    design = designed(request.param, ["one", "two"], ["a2f", "visemes"], 0)
    t = np.arange(9600) / 24000
    sound = AudioClip((0.1 * np.sin(2 * np.pi * 300 * t)).astype(np.float32), 24000)
    films = {}
    for number, film in enumerate(sorted(design.films.values())):
        write_video(tmp_path / "film.mp4", [np.full((64, 64, 3), 40 * number + i, np.uint8) for i in range(12)], 30.0, sound)
        films[film] = (tmp_path / "film.mp4").read_bytes()
    folder = tmp_path / "a stüdy"
    folder.mkdir()
    (folder / "rate.html").write_text(page_text(design, films), "utf-8")
    (folder / "key.json").write_text(json.dumps(key_data(design)))
    return design, folder


def wait_for(condition, seconds=20.0):
    until_s = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until_s
        threading.Event().wait(0.02)
    return found


def begin(page):
    page.run("""document.getElementById("rater").focus()""")
    page.call("Input.insertText", text="Zoë <b> 1")
    page.run("""document.getElementById("number").value = "2"; document.getElementById("begin").click()""")


def asked(design, n):
    return design.trials[design.orders[1][n]]


def answer(page, trial, design):
    assert page.run("""document.getElementById("next").disabled""")
    assert page.run(WATCH) == (3 if trial.x else 1)
    assert page.run("""document.getElementById("next").disabled"""), "nothing is answered yet"
    better = "5" if design.kind == "scale" else "AB"[trial.sources.index("a2f")]
    value = trial.check or ("2" if trial.sources == ("visemes",) else better)
    answers = dict.fromkeys(SCALES, value) | ({"x": trial.check or trial.x} if trial.x else {})
    for name, choice in answers.items():
        page.run(f"""document.querySelector('input[name={name}][value="{choice}"]').click()""")
    if trial.check:
        assert trial.check in page.run("""document.querySelector(".asked").textContent""")
    page.run("""document.getElementById("next").click()""")


def test_a_rating_from_the_disk_comes_back_as_a_file_that_is_read(page, study, tmp_path):
    design, folder = study
    url = (folder / "rate.html").as_uri()
    page.open(url)
    begin(page)
    n = len(design.orders[1])
    for number in range(n):
        if number == 1:  # the tab was closed meanwhile
            page.open("about:blank")
            page.open(url)
            page.run("""document.getElementById("resume").click()""")
        assert page.run("""document.getElementById("progress").textContent""") == f"{number + 1} of {n}"
        answer(page, asked(design, number), design)
    page.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path / "down"))
    page.run("""document.getElementById("save").click()""")
    (result,) = wait_for(lambda: list((tmp_path / "down").glob("*.json")))
    key = read_key(folder / "key.json")
    (rater,) = read_raters([result], key)
    assert rater.complete and rater.failed == 0 and rater.name == "Zoë <b> 1"
    found = findings_of([rater], key)
    assert all(c.first == "a2f" and c.test.difference.mean > 0 for c in found.comparisons)
    assert all(t.test.right == t.test.n for t in found.told_apart)
    data = json.loads(result.read_text("utf-8"))
    assert all(min(row["plays"]) >= 1 and row["seconds"] > 0 for row in data["answers"]) and data["finished"]


def test_nobody_gets_on_by_skipping_a_film(page, study):
    design, folder = study
    page.open((folder / "rate.html").as_uri())
    begin(page)
    page.run("""document.querySelectorAll("#questions fieldset").forEach((row) => row.querySelector("input").click())""")
    skipped = """new Promise((done) => {
      const film = document.querySelector("#films video");
      film.addEventListener("ended", () => done(true), {once: true});
      const jump = () => { film.currentTime = film.duration - 0.001; film.play(); };
      film.readyState ? jump() : film.addEventListener("loadeddata", jump);
    })"""
    if design.kind == "abx":
        assert page.run(skipped) and page.run("""document.getElementById("next").disabled"""), "B and X were not watched"
    else:
        assert page.run("""document.getElementById("next").disabled"""), "the film was not watched"


def test_a_browser_that_cannot_show_the_films_says_so(page, study):
    """Without H.264 films are AV1, which not every browser shows; these are nothing at all."""
    design, folder = study
    (folder / "rate.html").write_text(page_text(design, dict.fromkeys(design.films.values(), b"no film")), "utf-8")
    page.open((folder / "rate.html").as_uri())
    begin(page)
    told = wait_for(lambda: page.run("""document.querySelector("#films [role=alert]")?.textContent"""))
    assert "current Chrome, Edge or Firefox" in told
