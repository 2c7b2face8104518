"""The last step of the proof: the server, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import urllib.request
from typing import Any

from app.core.installation import own_command

#: how long the server may take until it serves
_SERVER_S = 60.0


def _health(address: str) -> Any:
    """What the server says of itself; it says where it is a moment before it listens."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    give_up_s = time.monotonic() + _SERVER_S
    while True:
        try:
            with opener.open(f"{address}/health", timeout=20) as answer:
                return json.loads(answer.read())
        except OSError:
            if time.monotonic() > give_up_s:
                raise
            time.sleep(0.1)


def ask_server() -> str:
    """Start the server as a process of its own and ask how it is."""
    from app.ui.proof.waiting import Unproven

    command = own_command("serve", "--port", "0", "--source", "a2f:light")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.readline() if process.stdout else ""), daemon=True)
    reader.start()
    try:
        reader.join(_SERVER_S)
        address = next((word for line in said for word in line.split() if word.startswith("http://")), "")
        if not address:
            process.kill()
            told = process.stderr.read().strip().splitlines() if process.stderr else []
            raise Unproven(f"The server did not start: {told[-1] if told else 'it said nothing'}")
        health = _health(address)
        return f"answers /health with {health.get('status', health)}"
    finally:
        process.terminate()
        process.wait(20)
        reader.join(5)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
