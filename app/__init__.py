"""VisemeSync Preview: preview and tune audio-driven faces. The floor plan is in the README, section Architecture."""

import os

# onnxruntime reports its use to Microsoft and keeps an identifier in the user's cache from the moment it is imported; nothing else stops it
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.2.0"
