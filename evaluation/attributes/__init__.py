"""Error rates of the face attributes on a folder of your own photos, and whether their rates can be trusted.

`labels` reads the ground truth, `answers` runs the pipeline, `figures` computes error rates, `report` writes the
results.
"""
