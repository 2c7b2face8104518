"""Keys of cloud services: from the environment or the system's keyring; never in a file, a log or a sentence."""
