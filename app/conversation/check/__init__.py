"""What is wrong with the cloud services: one finding each, one sentence each, for the window and for ``doctor --azure``."""
