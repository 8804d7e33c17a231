"""What a part of the torture found: figures with their numbers, and examples of what must not be."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Row:
    """One figure."""

    what: str
    """What was tried."""
    tried: int
    """How often."""
    bad: int = 0
    """How often it went as it must not."""
    figure: str = ""
    """Whatever else was measured."""
    examples: list[str] = field(default_factory=list)
    """Of what was bad: a few, to be repeated with the seed."""

    @property
    def holds(self) -> bool:
        return self.bad == 0

    def blame(self, example: str) -> None:
        self.bad += 1
        if len(self.examples) < 5:
            self.examples.append(example[:600])
