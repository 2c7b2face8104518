"""Lists of mouth shapes with times, read and written."""
