"""The second training: the last layer of attributes.onnx again, with pictures that the first training lacked.

python -m training.attributes.further trains, measures and writes. With --measure it only measures the first network and
three second ones, each trained without a third of the people, one set and three kinds of objects. `faces` selects the
faces, `objects`, `worn` and `textures` draw on them, `material` joins labels, people and pictures, `first` runs the
layers below the last, `last` holds the last layer, `teach` and `export` make the second one, `judge` and `crowd`
measure, and `card` writes the results.
"""
