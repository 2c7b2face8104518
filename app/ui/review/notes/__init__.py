"""Notes: the list beside the picture, marks under the time line, and what they put over the picture."""
