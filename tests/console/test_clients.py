"""Client keys: created on the page, and used for signing in the browser."""

from tests.console.browsing import Open, await_result, put, visit


def keys_of(page, rights: str, name: str = "till") -> tuple[str, str]:
    """Create a client with these permissions on the page."""
    page.get_by_role("button", name="New client").click()
    page.get_by_role("textbox", name="Name").fill(f"{name}-{rights}")
    page.get_by_role("combobox", name="May").select_option(rights)
    page.get_by_role("dialog").get_by_role("button", name="New client").click()
    shown = page.locator(".secret dd")
    shown.nth(1).wait_for()
    key_id, secret = shown.all_inner_texts()
    page.get_by_role("button", name="Close").click()
    return key_id, secret


def sign_in(page, key_id: str, secret: str) -> None:
    page.get_by_role("button", name="Use other keys").click()
    page.get_by_label("AccessKeyId").fill(key_id)
    page.get_by_label("AccessKeySecret").fill(secret)
    page.get_by_role("button", name="Sign in").click()


def test_a_read_only_key_signs_in_the_browser_and_sees_what_it_may_do(opened: Open, photos):
    page = opened("clients")
    key_id, secret = keys_of(page, "read")
    sign_in(page, key_id, secret)
    page.get_by_role("button", name="Sign out").wait_for(timeout=30_000)
    assert page.locator(".who-id").inner_text() == key_id

    asked = []
    page.on("request", lambda request: asked.append(request))
    visit(page, "compare")
    put(page, "First picture", photos / "obama.jpg")
    put(page, "Second picture", photos / "biden.jpg")
    await_result(page, page.get_by_text("Different people", exact=True))
    (compared,) = [each for each in asked if each.headers.get("x-acs-action") == "CompareFaces"]
    assert compared.headers["authorization"].startswith(f"ACS3-HMAC-SHA256 Credential={key_id}")
    assert not any(secret in f"{each.url} {each.headers} {each.post_data}" for each in asked)

    visit(page, "library")
    page.get_by_text("Nobody is enrolled yet").wait_for()
    assert page.get_by_role("button", name="Add persons").count() == 0
    visit(page, "liveness")
    page.get_by_role("button", name="One photo").wait_for()
    assert page.get_by_role("button", name="With the camera").count() == 0
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use other keys").wait_for()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_wrong_key_is_explained(opened: Open):
    page = opened()
    sign_in(page, "LTAInobody", "wrong")
    page.get_by_text("There is no such AccessKeyId.").wait_for()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_wrong_secret_is_explained(opened: Open, stack):
    page = opened()
    sign_in(page, stack.client.id, "wrong")
    page.get_by_text("The AccessKeySecret does not fit the AccessKeyId.").wait_for()


def test_a_client_is_limited_gets_a_new_secret_and_is_disabled(opened: Open):
    page = opened("clients")
    keys_of(page, "compare")
    page.get_by_role("button", name="Limits of till-compare").click()
    page.get_by_label("Requests a second").fill("20")
    page.get_by_role("button", name="Save").click()
    entry = page.get_by_role("listitem").filter(has_text="till-compare")
    entry.get_by_text("20 a second").wait_for()
    page.get_by_role("button", name="New secret for till-compare").click()
    page.locator(".secret dd").nth(1).wait_for()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Disable till-compare").click()

    entry.get_by_text("disabled").wait_for()
