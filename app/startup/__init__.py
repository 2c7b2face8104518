"""The first moments: what happens before anything heavy is read, so that something is seen at once. No Qt at import."""
