"""Room 2: units to vectors with named columns."""
