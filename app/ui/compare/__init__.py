"""Two or three sides beside each other, and their differences in numbers."""
