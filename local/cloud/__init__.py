"""The AWS stand-in: moto in its own process, with what moto lacks."""
