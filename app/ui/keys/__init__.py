"""Keys and places of the cloud services."""
