"""Tests of questions and their answers, without looks."""
