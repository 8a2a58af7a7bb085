"""Room 3: vectors to scores, probabilities, labels and evidence."""
