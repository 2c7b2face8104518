"""Films, frames, stills and sheets in the window: what is wanted, and the list of what is drawn."""
