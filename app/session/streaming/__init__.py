"""What is shown, on its way to other programs."""
