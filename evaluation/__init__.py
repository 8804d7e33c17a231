"""Error rates of the shipped face pipeline on a folder of anybody's photos. Never deployed, never imported by what is.

From the photos to the report: `collection` reads the folder, `embeddings` runs the pipeline, `trials` pairs the images,
`figures` counts the errors with the help of `metrics`, `report` writes down what came out, with `plot` and `sheets`.
"""
