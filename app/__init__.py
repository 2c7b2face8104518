"""VisemeSync Preview: preview and tune audio-driven faces. The floor plan is in the README, section Architecture."""

__version__ = "0.2.0"
