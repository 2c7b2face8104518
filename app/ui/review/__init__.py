"""Reviewing in the window: what comes here are the takes that were kept, notes on them, and the page that is handed to others."""
