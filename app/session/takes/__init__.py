"""Takes one after the other: the playlist of a review, and what differs between two of them."""
