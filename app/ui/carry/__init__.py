"""What came along to another sound, and what has no place there."""
