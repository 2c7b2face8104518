"""What is written: projects, films, tracks; findings; idle life."""
