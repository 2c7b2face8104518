"""The engine and the voices that it animates: in a process of its own, watched over."""
