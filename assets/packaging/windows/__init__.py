"""What Windows asks of a package: an icon, a version, two starters, an installer and a folder that carries its settings along."""
