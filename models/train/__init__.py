"""Rebuilds the app's own Audio2Face weights: corpus, teacher, training and evaluation (see README.md in this folder)."""
