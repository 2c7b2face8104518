"""``remote:URL``: our server, or VisemeSync's bridge, as a source and as a listener."""
