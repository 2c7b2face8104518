"""Emotion, idle life and the live microphone."""
