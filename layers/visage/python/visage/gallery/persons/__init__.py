"""Persons, their groups and faces: rows of the table, and images in S3."""
