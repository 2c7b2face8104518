"""What the avatar says first."""

from __future__ import annotations

#: shows lips closing (p, b, m), teeth on the lip (f, v), rounding and a wide smile within seven seconds
GREETING = "Hello! I am your preview avatar. Type a line below, press Speak, and watch my mouth move in time with every word."
