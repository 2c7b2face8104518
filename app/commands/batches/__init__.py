"""What the verb batch is made of: the book of what was made, the processes, the work of one of them."""
