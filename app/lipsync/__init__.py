"""Everything that makes a face move: the LipSyncSource interface and its sources."""
