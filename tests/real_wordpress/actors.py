"""Who acts on the site in a test: Loa with its connector, a person in wp-admin, and strangers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from connectors.conformance import Step, Trouble
from connectors.contract import Job
from connectors.errors import NotSent, Unknown
from connectors.http import Answer, Http
from tests.connectors.wordpress.harness import Desk
from tests.real_wordpress.site import Site

JSON = {"Content-Type": "application/json; charset=UTF-8"}
HTML = {"Content-Type": "text/html"}


class Line(Http):
    """The line to the site; `once` lets something happen to the next calls that match."""

    def __init__(self) -> None:
        super().__init__(proxies={})
        self.calls = 0
        self._waiting: list[tuple[str, str, Callable[..., Answer]]] = []

    def once(self, method: str, ending: str, act: Callable[..., Answer], *, times: int = 1) -> None:
        """`act` is given a function that makes the real call, with changed options if it likes."""
        self._waiting += [(method, ending, act)] * times

    def call(self, method: str, url: str, **options: Any) -> Answer:  # type: ignore[override]
        self.calls += 1

        def really(**changed: Any) -> Answer:
            return super(Line, self).call(method, url, **{**options, **changed})

        for waiting in self._waiting:
            if waiting[0] == method and _matches(url, waiting[1]):
                self._waiting.remove(waiting)
                return waiting[2](really)
        return really()


class Office(Desk):
    """A unit with an author of its own on the real site; also `connectors.conformance.Harness`."""

    troubles: frozenset[Trouble] = frozenset(
        {
            *("error_after_accept", "cut_after_accept", "cut_before", "html", "empty", "truncated"),
            *("wrong_types", "throttled", "auth_lost"),
        }
    )

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.user = f"loa-{secrets.token_hex(4)}"
        self.password = self.php(f"""
            $id = wp_insert_user(['user_login' => '{self.user}', 'user_pass' => wp_generate_password(),
                                  'user_email' => '{self.user}@example.test', 'role' => 'author']);
            echo WP_Application_Passwords::create_new_application_password($id, ['name' => 'Loa'])[0];
        """)
        self.line = Line()
        login = {"user": self.user, "app_password": self.password}
        settings = {"base_url": site.url}
        super().__init__(folder, self.line, _now, settings, login, prefix=secrets.token_hex(8))
        self.secrets = (self.user, self.password)

    def close(self) -> None:
        self.line.close()

    def php(self, code: str) -> str:
        """A person in wp-admin, or the site itself."""
        return self.site.php(code)

    def rest(self, method: str, path: str, **request: Any) -> Any:
        """The API without Loa's code between."""
        url = f"{self.site.url}/?rest_route=/wp/v2/{path}"
        answer = requests.request(method, url, auth=(self.user, self.password), timeout=30, **request)
        answer.raise_for_status()
        return answer.json()

    def rows(self, job: Job) -> list[dict[str, Any]]:
        """What the database itself holds of a delivery, revisions aside, the oldest first."""
        statement = (
            "SELECT ID, post_status, post_name FROM $wpdb->posts"
            f" WHERE post_type = 'post' AND post_content LIKE '%loa:{job.marker}%' ORDER BY ID"
        )
        told = self.php(f'global $wpdb; echo json_encode($wpdb->get_results("{statement}"));')
        found: list[dict[str, Any]] = json.loads(told)
        return found

    def number(self, job: Job) -> int:
        (row,) = self.rows(job)
        return int(row["ID"])

    def now(self) -> datetime:
        return _now()

    def public(self, job: Job) -> int:
        """As a stranger finds it."""
        url = f"{self.site.url}/?rest_route=/wp/v2/posts&search=loa:{job.marker}"
        listed = requests.get(url, timeout=30).json()
        return sum(f"loa:{job.marker}" in post["content"]["rendered"] for post in listed)

    def hidden(self, job: Job) -> int:
        return sum(row["post_status"] == "draft" for row in self.rows(job))

    def traffic(self) -> int:
        return self.line.calls

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        method, ending = {"prepare": ("POST", "posts"), "reveal": ("POST", "posts/N"), "read": ("GET", "")}[
            step
        ]
        act = _TROUBLES[trouble]
        self.line.once(method, ending, _of_a_look(act) if step == "read" else act, times=times)


def _matches(url: str, ending: str) -> bool:
    path = url.partition("wp/v2/")[2].strip("/")
    if ending == "":
        return True
    if ending.endswith("/N"):
        return path.startswith(ending[:-1]) and path[len(ending) - 1 :].isdigit()
    return path == ending


def _now() -> datetime:
    return datetime.now(UTC)


def _of_a_look(act: Callable[..., Answer]) -> Callable[..., Answer]:
    """As `connectors.http` says it of a request that creates nothing: there is no doubt to settle."""

    def done(really: Callable[..., Answer]) -> Answer:
        try:
            return act(really)
        except Unknown as error:
            raise NotSent(error.code, error.detail) from None

    return done


def _cut_after(really: Callable[..., Answer]) -> Answer:
    really()
    raise Unknown("net:no-answer", "cut by the test")


def _cut_before(_: Callable[..., Answer]) -> Answer:
    raise Unknown("net:no-answer", "cut by the test")


def _failed_after(really: Callable[..., Answer]) -> Answer:
    really()
    return _said(500, {"code": "internal_server_error", "message": "critical error", "data": {"status": 500}})


def _answers(status: int, body: bytes, headers: dict[str, str]) -> Callable[..., Answer]:
    return lambda _: Answer(status, headers, body)


def _said(status: int, body: Any) -> Answer:
    return Answer(status, JSON, json.dumps(body).encode())


_TROUBLES: dict[Trouble, Callable[..., Answer]] = {
    "error_after_accept": _failed_after,
    "cut_after_accept": _cut_after,
    "cut_before": _cut_before,
    "html": _answers(502, b"<h1>502 Bad Gateway</h1>", HTML),
    "empty": _answers(200, b"", {}),
    "truncated": _answers(200, b'{"id":12', JSON),
    "wrong_types": _answers(200, b'{"id":"12","status":7,"namespaces":"x"}', JSON),
    "throttled": _answers(429, b"slow down", {**HTML, "Retry-After": "30"}),
    "auth_lost": lambda _: _said(
        401, {"code": "rest_not_logged_in", "message": "You are not logged in.", "data": {"status": 401}}
    ),
}
