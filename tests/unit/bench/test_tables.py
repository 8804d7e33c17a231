"""The tables of docs/performance.md."""

from bench.figures import Figure, Result
from bench.tables import BEGIN, END, write

ROW = Figure("two photos", 66.77, "ms", 60, 51.0, "its networks", 1.3, goal=1.15)
PART_OF_IT = Figure("  of it: decode", 2.8, "ms", 60)


def result(part: str, *figures: Figure) -> Result:
    return Result(part, list(figures), date="2026-11-29", machine="a processor")


def test_a_table_is_put_between_the_marks_and_says_what_is_missed(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text(f"before\n\n{BEGIN}\n{END}\n\nafter\n")
    write([result("compare", ROW, PART_OF_IT)], document)
    text = document.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n")
    assert "| two photos | 66.8 ms | 51 ms | **1.30** | 1.15, missed | 60 | its networks |" in text
    assert "| … of it: decode | 2.8 ms |  |  |  | 60 |  |" in text


def test_tables_of_parts_that_were_not_measured_stay_and_all_are_in_the_order_of_the_parts(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text(f"{BEGIN}\n{END}\n")
    write([result("sizes", PART_OF_IT)], document)
    write([result("compare", ROW)], document)
    write([result("large", ROW), result("peer")], document)
    titles = [line.split(":")[0] for line in document.read_text().splitlines() if line.startswith("### ")]
    assert titles == ["### compare", "### large", "### sizes"]
    again = document.read_text()
    write([result("large", ROW)], document)
    assert document.read_text() == again
