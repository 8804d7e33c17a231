"""Trains layers/models/trained/attributes.onnx: python -m training.attributes; never deployed.

From images to network: `samples` selects images, labels and the held-back people, `chips` crops the faces with the
shipped code, `teachers` label what people did not, `augment` varies the inputs, `network` defines the network, `fit`
trains and calibrates it, `card` writes the results.
"""
