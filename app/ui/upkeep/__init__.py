"""What the window does about errors that nobody foresaw, about where things are kept, and about files that a second start hands over."""
