"""Slack listeners: parse, ask the service, render. They hold no decisions of their own."""
