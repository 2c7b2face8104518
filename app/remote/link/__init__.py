"""What every far source needs, whatever it speaks: addresses, keys, the state of the way there, and frames at the wanted rate."""
