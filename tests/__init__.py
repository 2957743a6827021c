"""Tests. Shared builders of Kubernetes objects are in ``tests.factories``."""
