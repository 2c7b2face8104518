"""What the window remembers from one start to the next."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QMainWindow

from app.audio.devices import DeviceChoice
from app.core.emotion import EmotionKey
from app.core.tuning import Tuning
from app.session import Session
from app.session.adjust.tunings import SideTunings
from app.settings import Settings
from app.ui.tuning.tuning_words import remembered_words
from app.ui.window.controls import Controls
from app.ui.window.widgets import Widgets

log = logging.getLogger(__name__)
#: parts of the settings as a person calls them
_WORDS = {
    "window": "the window", "picture": "the picture", "sound": "the sound and its sync", "sources": "the sources", "emotion": "the emotion",
    "tunings": "the tuning", "acting": "the acting", "compare": "the comparison", "conversation": "the conversation", "live": "live faces",
    "voice": "the voice", "delivery": "how the voice speaks",
    "services": "the cloud services", "costs": "the costs", "line": "the line", "recent": "recent files",
}  # fmt: skip


class Remembering:
    """Puts everything where it was, and writes down where it is.

    Args:
        window: has the geometry.
        widgets: of it.
        controls: of it.
        session: what is shown.
        settings: what is remembered.
        default_avatar: is not remembered, so that a later version can bring another one.
    """

    def __init__(
        self, window: QMainWindow, widgets: Widgets, controls: Controls, *, session: Session, settings: Settings, default_avatar: Path
    ) -> None:
        self._window, self._widgets, self._controls = window, widgets, controls
        self._session, self._settings, self._default_avatar = session, settings, default_avatar

    # -- at the start

    def restore(self) -> None:
        """Put everything where it was; what could not be read has its default, which is said."""
        settings, session = self._settings, self._session
        if settings.damaged:
            log.warning("damaged in the settings: %s", ", ".join(place or "all of it" for place in settings.damaged))
            session.messages.tell(f"What was remembered of {_groups(settings.damaged)} was damaged; set it again.")
        self._restore_window()
        self._restore_picture()
        self._restore_sound()
        self._controls.faces.restore()
        session.emotion.restore(settings.emotion)
        session.acting.restore(settings.acting)
        session.tunings.put(SideTunings(dict(settings.tunings.by_side), settings.tunings.together))
        self._tell_tuning()
        session.voices.chosen = settings.voice
        session.voices.set_delivery(settings.delivery)
        session.services.restore(settings.services)
        session.costs.restore(settings.costs.budget_usd, settings.costs.gpu, settings.costs.gpu_hours)
        self._widgets.speak_bar.line.setText(settings.line)
        controls = self._controls
        for part in (controls.bundles, controls.servers, controls.listening, controls.talking, controls.noting):
            part.restore()
        self._controls.avatars.refresh()
        self._controls.source.show()

    def _tell_tuning(self) -> None:
        """What was tuned the last time is still on the face: say so, with a way back."""
        tunings = self._session.tunings
        words = remembered_words(tunings.of("A"))
        if words:
            sentence = f"The tuning of the last time is in force: {words}."
            self._widgets.preview.banner.show_notice(sentence, "Reset", lambda: tunings.change("A", Tuning(), "Reset all"))

    def _restore_window(self) -> None:
        layout, widgets = self._settings.window, self._widgets
        widgets.curves.set_layout(layout.paired, layout.folded)
        self._controls.tools.restore(layout.tools)
        self._session.counting.set_snaps(layout.snaps)
        widgets.actions["spectrogram"].setChecked(layout.spectrogram)
        widgets.timeline.show_spectrogram(layout.spectrogram)

    def _restore_picture(self) -> None:
        picture, compare, view = self._settings.picture, self._settings.compare, self._controls.compare_view
        self._widgets.actions["life"].setChecked(picture.life.enabled)
        self._session.life.set_settings(picture.life)
        self._widgets.actions["head"].setChecked(picture.head)
        self._widgets.actions["light"].setChecked(picture.lights)
        self._controls.light.set_on(picture.lights)
        self._session.posing.follow_head(picture.head)
        self._session.sound_film.place(picture.film_corner, picture.film_share)
        self._session.sound_film.show(picture.film)
        self._controls.look.restore()
        view.restore(compare.edge, compare.ghost, compare.linked)
        self._widgets.compare.show_ghost(view.ghost)

    def _restore_sound(self) -> None:
        sound, playback = self._settings.sound, self._session.playback
        playback.device, self._session.live.device = sound.output, sound.microphone
        playback.set_volume(sound.volume)
        playback.late_by_output = {name: ms / 1e3 for name, ms in sound.late_ms.items()}
        playback.set_scrub_sound(sound.scrub_sound)
        self._widgets.actions["scrub_sound"].setChecked(sound.scrub_sound)

    # -- at the end

    def remember(self) -> None:
        """Write the settings; a folder that cannot be written is logged, not shown."""
        settings, session = self._settings, self._session
        self._note_window()
        self._note_picture()
        self._note_sound()
        emotion, tunings = session.emotion.settings, session.tunings.in_force
        # keys over time belong to a clip
        settings.emotion = replace(emotion, timeline=replace(emotion.timeline, keys=(EmotionKey(),)))
        settings.tunings.together, settings.tunings.by_side = tunings.together, dict(tunings.by_side)
        settings.acting = session.acting.settings
        settings.voice, settings.delivery = session.voices.chosen, session.voices.delivery
        self._controls.talking.note()
        self._controls.faces.note()
        settings.services, costs = session.services.places, session.costs
        settings.costs.budget_usd, settings.costs.gpu, settings.costs.gpu_hours = costs.budget_usd, costs.gpu, costs.gpu_hours
        settings.line = self._widgets.speak_bar.line.text()
        try:
            settings.save()
        except OSError as error:
            log.warning("the settings were not kept: %s", error)

    def _note_window(self) -> None:
        layout, widgets = self._settings.window, self._widgets
        layout.geometry = bytes(self._window.saveGeometry().toBase64().data()).decode()
        left, right = widgets.splitter.sizes()
        layout.widths = (left, right)
        layout.tools, layout.snaps = widgets.tools.isVisible(), self._session.counting.snaps
        layout.paired, layout.folded = widgets.curves.pair.isChecked(), sorted(widgets.curves.collapsed)
        layout.spectrogram = widgets.actions["spectrogram"].isChecked()

    def _note_picture(self) -> None:
        picture, compare, view = self._settings.picture, self._settings.compare, self._controls.compare_view
        path = self._session.state.avatar_path
        picture.avatar = "" if path in (None, self._default_avatar) else str(path)
        picture.renderer, picture.framing = self._widgets.preview.kind, self._widgets.preview.framing
        picture.life = self._session.life.settings
        picture.head, picture.lights = self._session.posing.follows_head, self._controls.light.on
        film = self._session.sound_film
        picture.film, picture.film_corner, picture.film_share = film.wanted, film.corner, film.share
        compare.edge, compare.ghost, compare.linked = view.edge, view.ghost, self._session.comparing.linked

    def _note_sound(self) -> None:
        sound, playback = self._settings.sound, self._session.playback
        sound.volume, sound.scrub_sound = playback.volume, playback.scrub_sound
        sound.output, sound.microphone = _remembered(playback.device), _remembered(self._session.live.device)
        sound.late_ms = {name: 1e3 * late_s for name, late_s in playback.late_by_output.items()}


def _remembered(device: DeviceChoice | int | str | None) -> DeviceChoice | None:
    """A device as it is remembered; numbers hold for this session only."""
    return DeviceChoice(device) if isinstance(device, str) else device if isinstance(device, DeviceChoice) else None


def _groups(places: tuple[str, ...]) -> str:
    """Damaged places in few words."""
    words = dict.fromkeys(_WORDS.get(place.partition(".")[0], "the last session") for place in places)
    return " and of ".join(words)
