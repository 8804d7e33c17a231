"""How often the face attributes are right on a folder of anybody's photos, and how far their rates can be trusted.

`labels` reads what the photos show, `answers` runs the pipeline, `figures` counts, `report` writes down what came out.
"""
