"""Pass rates of interactive liveness, for people and for attacks."""
