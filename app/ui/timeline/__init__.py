"""Time from left to right: axis, waveform, phones, transport."""
