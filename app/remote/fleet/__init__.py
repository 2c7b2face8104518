"""Several servers behind one address: worker processes, HAProxy in front of them, and a supervisor that no stream passes through."""
