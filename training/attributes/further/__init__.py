"""The second training of attributes.onnx, with pictures that the first one lacked: its last layer again, and layers of
their own for masks.

python -m training.attributes.further trains, measures and writes. With --measure it only measures the first network and
three second ones, each trained without a third of the people, one set and seven kinds of objects. `faces` selects the
faces, `material` joins labels and people, `drawn` draws, `pictures` keeps what is drawn, `first` and `shown` run the
first network below its last layer, `last` and `teach` are the last layer and its training, `upper_layers` and `upper`
those for masks, `taught` both, `export` the file. `judge`, `measured` and `crowd` measure, `card` writes the results.
"""
