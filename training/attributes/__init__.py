"""How layers/models/trained/attributes.onnx was made: python -m training.attributes; never deployed.

From the images to the network: `samples` names images, their labels and who is held back, `chips` cuts the faces out
with the shipped code, `teachers` ask other networks where people said nothing, `augment` varies what the network sees,
`network` is the network, `fit` teaches and calibrates it, `card` writes down what came out.
"""
