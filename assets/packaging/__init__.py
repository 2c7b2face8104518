"""How the program is packed into a folder that needs no Python: ``run.py build`` (docs/packaging.md). None of this is shipped."""
