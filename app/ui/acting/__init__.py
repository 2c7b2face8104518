"""Acting: head, eyes and breath that belong to the line, in a panel among the tools."""
