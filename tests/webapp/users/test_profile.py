"""Profiles: one's own, and nobody else's."""

from collections.abc import Callable

import pytest

from tests.webapp.conftest import Person

USERS = "/api/v1/users"


def test_me_stands_for_own_id(ada: Person) -> None:
    by_id = ada.send("GET", f"{USERS}/{ada.user_id}")
    assert (by_id.status_code, by_id.json["email"]) == (200, "ada@example.com")
    assert ada.send("GET", f"{USERS}/me").data == by_id.data


def test_foreign_profile_looks_like_none(register: Callable[..., Person]) -> None:
    ada, eve = register("ada@example.com"), register("eve@example.com")
    foreign = eve.send("GET", f"{USERS}/{ada.user_id}")
    unknown = eve.send("GET", f"{USERS}/01a1fd9e-0000-7000-8000-000000000000")
    assert (foreign.status_code, foreign.json["detail"]) == (404, unknown.json["detail"])


@pytest.mark.parametrize("wrong_id", ["zzz", "ME", "%00", "{}", "me%20"])
def test_malformed_user_id_is_not_found(ada: Person, wrong_id: str) -> None:
    assert ada.send("GET", f"{USERS}/{wrong_id}").status_code == 404
