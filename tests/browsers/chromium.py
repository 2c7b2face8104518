"""Real headless Chromium, driven through the DevTools protocol."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page:
    """One tab."""

    def __init__(self, socket) -> None:
        self._socket, self._ids = socket, itertools.count(1)

    def call(self, method: str, **params):
        """Call a method of the protocol."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv(60))).get("id") != number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def run(self, script: str):
        """Evaluate JavaScript, wait for its promise, return its value."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded."""
        self.call("Page.navigate", url=url)
        give_up_s = time.monotonic() + 20
        while self.run("document.readyState + location.href") != f"complete{url}":
            assert time.monotonic() < give_up_s
            threading.Event().wait(0.02)


@contextlib.contextmanager
def running_chromium(folder) -> Iterator[str]:
    """Chromium without a window -> the address of its DevTools."""
    options = ["--headless=new", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={folder}", "--mute-audio"]
    options += ["--autoplay-policy=no-user-gesture-required", "--ignore-certificate-errors", "--disable-gpu", "--enable-unsafe-swiftshader"]
    options += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    options += ["--host-resolver-rules=MAP server.example 127.0.0.1", "--remote-allow-origins=*"]
    process = subprocess.Popen([CHROMIUM, *options, "about:blank"], stderr=subprocess.PIPE, text=True)
    try:
        line = next(line for line in process.stderr if "DevTools listening on" in line)
        drain = threading.Thread(target=process.stderr.read)
        drain.start()
        yield re.search(r"ws://([^/]+)/", line)[1]
    finally:
        process.kill()
        process.wait()
        drain.join()
        process.stderr.close()
