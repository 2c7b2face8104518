"""What leaves the program as pictures: films' words, stills, sequences and sheets."""
