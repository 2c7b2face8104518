"""Notes that go to other programs and people, and those that come back."""
