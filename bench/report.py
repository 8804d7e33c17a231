"""The table: each figure next to its floor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure. `floor` is its lower bound, measured in the same run; `of` says what the floor is."""

    what: str
    value: float
    unit: str
    floor: float | None = None
    of: str = ""

    def cells(self) -> tuple[str, ...]:
        value = f"{self.value:.1f} {self.unit}"
        if self.floor is None:
            return self.what, value, "", "", self.of
        ratio = f"{self.value / self.floor:.2f}" if self.floor else ""
        return self.what, value, f"{self.floor:.1f} {self.unit}", ratio, self.of


def print_table(rows: list[Row]) -> None:
    cells = [("what", "measured", "floor", "ratio", "the floor is"), *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for what, value, floor, ratio, of in cells:
        print(
            f"{what:<{widths[0]}}  {value:>{widths[1]}}  {floor:>{widths[2]}}  {ratio:>{widths[3]}}  {of}".rstrip()
        )
