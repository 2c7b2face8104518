"""From the lanes of words and phones to the session: moving, naming, cutting, each a step that can be taken back."""
