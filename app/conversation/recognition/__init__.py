"""Sound in, words out: the recognisers, and what they need to know when somebody speaks."""
