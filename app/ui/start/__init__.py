"""The first moments of the window: the application, and what is seen before the window is there. Light: read before everything else."""
