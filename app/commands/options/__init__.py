"""What options of several verbs mean."""
