"""What comes here: takes kept for review, notes on them, fixes that are proposed, and the package that is handed off."""
