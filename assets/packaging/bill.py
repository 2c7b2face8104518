"""The bill of materials of an environment or a packed folder: CycloneDX 1.6 as JSON, from the metadata that packages carry.

The same packages give the same bytes: no time of day, and a serial number that is made of what is listed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import uuid
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from assets.packaging.contents import BILL, PROGRAM, ROOT

#: of this program's bills, so that no other program's serial number is the same
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, f"{PROGRAM}.sbom")
#: a licence that is longer is its text, not its name
_LONGEST_NAME = 80


def version() -> str:
    """Of the program, from the one place where it stands."""
    found = re.search(r'^__version__ = "(.+)"', (ROOT / "app" / "__init__.py").read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _reference(name: str, number: str) -> str:
    return f"pkg:pypi/{_normal(name)}@{number}"


def _licences(found: Distribution) -> list[dict[str, Any]]:
    """What a package says of its licence: an SPDX expression, else the names of its classifiers, else a short name."""
    expression = found.metadata.get("License-Expression")
    if expression:
        return [{"expression": expression}]
    classifiers = [line.rpartition(" :: ")[2] for line in found.metadata.get_all("Classifier") or () if line.startswith("License :: ")]
    named = [name for name in classifiers if name != "OSI Approved"] or [(found.metadata.get("License") or "").strip()]
    return [{"license": {"name": name}} for name in named if name and len(name) <= _LONGEST_NAME and "\n" not in name]


def _component(found: Distribution) -> dict[str, Any]:
    name, number = found.metadata["Name"], found.version
    component = {"type": "library", "bom-ref": _reference(name, number), "name": name, "version": number, "purl": _reference(name, number)}
    licences = _licences(found)
    return {**component, **({"licenses": licences} if licences else {})}


def native_component(name: str, number: str, licence: str, source: str, remark: str) -> dict[str, Any]:
    """A library in machine code, which no index of packages knows.

    Args:
        name: as its makers call it.
        number: its version, "" where it tells none.
        licence: SPDX expression.
        source: says where its source is.
        remark: what else has to be said.
    """
    component: dict[str, Any] = {"type": "library", "bom-ref": f"native:{name}", "name": name, "licenses": [{"expression": licence}]}
    places = [{"type": "source-distribution", "url": url} for url in re.findall(r"https?://\S+", source)]
    more = {"version": number, "description": remark, "externalReferences": places}
    return {**component, **{key: value for key, value in more.items() if value}}


def _needs(found: Distribution, references: dict[str, str]) -> list[str]:
    """References of what a package needs, as far as it is there; extras that nobody asked for are not."""
    wanted = [line for line in found.requires or () if "extra ==" not in line]
    names = {_normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in wanted}
    return sorted(references[name] for name in names if name in references)


def bill(
    places: Sequence[Path],
    *,
    only: Iterable[str] | None = None,
    without: Iterable[str] = (),
    beside: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """What lies in some folders.

    Args:
        places: ``site-packages`` of an environment, or the folder of a packed program that holds the ``*.dist-info``.
        only: names of the packages that are given away, None for all.
        without: names of packages that lie there and are not given away, such as pip.
        beside: more components, as CycloneDX has them: what is no Python package.

    Returns:
        The document.
    """
    left_out = {_normal(name) for name in without} | {PROGRAM}
    there = {_normal(each.metadata["Name"]): each for each in distributions(path=[str(place) for place in places])}
    given = set(there) if only is None else {_normal(name) for name in only}
    kept = {name: each for name, each in sorted(there.items()) if name in given - left_out}
    references = {name: _reference(name, each.version) for name, each in kept.items()}
    components = [*map(_component, kept.values()), *beside]
    own = {
        "type": "application",
        "bom-ref": PROGRAM,
        "name": "VisemeSync Preview",
        "version": version(),
        "licenses": [{"license": {"id": "MIT"}}],
    }
    edges = [{"ref": PROGRAM, "dependsOn": sorted(each["bom-ref"] for each in components if "bom-ref" in each)}]
    edges += [{"ref": references[name], "dependsOn": _needs(each, references)} for name, each in kept.items()]
    content = json.dumps([own, components], sort_keys=True)
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, content)}", "version": 1,
        "metadata": {"component": own}, "components": components, "dependencies": edges,
    }  # fmt: skip


def write_bill(out: Path, places: Sequence[Path], **choice: Any) -> int:
    """``bill`` as a file.

    Args:
        out: the file.
        places: see ``bill``.
        **choice: see ``bill``.

    Returns:
        How many components it lists.
    """
    made = bill(places, **choice)
    out.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    return len(made["components"])


def main(arguments: Sequence[str]) -> int:
    """The command.

    Args:
        arguments: after ``sbom``.
    """
    parser = argparse.ArgumentParser(prog="run.py sbom", description="Write the bill of materials (CycloneDX) of an environment or folder.")
    parser.add_argument("folder", type=Path, nargs="?", help="of an environment or a packed program (default: .venv)")
    parser.add_argument("-o", "--out", type=Path, default=Path("sbom.cdx.json"), metavar="FILE")
    options = parser.parse_args(list(arguments))
    folder = options.folder or ROOT / ".venv"
    packed = next(iter(sorted(folder.rglob(BILL))), None)
    if packed is not None:  # it knows more than the folder shows, in which few packages have kept their metadata
        options.out.write_bytes(packed.read_bytes())
        print(f"{options.out}: {len(json.loads(packed.read_text('utf-8'))['components'])} components, as the package says")
        return 0
    places = sorted({path.parent for path in folder.rglob("*.dist-info")})
    if not places:
        print(f"There are no packages in {str(folder)!r}; give the folder of an environment or of a packed program.", file=sys.stderr)
        return 2
    print(f"{options.out}: {write_bill(options.out, places, without=('pip', 'setuptools'))} components")
    return 0
