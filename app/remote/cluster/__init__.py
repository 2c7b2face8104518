"""Beyond one machine: the server as replicas under Ray Serve, and work spread over a cluster's processors (extra ``cluster``)."""
