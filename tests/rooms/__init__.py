"""Made-up rooms with a loudspeaker and a microphone, for tests and benchmarks; nothing of the program imports them."""
