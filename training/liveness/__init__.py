"""How layers/models/trained/recapture.onnx was made: python -m training.liveness; never deployed.

From images to network: `photos` lists images and who is on them, `faces` finds the faces, `simulated` renders
recaptured photos, `chips` crops the network's inputs, `samples` selects the held-back people, `augment` varies the
inputs, `network` defines the network, `fit` trains it, `export` and `card` write the results. The wing `pupil` trains
the second network, which is weighed with this one. `across` measures both on sources that they never saw; for that
`folds` teaches them anew without a source.
"""
