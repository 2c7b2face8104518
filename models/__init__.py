"""Importable torch package for Audio2Face: knows nothing of app."""

import os

# as app does: before onnxruntime is imported, or it reports to Microsoft
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
