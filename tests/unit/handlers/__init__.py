"""Unit tests of the Slack listeners and what they hand over to."""
