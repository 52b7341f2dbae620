"""The front door as a newcomer meets it: the documentation in a browser, from registration to a task."""

import json
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.clients.walkthroughs import operations
from tests.serving import PASSWORD, Api


def unfold(page: Page, tag: str, operation_id: str) -> Locator:
    """Open an operation of Swagger UI, which gives each one an id of its tag and operationId."""
    operation = page.locator(f"[id='operations-{tag.replace(' ', '_')}-{operation_id}']")
    operation.locator(".opblock-summary-control").click()
    return operation


def execute(operation: Locator, body: dict[str, Any] | None = None) -> Any:
    """Press Execute, with this body where there is one; returns what the API answered."""
    if body is not None:
        operation.locator("textarea.body-param__text").fill(json.dumps(body))
    with operation.page.expect_response(lambda response: "/api/v1/" in response.url) as caught:
        operation.get_by_role("button", name="Execute").click()
    shown = operation.locator(".live-responses-table .response-col_status")
    expect(shown.last).to_contain_text(str(caught.value.status))
    assert caught.value.ok, caught.value.text()
    return caught.value.json()


def authorize(page: Page, token: str) -> None:
    """Paste the token once, in the dialogue behind the button with the lock."""
    page.get_by_role("button", name="Authorize").first.click()
    dialogue = page.locator(".dialog-ux")
    scheme = dialogue.locator(".auth-container").filter(has_text="bearerAuth")
    scheme.locator("input").fill(token)
    scheme.get_by_role("button", name="Apply credentials").click()
    dialogue.get_by_role("button", name="Close").first.click()


def expect_authorized(page: Page) -> None:
    expect(page.get_by_role("button", name="Authorize").first).to_have_class("btn authorize locked")


def test_newcomer_gets_to_first_task(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.url}/docs")
    visit.photograph("1-docs")
    proof = {"email": f"newcomer-{uuid4()}@example.com", "password": PASSWORD}
    execute(registration := unfold(page, "Users", "registerUser"), {**proof, "name": "Newcomer"})
    visit.photograph("2-registered", registration)
    execute(unfold(page, "Auth", "logIn"), proof)
    expect_authorized(page)
    created = execute(creation := unfold(page, "Tasks", "createTask"), {"title": "Water the plants"})
    visit.photograph("3-task-created", creation)
    listed = execute(listing := unfold(page, "Tasks", "listTasks"))
    visit.photograph("4-task-listed", listing)
    assert [task["id"] for task in listed["items"]] == [created["id"]]
    visit.assert_undisturbed()


def test_pasted_token_survives_reload(visit: Visit, shared_api: Api) -> None:
    user_id, signed_in = shared_api.sign_up(f"paster-{uuid4()}@example.com")
    visit.page.goto(f"{visit.url}/docs")
    authorize(visit.page, signed_in.token)
    visit.page.reload()
    expect_authorized(visit.page)
    showing = unfold(visit.page, "Users", "getUser")
    showing.get_by_placeholder("user_id").fill("me")
    assert execute(showing)["id"] == user_id
    visit.photograph("5-authorized-after-reload", showing)
    visit.assert_undisturbed()


def test_redoc_shows_every_operation(visit: Visit, shared_api: Api) -> None:
    document = shared_api.send("GET", "/openapi.json").json()
    visit.page.goto(f"{visit.url}/redoc")
    expect(visit.page.get_by_role("heading", name=document["info"]["title"])).to_be_visible()
    for method, path in operations(document):
        operation_id = document["paths"][path][method.lower()]["operationId"]
        expect(visit.page.locator(f"a[href$='/operation/{operation_id}']").first).to_be_attached()
    visit.photograph("6-redoc")
    visit.assert_undisturbed()
