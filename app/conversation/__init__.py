"""The conversation: who listens, who answers, who speaks, and what it costs. No Qt here."""
