"""What comes here: a dialogue by voice, with what was heard, what is answered, who speaks now, and what it costs."""
