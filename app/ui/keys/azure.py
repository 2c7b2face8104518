"""Opens the dialog of the cloud services."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.session.conversation.services import Services
from app.ui.keys.services_dialog import ServicesDialog


class AzureKeys:
    """The command of the menu.

    Args:
        services: of the session.
        window: parent of the dialog.
        remember: writes the settings, so that places survive a crash too.
    """

    def __init__(self, services: Services, window: QWidget, remember: Callable[[], None]) -> None:
        self._services, self._window, self._remember = services, window, remember

    def ask(self) -> None:
        """Open the dialog; what was saved is remembered at once."""
        dialog = ServicesDialog(self._services, self._window)
        if dialog.exec():
            self._remember()
        dialog.deleteLater()
