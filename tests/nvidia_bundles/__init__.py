"""Made-up bundles and networks of NVIDIA's layout, for tests and benchmarks; nothing of the program imports them."""
