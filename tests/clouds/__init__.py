"""Small servers on this machine that speak as the cloud services do, for the real SDKs to talk to."""
