"""How often recaptured photos are told from live ones on a folder of anybody's photos.

`labels` reads what the photos show, `evaluate` runs the pipeline, `figures` counts.
"""
