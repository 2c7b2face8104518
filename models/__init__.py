"""Importable torch package for Audio2Face: knows nothing of app."""
