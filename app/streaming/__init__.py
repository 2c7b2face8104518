"""Live out and in: faces on their way to and from other programs, over UDP and WebSocket."""
