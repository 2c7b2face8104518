"""The texts that tell a Linux desktop about the program: menu entry, kinds of files, software centre; and the folder ``share``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from assets.packaging.contents import PROGRAM, ROOT

NAME = "VisemeSync Preview"
SUMMARY = "Preview and tune audio-driven faces"
#: of the AppStream component; the desktop entry keeps the name that the window tells its desktop, or its icon would not be found
COMPONENT = "org.visemesync.preview"
DESCRIPTION = (
    "Type a line or open a recording, and watch a face speak it: by visemes and by Audio2Face side by side, in sync with the sound.",
    "Tune every one of the 52 shapes while it plays, compare the curves, review takes and hand off tracks, films and scenes.",
)
#: kind of file -> its ending, what people call it, the kind that it is a special case of
OWN_KINDS = {
    "application/x-visemesync-project": ("vsync", "VisemeSync project", "application/json"),
    "application/x-visemesync-take": ("vstake", "VisemeSync take", "application/zip"),
}
#: what the program also opens; the desktop's own choice for them stays
OTHER_KINDS = ("model/gltf-binary",)


def version() -> str:
    """The program's version, from the one place that says it."""
    found = re.search(r'^__version__ = "([^"]+)"', (ROOT / "app" / "__init__.py").read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit("app/__init__.py says no __version__; the package cannot be named.")
    return found[1]


def source_time_s() -> int:
    """Seconds since 1970 of the source: SOURCE_DATE_EPOCH, else the last commit, so that two builds of one source bear one date."""
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    if told.isdigit():
        return int(told)
    try:
        done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return _NO_DATE_S
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip().isdigit() else _NO_DATE_S


#: 1 January 2026, for a source without a history
_NO_DATE_S = 1_767_225_600


def desktop_entry(command: str = PROGRAM) -> str:
    """The entry of the menu.

    Args:
        command: how the program is called.
    """
    kinds = "".join(f"{kind};" for kind in (*OWN_KINDS, *OTHER_KINDS))
    lines = (
        "[Desktop Entry]", "Type=Application", "Version=1.0", f"Name={NAME}", "GenericName=Facial Animation Preview",
        "GenericName[de]=Vorschau für Gesichtsanimation", f"Comment={SUMMARY}",
        "Comment[de]=Gesichter, die zu Sprache sprechen, ansehen und abstimmen", f"Exec={command} %F", f"TryExec={command}",
        f"Icon={PROGRAM}", "Terminal=false", "Categories=Graphics;3DGraphics;",
        "Keywords=lip sync;viseme;Audio2Face;blendshape;ARKit;avatar;animation;",
        f"MimeType={kinds}", "StartupNotify=true", f"StartupWMClass={PROGRAM}", "",
    )  # fmt: skip
    return "\n".join(lines)


def mime_package() -> str:
    """What the program's own files are, for shared-mime-info."""
    kinds = "".join(
        f'  <mime-type type="{kind}">\n    <comment>{escape(words)}</comment>\n    <sub-class-of type="{parent}"/>\n'
        f'    <icon name="{PROGRAM}"/>\n    <glob pattern="*.{ending}" weight="80"/>\n  </mime-type>\n'
        for kind, (ending, words, parent) in OWN_KINDS.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">\n{kinds}</mime-info>\n'


def metainfo(released_s: int) -> str:
    """What a software centre shows.

    Args:
        released_s: when the source was last changed, in seconds since 1970.
    """
    day = datetime.fromtimestamp(released_s, UTC).date().isoformat()
    paragraphs = "".join(f"    <p>{escape(text)}</p>\n" for text in DESCRIPTION)
    kinds = "".join(f"    <mediatype>{kind}</mediatype>\n" for kind in (*OWN_KINDS, *OTHER_KINDS))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<component type="desktop-application">
  <id>{COMPONENT}</id>
  <metadata_license>MIT</metadata_license>
  <project_license>MIT</project_license>
  <name>{NAME}</name>
  <summary>{SUMMARY}</summary>
  <developer id="org.visemesync">
    <name>The VisemeSync Preview authors</name>
  </developer>
  <description>
{paragraphs}  </description>
  <launchable type="desktop-id">{PROGRAM}.desktop</launchable>
  <icon type="stock">{PROGRAM}</icon>
  <categories>
    <category>Graphics</category>
    <category>3DGraphics</category>
  </categories>
  <provides>
    <binary>{PROGRAM}</binary>
{kinds}  </provides>
  <requires>
    <display_length compare="ge">1024</display_length>
  </requires>
  <supports>
    <control>keyboard</control>
    <control>pointing</control>
  </supports>
  <content_rating type="oars-1.1"/>
  <releases>
    <release version="{version()}" date="{day}"/>
  </releases>
</component>
"""


def write_share(folder: Path, python: Path) -> None:
    """Write the folder ``share`` of a package: menu entry, kinds of files, icons, software centre's text and manual page.

    Args:
        folder: of the package; ``share`` is made in it.
        python: of the environment that has Qt, which draws the icons, and the program's command line, which the manual tells.

    Raises:
        SystemExit: the icons or the manual could not be made.
    """
    share = folder / "share"
    texts = {
        f"applications/{PROGRAM}.desktop": desktop_entry(),
        f"mime/packages/{PROGRAM}.xml": mime_package(),
        f"metainfo/{COMPONENT}.metainfo.xml": metainfo(source_time_s()),
    }
    for name, text in texts.items():
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        (share / name).write_text(text, "utf-8")
    for module, out in (("icons", share / "icons" / "hicolor"), ("manual", share / "man" / "man1" / f"{PROGRAM}.1")):
        command = [str(python), "-m", f"assets.packaging.linux.{module}", str(out)]
        if subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode != 0:
            raise SystemExit(f"The {module} of the package could not be made; see the lines above.")
    script = folder / "add-to-menu.sh"
    script.write_text((Path(__file__).parent / "add-to-menu.sh").read_text("utf-8"), "utf-8")
    script.chmod(0o755)
