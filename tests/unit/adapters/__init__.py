"""What the adapters make of bytes and data files."""
