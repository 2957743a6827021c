"""Tests against nothing but values: no cluster, no network, no clock, seconds in total."""
