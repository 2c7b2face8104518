"""Whose work is in the program, and under which licences: for Help > About, and for the file that goes with every package."""
