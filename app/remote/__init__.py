"""The engine behind a socket: wire format, server, clients of our server, of VisemeSync's bridge and of NVIDIA's NIM."""
