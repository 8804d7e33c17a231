"""The second teaching: the last layer of attributes.onnx anew, with what the first one had not seen.

python -m training.attributes.further teaches, measures and writes; with --measure it only measures, the first network
and three that know neither a third of the people, a set nor three kinds of objects. `faces` selects the faces,
`objects`, `worn` and `textures` draw on them, `material` joins labels, people and pictures, `first` is the network of
the first teaching, `last` its last layer, `teach` and `export` make the second, `judge` and `crowd` measure, and `card`
says it all.
"""
