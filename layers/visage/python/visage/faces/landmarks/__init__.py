"""The mesh of a face and what follows from it: lids, pose, turns."""
