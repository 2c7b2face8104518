"""A take of ten seconds with two sides, its page, and a browser that opens it from the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from websockets.sync.client import connect

from app.avatar.gltf import load_avatar
from app.review.page.writing import write_page
from tests.browsers.chromium import CHROMIUM, Page, running_chromium
from tests.browsers.review_page import Written, lively_take, wait_for

#: what a page complains of, kept from its first moment
_LISTEN = """
window.faults = [];
addEventListener("error", (event) => faults.push(String(event.message)));
addEventListener("unhandledrejection", (event) => faults.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => faults.push(event.violatedDirective + " " + event.blockedURI));
const {error} = console;
console.error = (...words) => { faults.push(words.map(String).join(" ")); error(...words); };
"""


@pytest.fixture(scope="session")
def written(tmp_path_factory, root) -> Iterator[Written]:
    """The page of the default avatar, which stays decoded for other pages."""
    kept = load_avatar(root / "assets" / "avatar.glb")
    take = lively_take(root / "assets" / "avatar.glb", tmp_path_factory.mktemp("media"))
    # a folder with a space and letters that addresses spell otherwise
    yield Written(take, write_page(take, tmp_path_factory.mktemp("näh seite") / "a page.html"))
    assert kept.parts


@pytest.fixture(scope="session")
def devtools(tmp_path_factory) -> Iterator[str]:
    """A browser's own address."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with running_chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
def page(devtools, written) -> Iterator[Page]:
    """The page, opened from the disk, with the face on it."""
    target = httpx.put(f"http://{devtools}/json/new").json()
    with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
        opened = Page(socket)
        opened.call("Page.enable")
        opened.call("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
        opened.call("Page.addScriptToEvaluateOnNewDocument", source=_LISTEN)
        opened.open(written.url)
        wait_for(opened, "window.reviewPage?.firstPictureMs > 0")
        yield opened
        opened.run("reviewPage.notes.unsaved = false; try { localStorage.clear() } catch {}")
        opened.call("Page.close")


@pytest.fixture
def press(page) -> Callable[[str], None]:
    """Press a key of the page."""

    def press(key: str) -> None:
        text = {"text": key} if len(key) == 1 else {}
        page.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        page.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    return press


@pytest.fixture
def drag(page) -> Callable[..., None]:
    """Press the mouse at a place of the page, move it through others, let it go."""

    def drag(*places: tuple[float, float]) -> None:
        (x, y), *others = places
        page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        page.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
        for x, y in others:
            page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left", buttons=1)
        page.call("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    return drag
