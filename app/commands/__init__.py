"""What each verb of the command line does; one module per verb, each with ``run(options) -> exit status``."""
