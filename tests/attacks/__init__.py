"""Attacks on a running server of this machine, for its tests and for the table in docs/server.md (``python -m tests.attacks``)."""
