"""What is told about a channel before anything is posted, each trouble by its own sentence."""

from __future__ import annotations

import pytest

from connectors.http import Http
from connectors.wordpress.standing import standing
from content.wording import catalogue, say, use_language
from tests.connectors.wordpress.harness import START, USER, SiteHarness


def problem(harness: SiteHarness) -> str:
    health = harness.connector().health()
    assert not health.ok
    for language in ("vi", "en"):
        use_language(language)
        sentence = say(health.problem, **health.values)
        assert health.problem in catalogue(language)
        assert "{" not in sentence
        assert not any(secret in sentence for secret in harness.secrets)
    return health.problem.removeprefix("wordpress.problems.")


def test_a_sound_site_is_named_with_its_address(harness: SiteHarness):
    health = harness.connector().health()
    assert health.ok
    assert health.name == f"Xã Thống Nhất ({harness.site.url.removeprefix('http://')})"
    assert health.values == {}


def test_a_wrong_password_and_a_wrong_user_look_alike(harness: SiteHarness):
    harness.login = {"user": USER, "app_password": "sai mat khau"}
    assert problem(harness) == "login"
    harness.login = {"user": "khong-co", "app_password": "sai mat khau"}
    assert problem(harness) == "login"


@pytest.mark.parametrize("typed", ["Abcd1234Efgh5678Ijkl9012", " Abcd 1234 Efgh 5678 Ijkl 9012 "])
def test_the_blanks_in_a_password_do_not_matter(harness: SiteHarness, typed: str):
    harness.login["app_password"] = typed
    assert harness.connector().health().ok


@pytest.mark.parametrize(
    ("role", "missing"),
    [
        ("contributor", "publish_posts, upload_files"),
        ("subscriber", "edit_posts, publish_posts, upload_files"),
    ],
)
def test_a_role_with_too_few_rights_is_told_with_what_it_lacks(harness: SiteHarness, role: str, missing: str):
    harness.world.users[USER].role = role
    assert problem(harness) == "rights"
    assert harness.connector().health().values == {"role": role, "missing": missing}


def test_a_site_without_its_api_is_told(harness: SiteHarness):
    harness.world.rest = False
    assert problem(harness) == "no_api"


def test_a_site_that_answers_html_under_its_own_link_is_told(harness: SiteHarness):
    harness.site.fault("html_200", edge="")
    assert problem(harness) == "no_api"


def test_plain_http_is_the_reason_when_passwords_are_not_offered(harness: SiteHarness):
    harness.world.passwords = False
    assert problem(harness) == "passwords_http"


@pytest.mark.parametrize(
    ("home", "expected"),
    [("http://xa.example.gov.vn", "passwords_proxy"), ("https://xa.example.gov.vn", "passwords_off")],
)
def test_behind_https_the_proxy_or_a_plug_in_is_the_reason(home: str, expected: str):
    class Index:
        site_time = None

        def clean(self, text):
            return text

        def read(self, path, **_):
            assert path == ""
            return {"namespaces": ["wp/v2"], "home": home, "authentication": []}

    from connectors.wordpress.settings import Settings

    settings = Settings("https://xa.example.gov.vn", "u", "p", (), True)
    assert standing(Index(), settings, START).problem == f"wordpress.problems.{expected}"


def test_a_clock_that_is_wrong_is_a_warning(harness: SiteHarness, clock):
    harness.world.now = lambda: START
    clock.advance(minutes=1)
    assert harness.connector().health().values == {}
    clock.advance(minutes=9)
    health = harness.connector().health()
    assert health.ok
    assert "10 phút" in str(health.values["warning"])


def test_a_category_that_lacks_is_a_warning(harness: SiteHarness):
    harness.world.add_category("Tin tức")
    health = harness.connector(categories="tin-tuc, Pháp luật").health()
    assert health.ok
    assert "Pháp luật" in str(health.values["warning"])
    assert "tin-tuc" not in str(health.values["warning"])


def test_another_site_after_a_redirect_is_told(harness: SiteHarness):
    class Moved(Http):
        def call(self, method, url, **_):
            from connectors.http import Answer

            return Answer(301, {"Location": "https://cong.tinh.example/"}, b"")

    harness.http = Moved(proxies={})
    assert problem(harness) == "moved"
