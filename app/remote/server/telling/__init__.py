"""What operators are told beside figures and logs: the state of the cards, and traces of voices."""
