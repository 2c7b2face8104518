"""Who answers: Azure OpenAI, whatever speaks like it, or the scripted persona; and how an answer becomes sentences to be spoken."""
