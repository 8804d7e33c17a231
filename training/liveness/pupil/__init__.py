"""How layers/models/trained/recapture_pupil.onnx was made: python -m training.liveness.pupil; never deployed.

Two published networks, the teachers, answer about many photos and about what other cameras would have made of them; a
network of our own learns to answer alike. `variations` makes the photos, `lessons` crops them and asks the teachers,
`network` defines the pupil, `teach` trains it, `answers` asks it and the first network, `weights` weighs what they say,
`export` and `card` write the results, `shipped` reads the pupil back.
"""
