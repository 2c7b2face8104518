"""What verbs share that concern the cloud services."""
