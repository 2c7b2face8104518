"""When words and phones are spoken, as a hand changes it."""
