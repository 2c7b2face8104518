"""What raters sent back, with the key of the study; read tolerantly of raters, strictly of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import ProjectError
from app.core.foreign import parsed_json
from app.review.study.design import POINTS, SCALES, StudyKind, Trial
from app.review.study.making import FORMAT, KEY, VERSION

RATING_FORMAT, RATING_VERSION = "visemesync-rating", 1
MAX_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Key:
    """Which question was about what.

    Attributes:
        id: of the study.
        kind: of its questions.
        sources: that were compared.
        clips: names of the lines.
        trials: by id.
    """

    id: str
    kind: StudyKind
    sources: tuple[str, ...]
    clips: tuple[str, ...]
    trials: Mapping[str, Trial]


@dataclass(frozen=True)
class Rater:
    """One person's answers.

    Attributes:
        name: as they wrote it.
        answers: id of a question -> what was answered.
        failed: checks of attention that were not answered as asked.
        complete: whether all questions were answered.
    """

    name: str
    answers: Mapping[str, Mapping[str, str]]
    failed: int
    complete: bool


def _json(path: Path, what: str) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProjectError(f"{path.name} is too large for {what}; choose another file.")
        data = parsed_json(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ProjectError(f"{path.name} cannot be read ({error.strerror}); check the path.") from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path.name} is not {what}; choose the file that the study's page or folder has.") from error
    if not isinstance(data, dict):
        raise ProjectError(f"{path.name} is not {what}; choose the file that the study's page or folder has.")
    return data


def read_key(path: Path) -> Key:
    """The key of a study.

    Raises:
        ProjectError: it is none.
    """
    data = _json(path, "a study's key")
    if data.get("format") != FORMAT or data.get("version") != VERSION:
        raise ProjectError(f"{path.name} is no key of a study that this program reads; choose the {KEY} of the study's folder.")
    try:
        trials = {
            str(name): Trial(str(name), str(t["clip"]), tuple(map(str, t["sources"])), t["x"], str(t["check"]))
            for name, t in data["trials"].items()
        }
        if data["kind"] not in ("scale", "abx"):
            raise ValueError("unknown kind")
        return Key(str(data["id"]), data["kind"], tuple(map(str, data["sources"])), tuple(map(str, data["clips"])), trials)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProjectError(f"{path.name} is damaged; make the study's folder again, or take an earlier copy.") from error


def key_of(results: Iterable[Path], given: Path | None) -> Key:
    """The key that belongs to results: the one that was given, or one beside them or above.

    Raises:
        ProjectError: there is none.
    """
    if given is not None:
        return read_key(given / KEY if given.is_dir() else given)
    places = [folder / KEY for result in results for folder in list(result.resolve().parents)[:2]]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise ProjectError(f"There is no {KEY} beside the results; say with --key where the study's folder has it.")
    return read_key(found)


def read_raters(paths: Iterable[Path], key: Key) -> tuple[Rater, ...]:
    """Everybody's answers; who sent twice counts with the file that has most answers.

    Args:
        paths: of results.
        key: of the study.

    Raises:
        ProjectError: a file is no result, or of another study.
    """
    found: dict[str, Rater] = {}
    for path in paths:
        data = _json(path, "a rating")
        if data.get("format") != RATING_FORMAT or data.get("version") != RATING_VERSION:
            raise ProjectError(f"{path.name} is no rating that this program reads; choose the file that the page saved.")
        if data.get("study") != key.id:
            raise ProjectError(f"{path.name} belongs to another study; read it with that study's {KEY}.")
        rater = _rater(data, key)
        name = rater.name.casefold()
        if name not in found or len(found[name].answers) < len(rater.answers):
            found[name] = rater
    return tuple(found.values())


def _rater(data: Mapping[str, Any], key: Key) -> Rater:
    answers: dict[str, Mapping[str, str]] = {}
    rows = data.get("answers")
    for row in rows if isinstance(rows, list) else []:
        trial = key.trials.get(str(row.get("trial"))) if isinstance(row, dict) else None
        values = row.get("values") if trial is not None else None
        if trial is not None and isinstance(values, dict) and _fits(key.kind, values):
            answers[trial.id] = {str(name): str(value) for name, value in values.items()}
    checks = [trial for trial in key.trials.values() if trial.check]
    failed = sum(any(value != trial.check for value in answers[trial.id].values()) for trial in checks if trial.id in answers)
    order = data.get("order")
    expected = set(map(str, order)) & set(key.trials) if isinstance(order, list) else set(key.trials)
    return Rater(str(data.get("rater", ""))[:60].strip() or "unnamed", answers, failed, bool(expected) and expected <= set(answers))


def _fits(kind: StudyKind, values: Mapping[str, Any]) -> bool:
    if kind == "scale":
        points = [str(point) for point in range(1, POINTS + 1)]
        return set(SCALES) <= set(values) and all(values[name] in points for name in SCALES)
    return values.get("x") in ("A", "B") and all(values.get(name) in ("A", "B", "same") for name in SCALES)
