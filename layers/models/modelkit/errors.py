"""What the build tells its user."""


class BuildError(Exception):
    """The build cannot go on; the message is one sentence that says why and, where possible, what to do."""
