"""What a client of the server holds open: live streams with what they have not acknowledged, and sessions of the bridge."""
