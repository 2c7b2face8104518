"""Files that people open as tracks although they are something else: each is named, with what to do."""

from __future__ import annotations

#: how a file begins -> what it is
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"#usda", "a USD scene; export the motion as Live Link Face CSV"),
    (b"PXR-USDC", "a USD scene; export the motion as Live Link Face CSV"),
    (b"Kaydara FBX", "an FBX scene; export the motion as Live Link Face CSV"),
    (b"HIERARCHY", "BVH motion of a body, which holds no face; choose a track of a face"),
    (b"RIFF", "a sound; animate it first"),
    (b"fLaC", "a sound; animate it first"),
    (b"OggS", "a sound; animate it first"),
    (b"ID3", "a sound; animate it first"),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet; unpack it, or save the sheet as CSV"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV"),
    (b"File type = \"ooText", "a Praat TextGrid, which holds phones and no weights; give it to check as --phones"),
    (b"\"ooText", "a Praat TextGrid, which holds phones and no weights; give it to check as --phones"),
)  # fmt: skip


def kind_of(data: bytes) -> str:
    """What a file is that is no track, with what to do about it; "" where it is not known.

    Args:
        data: its bytes.
    """
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return next((kind for beginning, kind in _BEGINNINGS if start.startswith(beginning)), "")
