"""Faces on their way to and from other programs: who gets them, who sends them, and how well that goes."""
