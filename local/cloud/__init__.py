"""The AWS stand-in: moto in a process of its own, with what moto lacks."""
