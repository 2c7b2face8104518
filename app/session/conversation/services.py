"""The cloud services of the session: where they are, which keys open them, and whether they work."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from app.conversation.check.checking import check_all
from app.keys.found import CHOSEN, CLOUD_KEYS, SERVICES, Service, chat_access, key_name, key_place, live_access, speech_access
from app.keys.kept import Place
from app.keys.places import ServicePlaces
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers


class Services(QObject):
    """Remembers places, keeps keys elsewhere, and asks the services how they are; the GUI thread never waits for any of it.

    Args:
        messages: is told what goes wrong.
        parent: Qt's.

    Attributes:
        kept: where the key of each service comes from, as far as that is known.
    """

    #: other places or keys are in force
    changed = Signal()
    #: a Checked: one finding of the check in progress
    checked = Signal(object)
    #: all findings of a check, as a tuple
    check_ended = Signal(object)
    #: where the keys come from is known anew
    looked = Signal()

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kept: dict[Service, Place] = dict.fromkeys(SERVICES, "")
        self._workers = Workers(messages.fail_task, self)

    @property
    def places(self) -> ServicePlaces:
        """Those in force."""
        return CHOSEN.now

    @property
    def checking(self) -> bool:
        """Whether a check is in progress."""
        return self._workers.running("check")

    def restore(self, places: ServicePlaces) -> None:
        """Take up what was remembered; ``look`` finds its keys."""
        CHOSEN.now = places

    def look(self) -> None:
        """Find out which keys there are, so that nobody waits for a keyring later; it may ask to be unlocked."""

        def work(job: Job) -> None:
            for ask in (speech_access, chat_access, live_access):
                ask()
            job.post(self._looked, {service: key_place(service) for service in SERVICES})

        self._workers.start("look", work)

    def use(self, places: ServicePlaces, keys: Mapping[Service, str]) -> None:
        """Use these from now on, and keep the keys that were typed.

        Args:
            places: are remembered with the settings.
            keys: into the keyring; where there is none they are used until the program ends. An empty one changes nothing.
        """
        CHOSEN.now = places
        typed = {key_name(service, places): key for service, key in keys.items() if key}

        def work(job: Job) -> None:
            for name, key in typed.items():
                CLOUD_KEYS.keep(name, key)
            job.post(self._used)

        self._workers.start("keep", work)

    def forget(self, service: Service) -> None:
        """Take a service's key out of the keyring and out of memory; one of the environment stays."""
        name = key_name(service)

        def work(job: Job) -> None:
            CLOUD_KEYS.keep(name, "")
            job.post(self._used)

        self._workers.start("keep", work)

    def check(self, places: ServicePlaces | None = None, keys: Mapping[Service, str] | None = None) -> None:
        """Ask every service that is configured; a newer check replaces an older one.

        Args:
            places: to be tried; None for those in force.
            keys: to be tried without being kept.
        """
        tried = places or self.places
        given = {service: key for service, key in (keys or {}).items() if key}

        def work(job: Job) -> None:
            found = check_all(tried, keys=given, told=lambda finding: job.post(self.checked.emit, finding), cancel=job.cancel)
            job.post(self.check_ended.emit, found)

        self._workers.start("check", work)

    def cancel_check(self) -> None:
        """Nobody wants the answer any more."""
        self._workers.cancel("check")

    def close(self) -> None:
        """End the threads."""
        self._workers.close()

    def _used(self) -> None:
        self.changed.emit()
        self.look()

    def _looked(self, kept: dict[Service, Place]) -> None:
        self.kept = kept
        self.looked.emit()
