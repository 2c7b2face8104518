"""The servers that were used: remembered without their keys, asked who they are, and given keys that are kept elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from app.core.errors import PreviewError
from app.remote.finding import find_server, server_label
from app.remote.link.addresses import is_remote, server_name
from app.remote.link.keys import KEYS
from app.remote.link.trust import TRUSTED, UntrustedCertificate
from app.session.base.workers import Job, Workers

#: how many are remembered
MAX_SERVERS = 12


class Servers(QObject):
    """What the pickers offer, and what the dialog asks.

    Attributes:
        known: ``mock`` or ``real`` by source, newest first.
    """

    changed = Signal()
    #: a Found: who answered
    tested = Signal(object)
    #: sentence: nobody answered, or nobody of use
    refused = Signal(str)
    #: an UntrustedCertificate: somebody answered whom nobody vouches for
    untrusted = Signal(object)
    #: ``keyring``, ``session`` or "": where a key is now
    key_kept = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.known: dict[str, str] = {}
        self._workers = Workers(self._refuse, self)

    def restore(self, stored: Mapping[str, str], trusted: Mapping[str, str]) -> None:
        """Take up what was remembered, and the certificates that were trusted; what is no server is left out."""
        TRUSTED.restore(trusted)
        self.known = {spec: "mock" if mode == "mock" else "real" for spec, mode in stored.items() if _is_server(spec)}
        self.changed.emit()

    def label(self, spec: str) -> str:
        """A server as pickers name it; a mock says so."""
        return server_label(spec, self.known.get(spec) == "mock")

    def remember(self, spec: str, mock: bool) -> None:
        """Put a server on top, or note that it is a mock now, or none any more."""
        mode = "mock" if mock else "real"
        if self.known.get(spec) == mode:
            return
        rest = {other: kept for other, kept in self.known.items() if other != spec}
        self.known = dict(list({spec: mode, **rest}.items())[:MAX_SERVERS])
        self.changed.emit()

    def forget(self, spec: str) -> None:
        """Take a server off the list, its key out of the keyring, and the trust in its certificate back."""
        self.known.pop(spec, None)
        self.keep_key(spec, "")
        TRUSTED.use(server_name(spec), "")
        self.changed.emit()

    @property
    def trusted(self) -> dict[str, str]:
        """SHA-256 of the certificate that was trusted, by server."""
        return TRUSTED.kept()

    def trust(self, shown: UntrustedCertificate) -> None:
        """The user vouches for the certificate that a server shows."""
        TRUSTED.use(shown.server, shown.fingerprint)
        self.changed.emit()

    def test(self, address: str, key: str) -> None:
        """Find out what answers at an address; a newer question replaces an older one.

        Args:
            address: as it was typed.
            key: token or API key, "" for what is known.
        """

        def work(job: Job) -> None:
            try:
                job.post(self.tested.emit, find_server(address, key))
            except UntrustedCertificate as error:
                job.post(self.untrusted.emit, error)

        self._workers.start("test", work)

    def cancel(self) -> None:
        """Nobody wants the answer any more."""
        self._workers.cancel("test")

    def keep_key(self, spec: str, key: str) -> None:
        """Put a key where it belongs, off the GUI thread because a keyring may ask to be unlocked; "" forgets it."""
        self._workers.start("key", lambda job: job.post(self.key_kept.emit, KEYS.keep(server_name(spec), key)))

    def close(self) -> None:
        """End the worker threads."""
        self._workers.close()

    def _refuse(self, _task: str, sentence: str) -> None:
        self.refused.emit(sentence)


def _is_server(spec: object) -> bool:
    if not isinstance(spec, str) or not is_remote(spec):
        return False
    try:
        server_name(spec)
    except PreviewError:
        return False
    return True
