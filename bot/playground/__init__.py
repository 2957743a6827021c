"""The playground: a fictional cluster to try Unshim on without Slack and without a cluster."""
