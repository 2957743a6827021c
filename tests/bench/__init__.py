"""The budgets of the program, measured in processes of their own: ``make bench``.

read_cluster   the command: sizes, the API server, the exit code
rows           what is measured, and the budgets
worker         what a fresh process does: a first full read, a bare download, the official client's list
measure        runs a command in a process and returns its time, peak memory and output
peak           the small parent of such a process
table          rows of measurements as plain text, judged by their budgets
"""
