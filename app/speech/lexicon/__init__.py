"""The words of the embedded voice: the hibari package, what it knows of them, and how they are pronounced."""
