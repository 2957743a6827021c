"""Tests against a real kube-apiserver and etcd; the server itself is in ``tests.integration.apiserver``."""
