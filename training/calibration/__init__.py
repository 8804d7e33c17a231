"""How the calibration of similarities is made and measured: kinds.npz, calibration.json and the tables of accuracy."""
