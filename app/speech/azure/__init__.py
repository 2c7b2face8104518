"""Voices of Azure's Speech service: sound, mouth shapes, blendshapes and word times, as they arrive."""
