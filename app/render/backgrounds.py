"""The colours that may lie behind the avatar, by name."""

from __future__ import annotations

from types import MappingProxyType


def display_rgb(web: str) -> tuple[float, float, float]:
    """A web colour as the display values that views and canvases take.

    Args:
        web: ``#rrggbb``.

    Returns:
        Red, green and blue, 0 to 1, not linearised.

    Raises:
        ValueError: it is not of that form.
    """
    digits = web.removeprefix("#")
    if len(digits) != 6:
        raise ValueError(f"{web!r} is not a colour like #1a1a1a")
    red, green, blue = (int(digits[i : i + 2], 16) / 255.0 for i in (0, 2, 4))
    return red, green, blue


#: name as shown -> display RGB; the first is VisemeSync's and the default. The greys let one judge exposure and
#: silhouettes, the two keys are the usual ones for compositing.
BACKGROUNDS = MappingProxyType({
    "VisemeSync": display_rgb("#1a1a1a"),
    "Black": display_rgb("#000000"),
    "Slate": display_rgb("#2b3440"),
    "Middle grey": display_rgb("#777777"),
    "Light grey": display_rgb("#c8c8c8"),
    "White": display_rgb("#ffffff"),
    "Green screen": display_rgb("#00b140"),
    "Blue screen": display_rgb("#0047bb"),
})  # fmt: skip
DEFAULT_BACKGROUND = "VisemeSync"
