"""Room 4: gold labels and predictions to numbers that say how sure they are."""
