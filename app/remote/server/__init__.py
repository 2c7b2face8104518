"""The server: VisemeSync's contract and a streaming protocol of our own, over one engine (docs/server.md)."""
