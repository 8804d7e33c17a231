"""How layers/models/trained/recapture.onnx was made: python -m training.liveness; never deployed.

From the images to the network: `photos` names images and who is on them, `faces` finds the faces, `simulate` takes
pictures of pictures, `chips` cuts out what the network is shown, `samples` says who is held back, `augment` varies it,
`network` is the network, `fit` teaches it, `export` writes it down, `card` what came out.
"""
