"""Room 5: numbers to pages."""
