"""How emotions are called and coloured in the window."""

from __future__ import annotations

from types import MappingProxyType

from app.core.emotion import EMOTIONS, EmotionKey

#: readable names
WORDS = MappingProxyType({name: "Out of breath" if name == "outofbreath" else name.capitalize() for name in EMOTIONS})
#: one hue each, equally light; warm ones for what is agitated, cold ones for what is not
COLOURS = MappingProxyType({
    "amazement": "#d9b45b", "anger": "#d9746a", "cheekiness": "#d98fc0", "disgust": "#a3b35a", "fear": "#9d8fdc",
    "grief": "#6f93c9", "joy": "#e0a15f", "outofbreath": "#6fb7b0", "pain": "#c97f94", "sadness": "#71a6d8",
})  # fmt: skip


def summary(key: EmotionKey) -> str:
    """A key in a few words: ``Joy 0.6, Fear 0.2``."""
    felt = [(weight * key.strength, name) for name, weight in zip(EMOTIONS, key.weights, strict=True) if weight * key.strength >= 0.005]
    return ", ".join(f"{WORDS[name]} {weight:.2f}" for weight, name in sorted(felt, reverse=True)) or "Neutral"
