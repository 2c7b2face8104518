"""The board of lines: its table, how a cell is drawn, and its window."""
