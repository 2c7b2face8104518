"""Dialogue tables: lines to speak or recordings to animate, a row each, and the characters who say them."""
