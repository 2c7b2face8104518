"""Head, gaze, lids and breath that belong to what is said: nods on accents, looks at phrase ends, blinks and breaths at pauses."""
