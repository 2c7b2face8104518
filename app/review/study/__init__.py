"""Blind rating studies: which source looks better to people who do not know which is which."""
