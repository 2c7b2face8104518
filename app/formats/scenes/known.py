"""How the files of 3D programs are known by their content."""

from __future__ import annotations

GLB = b"glTF"
#: how a script for Blender begins
BLENDER_MARK = "# Motion of a face for Blender, written by VisemeSync Preview"


def is_gltf(data: bytes) -> bool:
    """Whether bytes are a GLB, or JSON with glTF's own words in it."""
    if data[:4] == GLB:
        return True
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and b'"asset"' in data and b'"version"' in data and (b'"nodes"' in data or b'"scenes"' in data)


def is_usd(data: bytes) -> bool:
    """Whether bytes are a USD layer, as text or as a crate."""
    return data.startswith((b"#usda", b"PXR-USDC"))


def is_blender_script(data: bytes) -> bool:
    """Whether a text is a script for Blender as it is written here."""
    return data.startswith(BLENDER_MARK.encode())


def is_curve_table(data: bytes) -> bool:
    """Whether the first line is a cell that says nothing and times, and the next a name."""
    first, _, rest = data[:1_000_000].lstrip(b"\xef\xbb\xbf").partition(b"\n")
    cells = first.split(b",", 2)
    return cells[0].strip() in (b"---", b"") and _are_numbers(cells[1:2]) and not _are_numbers(rest[:200].split(b",")[:1])


def is_rig_mapper(data: bytes) -> bool:
    """Whether a table has the header of Unreal's Rig Mapper."""
    first = data[:200].lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return [cell.strip().lower() for cell in first.split(b",")] == [b"curve_name", b"frame_number", b"value"]


def _are_numbers(cells: list[bytes]) -> bool:
    try:
        return bool([float(cell) for cell in cells])
    except ValueError:
        return False


def is_vrma(data: bytes) -> bool:
    """Whether bytes are a glTF file with VRM's extension of animations."""
    return is_gltf(data) and b'"VRMC_vrm_animation"' in data
