"""The lanes of words and phones in the time line: what is said when, and the hand that moves it."""
