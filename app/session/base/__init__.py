"""What the other rooms of the session stand on: state, jobs, sides, player, voices, emotion."""
