"""From a finding to what mends it."""
