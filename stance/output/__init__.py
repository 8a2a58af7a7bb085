"""Room 5: codings to files, tables and pages."""
