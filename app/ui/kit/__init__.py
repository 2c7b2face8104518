"""What every panel is made of: theme, icons, banners, tabs, rows of numbers, shape names."""
