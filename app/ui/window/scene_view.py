"""How the scene is looked at, for projects: layout, cameras, time and background, taken down and put back."""

from __future__ import annotations

from app.formats.project import ProjectView
from app.render.backgrounds import BACKGROUNDS
from app.render.camera import FRAMINGS
from app.session.base.playback import Playback
from app.session.compare.comparing import LAYOUTS, Comparing
from app.session.review.sound_film import SoundFilm
from app.session.state import State
from app.settings import PictureSettings
from app.ui.compare.compare_cameras import camera_values, set_camera
from app.ui.compare.compare_panel import ComparePanel
from app.ui.compare.compare_view import CompareView
from app.ui.preview.look_menus import LookMenus
from app.ui.preview.preview import Preview
from app.ui.window.panel_view import PanelView


class SceneView:
    """Takes down how the window looks at the session, and looks at it so again.

    Args:
        preview: side A's picture.
        compare_view: the other sides' pictures.
        compare: shows how much of the ghost is seen.
        look: changes the background.
        panels: what stands around the picture.
        settings: know the background.
        state: has the side on show.
        comparing: has the layout.
        playback: has the time.
        film: beside the face.
    """

    def __init__(
        self, preview: Preview, compare_view: CompareView, compare: ComparePanel, look: LookMenus, panels: PanelView, *,
        settings: PictureSettings, state: State, comparing: Comparing, playback: Playback, film: SoundFilm,
    ) -> None:  # fmt: skip
        self._preview, self._compare_view, self._compare, self._look, self._panels = preview, compare_view, compare, look, panels
        self._settings, self._state, self._comparing, self._playback = settings, state, comparing, playback
        self._film = film

    def content(self) -> ProjectView:
        """The view as it is."""
        comparing, playback, preview, compared = self._comparing, self._playback, self._preview, self._compare_view
        cameras = {side: camera_values(compared.cameras.of(side)) for side in comparing.sides if not compared.cameras.linked}
        if not preview.is_framed:
            cameras["A"] = camera_values(preview.camera)
        view = ProjectView(
            comparing.layout, comparing.pair, self._state.shown, compared.edge, compared.ghost, comparing.linked, preview.framing, cameras,
            playback.now(), playback.loop, playback.looping, self._settings.background,
        )  # fmt: skip
        return self._panels.into(self._film.into(view))

    def show(self, view: ProjectView, said: str = "") -> None:
        """Look at an opened project as it was looked at; what is not there any more is left out.

        Args:
            view: of the project.
            said: the words of its sound.
        """
        comparing, playback, preview = self._comparing, self._playback, self._preview
        if view.background in BACKGROUNDS:
            self._look.set_background(view.background)
        self._compare_view.restore(view.edge, view.ghost, view.linked)
        self._compare.show_ghost(view.ghost)
        if view.pair in comparing.others:
            comparing.set_pair(view.pair)
        for framing in FRAMINGS:
            if framing == view.framing:
                preview.frame(framing)
        if "A" in view.cameras:
            set_camera(preview.camera, view.cameras["A"])
            preview.redraw()
        self._compare_view.cameras.wanted = {side: values for side, values in view.cameras.items() if side != "A"}
        for layout in LAYOUTS if comparing.possible else ():
            if layout == view.layout:
                comparing.set_layout(layout)
        if view.shown in self._state.sides:
            self._state.show(view.shown)
        if view.loop is not None:
            playback.set_loop(view.loop)
        playback.seek(view.time_s)
        playback.set_looping(view.looping)
        self._film.look(view)
        self._panels.show(view, said)
