"""Beyond one machine: workers of the server placed by Ray, and work spread over a cluster's processors (extra ``cluster``)."""
