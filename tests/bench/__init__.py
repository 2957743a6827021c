"""The budgets of the program, measured in processes of their own: ``make bench``.

__main__   the command: sizes, the API servers, the exit code
plan       how much is measured, by the size of the run
rows       what is measured of reading once, and the budgets of that
worker     what a fresh process does: a first full read, a bare download, the official client's list
live_rows  what is measured of the live view, and the budgets of that; held_rows: of one at rest
watcher    a process that holds the live view and answers; held: the other end of it
stream     a recorded stream and its replay, a bare watch, and the API server's audit log
measure    runs a command in a process and returns its time, peak memory and output
peak       the small parent of such a process
table      rows of measurements as plain text, judged by their budgets
"""
