"""What other programs do with live faces, written without this one: it imports nothing of ``app``."""
