"""Makes and measures the calibration of similarities: kinds.npz, calibration.json and the tables of accuracy."""
