"""What the installer shows before anything is written: this program's licence, and what Microsoft's Speech SDK asks of who uses it."""

from __future__ import annotations

from pathlib import Path

from assets.packaging.contents import ROOT

#: REDIST.txt of the SDK lists what may be given away, under the condition that its users agree to terms that protect Microsoft as much
SPEECH_SDK = ROOT / "assets" / "licences" / "azure-speech-sdk.txt"
OTHERS = """Others

The licences of everything else that is in this package, with the places of its source code, are in THIRD-PARTY.txt in the
program's folder. Qt, FFmpeg, libsndfile and soxr are under the GNU LGPL: they lie there as files of their own, which you may
replace by your own builds.
"""


def write_notices(folder: Path, out: Path, root: Path = ROOT) -> Path:
    """Write the page of licences.

    Args:
        folder: the finished package; the SDK's own licence is taken from it where it lies there.
        out: a text file, as the installer reads it: UTF-8 with its mark, lines as Windows ends them.
        root: the checkout.

    Returns:
        The file.
    """
    own = (root / "LICENSE").read_text("utf-8")
    found = sorted(folder.rglob("azure_cognitiveservices_speech*/**/LICENSE.md"))
    terms = f"\n{found[0].read_bytes().decode('utf-8-sig', 'replace').strip()}\n" if found else ""
    text = "\n\n".join(part.strip() for part in (own, SPEECH_SDK.read_text("utf-8") + terms, OTHERS)) + "\n"
    out.write_bytes(b"\xef\xbb\xbf" + text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8"))
    return out
