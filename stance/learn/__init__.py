"""Learning one task from its rows: what it reads, how it is chosen, who teaches it."""
