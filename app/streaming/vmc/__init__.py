"""VMC: the protocol of VTuber programs, OSC messages over UDP."""
