"""Mouths that are drawn: alphabets of shapes, which shape is seen, and motion made of few shapes."""
