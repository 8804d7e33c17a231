import re

from tests.console.browsing import Open


def test_the_figures_of_the_stack_are_shown(opened: Open):
    page = opened("health")
    page.get_by_text("Persons").first.wait_for()

    names, values = (page.locator(f".figures {kind}").all_inner_texts() for kind in ("dt", "dd"))
    figures = dict(zip(names, values, strict=True))
    assert int(figures["Persons"]) >= 2 and int(figures["Groups"]) >= 1 and figures["Waiting"].isdecimal()
    assert re.search(r"20\d\d", figures.get("Last packed", "2026")), figures
    for name in ("Waiting", "Given up"):
        table = page.get_by_role("region", name=name)
        assert table.get_by_role("row").count() == 4
        assert table.get_by_role("row", name=re.compile(r"^Callbacks \d+$")).is_visible()
