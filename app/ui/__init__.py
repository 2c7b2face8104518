"""Widgets: main window, preview, curves, transport, pickers."""
