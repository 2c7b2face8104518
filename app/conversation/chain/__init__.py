"""The chain behind one ``Dialogue``: a recogniser, a chat model and a voice, one after the other and at the same time."""
