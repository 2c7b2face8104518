"""What a program needs that runs on other people's machines: logs, reports of errors, and cleaning up. No Qt."""
