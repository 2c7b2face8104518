"""Build-time code that makes the bundled avatars from CC0 MakeHuman data; the app never imports it."""
