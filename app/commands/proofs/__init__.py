"""What ``--smoke-test`` does."""
