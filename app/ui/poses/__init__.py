"""The library of poses among the tools, and what is done with them."""
