"""From weights to vertex buffers: each channel drives, by name, every morph target that carries it on any part."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.avatar.corrections import NEUTRAL_CORRECTIONS, RigCorrections
from app.avatar.drive import Drive, build_drive
from app.avatar.findings import channel_names, missing
from app.avatar.follow import follow_jaw
from app.avatar.model import Avatar, MeshPart
from app.avatar.motion import PartMotion, Skeleton, Turn, build_motion, find_skeleton
from app.avatar.names.composing import SET_ASIDE
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, MOUTH_CHANNELS, VISEME_CHANNELS, canonical_name
from app.core.projection import VisemeEstimate

#: weights below this move nothing that could be seen
SILENT = 1e-5
#: an avatar with fewer of the 15 viseme targets is driven by its ARKit mouth instead, if it has one
ENOUGH_VISEMES = 8

_N_ARKIT = len(ARKIT_CHANNELS)
_N_NAMED = _N_ARKIT + len(VISEME_CHANNELS)
_MOUTH_COLUMNS = np.array(sorted(ARKIT_INDEX[name] for name in MOUTH_CHANNELS))
_JAW_FORWARD, _JAW_OPEN, _MOUTH_CLOSE = (ARKIT_INDEX[name] for name in ("jawForward", "jawOpen", "mouthClose"))
#: what ARKit shapes must do to speak: open, and one of these
_ROUNDING = frozenset({"mouthFunnel", "mouthPucker"})


class PosedPart:
    """One part in its present pose.

    Attributes:
        source: the part as loaded.
        positions: (n, 3) float32, live.
        normals: (n, 3) float32, live; nearly unit vectors (the shader normalises).
        revision: grows by one whenever the buffers change.
        heat: (n,) float32 0-1 that colours the vertices, or None to draw the part as it is.
        lit: (n,) float32 0-1 that lights them up, under no heat; None as well.
    """

    def __init__(self, source: MeshPart) -> None:
        self.source = source
        self.positions = source.positions.copy()
        self.normals = source.normals.copy()
        self.revision = 0
        self.heat: np.ndarray | None = None
        self.lit: np.ndarray | None = None
        self._shape = (self.positions, self.normals)
        self._drive: Drive | None = None
        self._motion: PartMotion | None = None
        self._weights = np.zeros(0, np.float32)
        self._turn: Turn | None = None
        self._stale = False

    @property
    def drive(self) -> Drive | None:
        """What moves the part, None when nothing does."""
        return self._drive

    def set_heat(self, heat: np.ndarray | None) -> None:
        """Colour the vertices from the next picture on, or stop it.

        Args:
            heat: (n,) float32, 0 to 1, or None.
        """
        if heat is not None or self.heat is not None:
            self.heat = heat
            self.revision += 1

    def set_lit(self, lit: np.ndarray | None) -> None:
        """Light vertices up from the next picture on, or stop it.

        Args:
            lit: (n,) float32, 0 to 1, never changed afterwards; or None.
        """
        if lit is not self.lit:
            self.lit = lit
            self.revision += 1

    def attach_drive(self, drive: Drive | None) -> None:
        """Set which targets move the part; the next apply computes it afresh."""
        if drive is None and self._drive is not None:
            np.copyto(self._shape[0], self.source.positions)
            np.copyto(self._shape[1], self.source.normals)
            self._stale = True
        self._drive = drive
        if drive is not None:
            self._row, self._scratch = np.empty_like(drive.neutral), np.empty_like(drive.neutral)
            self._weights = np.full(len(drive.columns), np.nan, np.float32)

    def attach_motion(self, motion: PartMotion | None) -> None:
        """Set which joints move the part; the morphed shape, which they turn, is kept apart from what is shown from now on."""
        self._motion = motion
        if motion is not None:
            self._shape = (self.positions.copy(), self.normals.copy())

    def apply(self, weights: np.ndarray, turn: Turn | None) -> None:
        """Move the vertices, where anything changed.

        Args:
            weights: the rig's weight row.
            turn: where head, neck and chest are, or None at rest.
        """
        morphed = self._morph(weights)
        if self._motion is None:
            self.revision += morphed
            return
        if not morphed and turn is self._turn:
            return
        shape, shown = self._shape, (self.positions, self.normals)
        if turn is not None:
            self._motion.apply(turn, shape, shown)
        else:
            np.copyto(shown[0], shape[0])
            np.copyto(shown[1], shape[1])
        self._turn = turn
        self.revision += 1

    def _morph(self, weights: np.ndarray) -> bool:
        drive = self._drive
        if drive is None:
            stale, self._stale = self._stale, False
            return stale
        own = weights[drive.columns]
        if np.array_equal(own, self._weights):
            return False
        self._weights = own
        drive.mix(weights, self._row, self._scratch)
        drive.unsort(self._row, *self._shape)
        return True


class AvatarRig:
    """Drives an avatar's morph targets by channel name.

    Args:
        avatar: as loaded; it is never changed.
        corrections: the avatar's rig corrections.
    """

    def __init__(self, avatar: Avatar, corrections: RigCorrections = NEUTRAL_CORRECTIONS) -> None:
        self.avatar = avatar
        present = channel_names(avatar.parts)
        self.arkit_missing = missing(ARKIT_CHANNELS, present)
        self.viseme_missing = missing(VISEME_CHANNELS, present)
        mouths = {name.removeprefix("viseme_") for name in VISEME_CHANNELS if name in present}
        speaks = "jawOpen" in present and bool(_ROUNDING & present)
        by_visemes = mouths and (not MOUTH_CHANNELS & present or (len(mouths) >= ENOUGH_VISEMES and not speaks))
        self._estimate = VisemeEstimate(mouths) if by_visemes else None
        self._lips_by_jaw = "mouthClose" not in present
        self.extra_names = _extra_names(avatar)
        self._names = (*ARKIT_CHANNELS, *VISEME_CHANNELS, *self.extra_names)
        self._columns = {name: i for i, name in enumerate(self._names)}
        self._present = np.array([name in present or i >= _N_NAMED for i, name in enumerate(self._names)])
        self._weights, self._next, self._sent = (np.zeros(len(self._names), np.float32) for _ in range(3))
        self._skeleton: Skeleton | None = None
        self._turn: Turn | None = None
        self._asked = (0.0, 0.0, 0.0, 0.0)
        self._shown_turn: Turn | None = None
        self.parts = tuple(PosedPart(part) for part in avatar.parts)
        self.set_corrections(corrections)

    @property
    def has_arkit(self) -> bool:
        """Whether any of the 52 channels can move this avatar."""
        return len(self.arkit_missing) < _N_ARKIT

    @property
    def has_visemes(self) -> bool:
        """Whether viseme weights drive the mouth: enough viseme targets, or no ARKit mouth to fall back on.

        An avatar that has both goes by its shapes when its corrections say so.
        """
        n = len(VISEME_CHANNELS) - len(self.viseme_missing)
        no_shapes = set(self.arkit_missing) >= MOUTH_CHANNELS
        return n > 0 and (no_shapes or (n >= ENOUGH_VISEMES and not self.corrections.mouth_by_shapes))

    @property
    def estimates_mouth(self) -> bool:
        """Whether ARKit weights move this mouth only by way of visemes, because it has no ARKit mouth that could speak."""
        return self._estimate is not None and self.has_visemes

    @property
    def turn(self) -> Turn | None:
        """Where head, neck and chest are in what is shown, None at rest."""
        return self._shown_turn

    @property
    def applied(self) -> dict[str, float]:
        """Name -> weight of all targets that are not at rest, as last sent to the mesh (corrections' gains and limits included)."""
        shown = np.flatnonzero((np.abs(self._sent) > SILENT) & self._present)
        return {self._names[i]: float(self._sent[i]) for i in shown}

    def set_corrections(self, corrections: RigCorrections) -> None:
        """Apply other rig corrections from now on, to the present frame too.

        Args:
            corrections: the whole set.
        """
        self.corrections = corrections
        known = {
            name: self._columns[canonical_name(name) or name]
            for name in corrections.limits
            if (canonical_name(name) or name) in self._columns
        }
        self._limits = [(column, *corrections.limits[name]) for name, column in known.items()]
        sources = follow_jaw(self.avatar.parts) if corrections.teeth_follow else self.avatar.parts
        for part, source in zip(self.parts, sources, strict=True):
            part.attach_drive(build_drive(source, self._columns))
        self._show()

    def set_head_rotation(self, rotation: tuple[float, float, float] | np.ndarray, chest_lift: float = 0.0) -> None:
        """Turn head and neck and raise the chest; it shows with the next pose.

        Args:
            rotation: (3,) radians: pitch (positive looks down), yaw (positive turns to the avatar's left), roll (positive
                leans to the avatar's right).
            chest_lift: 0 breathed out, 1 breathed in.
        """
        pitch, yaw, roll = (float(angle) for angle in rotation)
        asked = (pitch, yaw, roll, float(chest_lift))
        if asked == self._asked:
            return
        self._asked = asked
        if not any(asked):
            self._turn = None
            return
        self._turn = self._joints().turn(np.array(asked[:3]), asked[3])

    def pose(
        self, arkit: np.ndarray, visemes: np.ndarray | None = None, extras: Mapping[str, float] | None = None, by_visemes: float = 1.0
    ) -> None:
        """Show one frame.

        When ``visemes`` are given and the avatar has viseme targets, they replace MOUTH_CHANNELS, because both
        together would open the mouth twice; else ARKit drives everything, a mouth without ARKit shapes by the nearest
        mixture of its visemes.

        Args:
            arkit: (52,) weights in ARKIT_CHANNELS order, nominally in [0, 1].
            visemes: (15,) weights in VISEME_CHANNELS order, or None.
            extras: further targets by the name in the file (``mouthOpen``); names that do not exist are ignored.
            by_visemes: how much of the mouth is theirs, 0 to 1; the rest is ARKit's, on the way from one source to another.
        """
        row = self._next
        self._fill(row, arkit, visemes, extras, by_visemes)
        if np.array_equal(row, self._weights) and self._turn is self._shown_turn:
            return
        self._weights, self._next = row, self._weights
        self._show()

    def preview(self, weights: Mapping[str, float]) -> None:
        """Show single targets and nothing else, whatever they drive, for somebody who assigns them.

        Args:
            weights: target's name as written in the file -> weight; names that do not exist are ignored.
        """
        row = self._next
        row[:] = 0
        for name, weight in weights.items():
            aside = name + SET_ASIDE
            column = self._columns.get(aside if aside in self._columns else canonical_name(name) or name, -1)
            if column >= 0:
                row[column] = weight
        self._weights, self._next = row, self._weights
        self._show()

    def sent(self, arkit: np.ndarray, visemes: np.ndarray | None = None) -> np.ndarray:
        """What of the 52 channels would reach the mesh, without showing it.

        Args:
            arkit: (n, 52) weights.
            visemes: (n, 15) weights as ``pose`` takes them, or None.

        Returns:
            (n, 52) float32 after replacement by visemes, corrections and missing shapes, which are 0.
        """
        rows = np.zeros((len(arkit), len(self._names)), np.float32)
        rows[:, :_N_ARKIT] = arkit
        if visemes is not None and self.has_visemes:
            rows[:, _MOUTH_COLUMNS] = 0
        rows[np.abs(rows) < SILENT] = 0
        self._correct(rows)
        rows[:, ~self._present] = 0
        return rows[:, :_N_ARKIT]

    @property
    def target_names(self) -> tuple[str, ...]:
        """Of the columns of ``reaching``, which a drive's runs count by."""
        return self._names

    def reaching(self, arkit: np.ndarray, visemes: np.ndarray | None = None) -> np.ndarray:
        """What every target would get in many frames, without showing it: what a player elsewhere needs to move the same mesh.

        Args:
            arkit: (n, 52) weights.
            visemes: (n, 15) weights as ``pose`` takes them, or None.

        Returns:
            (n, len(target_names)) float32 after replacement by visemes, corrections and the neutral face's share of jawForward.
        """
        rows = np.zeros((len(arkit), len(self._names)), np.float32)
        for i, row in enumerate(rows):
            self._fill(row, arkit[i], None if visemes is None else visemes[i], None, 1.0)
        self._correct(rows)
        rows[:, _JAW_FORWARD] -= self.corrections.underbite
        return rows

    def held_back(self, channel: str, by_visemes: bool) -> str:
        """Why a channel does not reach the mesh as it is; "" when it does.

        Args:
            channel: one of the 52.
            by_visemes: whether viseme weights are sent along.
        """
        if channel in self.arkit_missing:
            moves = "; its mouth moves by visemes" if by_visemes and self.has_visemes and channel in MOUTH_CHANNELS else ""
            return f"This avatar has no {channel}{moves}."
        if by_visemes and self.has_visemes and channel in MOUTH_CHANNELS:
            return f"This avatar's mouth moves by visemes, which replace {channel}; Rig corrections, Mouth by shapes changes that."
        for column, low, high in self._limits:
            if column == ARKIT_INDEX[channel]:
                return f"The rig corrections keep {channel} between {low:g} and {high:g}."
        if channel == "jawForward" and self.corrections.jaw_forward_gain != 1:
            return f"The rig corrections multiply jawForward by {self.corrections.jaw_forward_gain:g}."
        return ""

    def reset(self) -> None:
        """Back to neutral, head included."""
        self.set_head_rotation((0.0, 0.0, 0.0))
        self.pose(np.zeros(_N_ARKIT, np.float32))

    def _fill(
        self, row: np.ndarray, arkit: np.ndarray, visemes: np.ndarray | None, extras: Mapping[str, float] | None, by_visemes: float
    ) -> None:
        """Write the weights that ``pose`` is given into a weight row."""
        row[:_N_ARKIT] = arkit
        if self._estimate is not None and self.has_visemes and (visemes is None or by_visemes < 1.0):
            estimated = self._estimate(row[:_N_ARKIT])
            visemes = estimated if visemes is None else by_visemes * visemes + (1.0 - by_visemes) * estimated
            by_visemes = 1.0
        if visemes is not None and self.has_visemes:
            row[_MOUTH_COLUMNS] *= 1.0 - by_visemes
            row[_N_ARKIT:_N_NAMED] = by_visemes * visemes
        else:
            row[_N_ARKIT:_N_NAMED] = 0
        row[_N_NAMED:] = 0
        for name, value in (extras or {}).items():
            if self._columns.get(name, -1) >= _N_NAMED:
                row[self._columns[name]] = value
        row[np.abs(row) < SILENT] = 0

    def _show(self) -> None:
        """Send the present weights through the corrections to the parts."""
        sent = self._sent
        np.copyto(sent, self._weights)
        self._correct(sent)
        effective = sent
        if self.corrections.underbite:
            effective = sent.copy()
            effective[_JAW_FORWARD] -= self.corrections.underbite
        for part in self.parts:
            part.apply(effective, self._turn)
        self._shown_turn = self._turn

    def _correct(self, rows: np.ndarray) -> None:
        """Apply the corrections' gain and limits in place.

        Args:
            rows: one weight row, or (n, weights) of them.
        """
        if self._lips_by_jaw:
            # where no shape closes the lips under an open jaw, the jaw must: a closure seen is worth more than its height
            rows[..., _JAW_OPEN] = np.maximum(rows[..., _JAW_OPEN] - np.maximum(rows[..., _MOUTH_CLOSE], 0), 0)
        rows[..., _JAW_FORWARD] *= self.corrections.jaw_forward_gain
        for column, low, high in self._limits:
            np.clip(rows[..., column], low, high, out=rows[..., column])

    def _joints(self) -> Skeleton:
        """The joints of idle motion; they and the vertices they move are found the first time that it is used."""
        if self._skeleton is None:
            self._skeleton = find_skeleton(self.avatar)
            for part in self.parts:
                part.attach_motion(build_motion(part.source, self._skeleton))
        return self._skeleton


def _extra_names(avatar: Avatar) -> tuple[str, ...]:
    """Target names that are neither channels nor visemes, in order of appearance."""
    names: dict[str, None] = {}
    for part in avatar.parts:
        if part.targets:
            names.update({name: None for name in part.targets.names if canonical_name(name) is None})
    return tuple(names)
