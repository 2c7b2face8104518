"""The main window: actions, files, frame loop, status, what is remembered."""
