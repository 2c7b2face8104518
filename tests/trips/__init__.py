"""Round trips of every format that can be written: what is lost on the way out and back, measured, for the table in docs/formats.md."""
