"""Where a server of this machine listens: told by itself, asked by health checks. ``python -m app.remote.server.whereabouts`` is one.

With VISEMESYNC_WHERE in the environment the server writes its address into the file of that name as soon as it serves, whatever port, host
and TLS it was given, and takes it away when it stops. A systemd that started it with ``Type=notify`` is told as well.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

from app.core.beside import write_whole
from app.remote.link.tls import fingerprint_of_file

#: names the file
WHERE = "VISEMESYNC_WHERE"
_READY = "/v1/health/ready"
_ANSWER_S = 4.0
#: addresses that mean all of a machine's -> the one of these that a check asks
_ALL = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def announce(url: str) -> None:
    """Say that the server serves now.

    Args:
        url: of the address that it listens on, such as ``https://0.0.0.0:8443``.
    """
    path = os.environ.get(WHERE)
    if path:
        write_whole(Path(path), json.dumps({"url": url, "pid": os.getpid()}))
    tell_systemd(f"READY=1\nSTATUS=Serving on {url}")


def withdraw() -> None:
    """Say that the server stops."""
    tell_systemd("STOPPING=1")
    if os.environ.get(WHERE):
        with contextlib.suppress(OSError):
            Path(os.environ[WHERE]).unlink()


def tell_systemd(message: str) -> None:
    """Send a message of sd_notify(3); nothing where no systemd waits for one.

    Args:
        message: such as ``READY=1``.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(message.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)


def url_of(host: str, port: int, is_tls: bool) -> str:
    """The address of a server that was started with these options."""
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"{'https' if is_tls else 'http'}://{name}:{port}"


def certificate_line(certificate: Path | None) -> str:
    """What callers compare where nobody vouches for the certificate; "" without one."""
    fingerprint = fingerprint_of_file(certificate) if certificate is not None else ""
    return f"\nIts certificate has SHA-256 {fingerprint}" if fingerprint else ""


def told() -> str:
    """What the server wrote; "" where there is no such file."""
    try:
        return str(json.loads(Path(os.environ.get(WHERE, "")).read_text("utf-8"))["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def ask(url: str) -> str:
    """Ask a server of this machine whether it serves voices.

    Args:
        url: as it was announced; its certificate, which names another host than this one, is not looked at.

    Returns:
        "" when it does, else one sentence.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    host = _ALL.get(host, host)
    if parts.scheme == "https":
        unseen = ssl.create_default_context()
        unseen.check_hostname, unseen.verify_mode = False, ssl.CERT_NONE
        line: http.client.HTTPConnection = http.client.HTTPSConnection(host, port, timeout=_ANSWER_S, context=unseen)
    else:
        line = http.client.HTTPConnection(host, port, timeout=_ANSWER_S)
    try:
        line.request("GET", _READY)
        status = line.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"No server answers at {url} ({error}); start it, or check its port and TLS."
    finally:
        line.close()
    return "" if status == 200 else f"The server at {url} is not ready (status {status}); its log says why."


def main() -> int:
    """Exit status 0 when the server that VISEMESYNC_WHERE tells of serves voices, else 3 and one sentence."""
    url = told()
    sentence = ask(url) if url else f"No server has said in the file that {WHERE} names where it listens; it is not up yet."
    if sentence:
        print(sentence, file=sys.stderr)
    return 3 if sentence else 0


if __name__ == "__main__":
    raise SystemExit(main())
