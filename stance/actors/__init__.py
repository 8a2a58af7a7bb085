"""Room 1 and 6: actors named in texts, and how they are presented."""
