"""The program as a process, against the Slack simulator: start, serve, break, stop."""
