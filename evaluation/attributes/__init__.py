"""Error rates of the face attributes on a folder of your own photos, and the calibration of their rates.

`labels` reads the ground truth, `answers` runs the pipeline, `figures` computes error rates, `report` writes the
results.
"""
