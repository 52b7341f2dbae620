"""The interactive documentation in a browser, from registration to the first task."""

import json
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.clients.walkthroughs import operations
from tests.serving import PASSWORD, Api


def open_operation(page: Page, tag: str, operation_id: str) -> Locator:
    """Expand an operation in Swagger UI; the id of its element contains its tag and operationId."""
    operation = page.locator(f"[id='operations-{tag.replace(' ', '_')}-{operation_id}']")
    operation.locator(".opblock-summary-control").click()
    return operation


def execute(operation: Locator, body: dict[str, Any] | None = None) -> Any:
    """Enter the body if it is given, and click Execute; returns the response body as JSON."""
    if body is not None:
        operation.locator("textarea.body-param__text").fill(json.dumps(body))
    with operation.page.expect_response(lambda response: "/api/v1/" in response.url) as caught:
        operation.get_by_role("button", name="Execute").click()
    shown = operation.locator(".live-responses-table .response-col_status")
    expect(shown.last).to_contain_text(str(caught.value.status))
    assert caught.value.ok, caught.value.text()
    return caught.value.json()


def authorize(page: Page, token: str) -> None:
    """Enter the token in the Authorize dialog."""
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    scheme = dialog.locator(".auth-container").filter(has_text="bearerAuth")
    scheme.locator("input").fill(token)
    scheme.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").first.click()


def expect_authorized(page: Page) -> None:
    expect(page.get_by_role("button", name="Authorize").first).to_have_class("btn authorize locked")


def test_new_user_creates_first_task(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.url}/docs")
    visit.save_screenshot("1-docs")
    credentials = {"email": f"newcomer-{uuid4()}@example.com", "password": PASSWORD}
    execute(
        registration := open_operation(page, "Users", "registerUser"), {**credentials, "name": "Newcomer"}
    )
    visit.save_screenshot("2-registered", registration)
    execute(open_operation(page, "Auth", "logIn"), credentials)
    expect_authorized(page)
    created = execute(creation := open_operation(page, "Tasks", "createTask"), {"title": "Water the plants"})
    visit.save_screenshot("3-task-created", creation)
    listed = execute(listing := open_operation(page, "Tasks", "listTasks"))
    visit.save_screenshot("4-task-listed", listing)
    assert [task["id"] for task in listed["items"]] == [created["id"]]
    visit.assert_no_errors()


def test_entered_token_survives_reload(visit: Visit, shared_api: Api) -> None:
    user_id, signed_in = shared_api.sign_up(f"paster-{uuid4()}@example.com")
    visit.page.goto(f"{visit.url}/docs")
    authorize(visit.page, signed_in.token)
    visit.page.reload()
    expect_authorized(visit.page)
    showing = open_operation(visit.page, "Users", "getUser")
    showing.get_by_placeholder("user_id").fill("me")
    assert execute(showing)["id"] == user_id
    visit.save_screenshot("5-authorized-after-reload", showing)
    visit.assert_no_errors()


def test_redoc_shows_every_operation(visit: Visit, shared_api: Api) -> None:
    document = shared_api.send("GET", "/openapi.json").json()
    visit.page.goto(f"{visit.url}/redoc")
    expect(visit.page.get_by_role("heading", name=document["info"]["title"])).to_be_visible()
    for method, path in operations(document):
        operation_id = document["paths"][path][method.lower()]["operationId"]
        expect(visit.page.locator(f"a[href$='/operation/{operation_id}']").first).to_be_attached()
    visit.save_screenshot("6-redoc")
    visit.assert_no_errors()
