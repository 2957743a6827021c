"""How the tables came about, for alembic: ``versions`` holds one file a change, never edited once released.

To add one: change ``tables.py`` and write ``versions/vNNNN_what.py`` by hand; a test compares the two.
"""
