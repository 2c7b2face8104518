"""What of an avatar drives what, mapped by hand where its names do not say it."""
