"""Motion inside the files of 3D programs: glTF, USD, VRM, scripts."""
