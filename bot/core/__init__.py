"""Decisions about values: no network, no file, no clock, no environment, no logging.

Whatever happens here can be tested with plain values; ``now`` and everything read arrive as arguments.
"""
