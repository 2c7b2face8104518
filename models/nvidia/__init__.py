"""NVIDIA Audio2Face-3D bundles: loader, network engines, animator and blendshape solver. Knows nothing of the app.

The weights are the user's own download; nothing of NVIDIA's is shipped. Format and maths: docs of the bundle layout
(versions 2.3, 2.3.1 regression; 3.0 diffusion; Audio2Emotion).
"""
