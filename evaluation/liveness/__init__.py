"""Error rates of recapture detection on a folder of your own photos.

`labels` reads the ground truth, `evaluate` runs the pipeline, `figures` computes error rates.
"""
