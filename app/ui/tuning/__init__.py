"""Sliders for intensity, smoothing and timing, and their presets."""
