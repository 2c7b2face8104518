"""What runs the networks: onnxruntime everywhere, torch on cards; and the graphs that onnxruntime runs."""
