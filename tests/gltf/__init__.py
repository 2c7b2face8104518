"""Small glTF files that tests make themselves."""
