"""The program from argv to exit code."""
