"""``nim:HOST:PORT``: NVIDIA's Audio2Face-3D microservice as a source."""
