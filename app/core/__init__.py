"""Pure data and mathematics of the project: numpy only, no I/O, no Qt, no torch."""
