"""Knowledge as files: to add a vendor, move a date or reword a message, nobody edits Python."""
