"""Motion in glTF's files: on a copy of an avatar, read back from any, and as VRM's animations."""
