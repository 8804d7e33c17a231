"""Error rates of the shipped face pipeline on a folder of your own photos; never deployed.

From photos to report: `collection` reads the folder, `embeddings` runs the pipeline, `trials` pairs the images,
`figures` computes error rates with `metrics`, and `report` writes the results with `plot` and `sheets`.
"""
