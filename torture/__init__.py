"""`make torture`: what the project is hard against, as figures. Each part is `run(seed, seconds)`, and gives rows."""
