"""The streaming protocol ``/v1/stream`` without any socket: what may be said, and its bytes."""
