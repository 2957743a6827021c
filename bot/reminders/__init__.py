"""From an occurrence to a post: claimed in the post ledger, sent once, and what became of it written down."""
