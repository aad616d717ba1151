"""Where the API of a site is, and what the password may be shown to."""

from __future__ import annotations

import pytest

from connectors.errors import AuthLost, NotSent
from connectors.http import Answer, Http
from connectors.wordpress.rest import Rest, same_site
from connectors.wordpress.settings import Settings
from tests.connectors.wordpress.harness import PASSWORD, START, USER, SiteHarness, forget

SITE = "https://xa.example.gov.vn"
JSON = {"Content-Type": "application/json"}
INDEX = b'{"namespaces":["wp/v2"],"name":"X"}'


class Web(Http):
    """Answers by method and address; everything else is a page that is not there."""

    def __init__(self, **pages: Answer) -> None:
        super().__init__(proxies={})
        self.pages = pages
        self.asked: list[tuple[str, str, str]] = []

    def call(self, method, url, *, creates, **request):
        query = "&".join(f"{name}={value}" for name, value in request.get("params", {}).items())
        self.asked.append((method, url, query))
        self.shown = bool(request.get("headers", {}).get("Authorization"))
        return self.pages.get(f"{method} {url}") or Answer(
            404, {"Content-Type": "text/html"}, b"<h1>404</h1>"
        )


def rest(web: Http, site: str = SITE) -> Rest:
    return Rest(web, Settings(site, USER, PASSWORD, (), True), lambda: START)


def home(link: str = "", status: int = 200, **headers: str) -> Answer:
    named = {"Content-Type": "text/html", **headers}
    return Answer(status, {**named, "Link": f'<{link}>; rel="https://api.w.org/"'} if link else named, b"")


def test_the_link_header_decides_and_is_asked_once():
    net = Web(**{f"HEAD {SITE}/": home(f"{SITE}/blog/wp-json/"), f"GET {SITE}/blog/wp-json/": ok()})
    reader = rest(net)
    assert reader.read("") == {"namespaces": ["wp/v2"], "name": "X"}
    assert reader.read("") == {"namespaces": ["wp/v2"], "name": "X"}
    assert [method for method, *_ in net.asked] == ["HEAD", "GET", "GET"]


def ok() -> Answer:
    return Answer(200, JSON, INDEX)


def test_without_a_link_header_the_question_mark_form_is_tried():
    net = Web(**{f"HEAD {SITE}/": home(), f"GET {SITE}/?rest_route=/": ok()})
    rest(net).read("")
    assert net.asked[-1][1] == f"{SITE}/?rest_route=/"


def test_wp_json_is_never_guessed():
    net = Web(**{f"HEAD {SITE}/": home(), f"GET {SITE}/wp-json/": ok()})
    with pytest.raises(NotSent, match="wp:no-api"):
        rest(net).read("")
    assert all("wp-json" not in url for _, url, _ in net.asked)


def test_a_link_that_leads_to_html_is_not_believed_twice():
    page = Answer(200, {"Content-Type": "text/html"}, b"<html>the home page</html>")
    net = Web(
        **{
            f"HEAD {SITE}/": home(f"{SITE}/wp-json/"),
            f"GET {SITE}/wp-json/": page,
            f"GET {SITE}/?rest_route=/": ok(),
        }
    )
    reader = rest(net)
    with pytest.raises(NotSent, match="wp:not-json"):
        reader.read("")
    assert reader.read("")["name"] == "X"


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/wp-json/",
        "http://xa.example.gov.vn/wp-json/",
        f"{SITE}:8443/wp-json/",
        "nonsense",
    ],
)
def test_a_link_to_another_place_never_gets_the_password(link):
    net = Web(**{f"HEAD {SITE}/": home(link), f"GET {SITE}/?rest_route=/": ok()})
    rest(net).read("")
    assert all(url.startswith(f"{SITE}/") for _, url, _ in net.asked)


def test_redirects_within_the_site_are_followed_before_any_password_is_shown():
    secure = SITE.replace("//", "//www.")
    plain = SITE.replace("https", "http")
    net = Web(
        **{
            f"HEAD {plain}/": home(status=301, Location=f"{secure}/"),
            f"HEAD {secure}/": home(f"{secure}/wp-json/"),
            f"GET {secure}/wp-json/": ok(),
        }
    )
    assert rest(net, plain).read("")["name"] == "X"


def test_a_redirect_to_another_site_is_told_and_not_followed():
    net = Web(**{f"HEAD {SITE}/": home(status=302, Location="https://cong.tinh.example/")})
    with pytest.raises(NotSent, match="wp:moved"):
        rest(net).read("")


def test_a_circle_of_redirects_ends():
    net = Web(**{f"HEAD {SITE}/": home(status=302, Location=f"{SITE}/")})
    with pytest.raises(NotSent):
        rest(net).read("")
    assert len(net.asked) < 8


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.vn/", "https://a.vn/wp-json/", True),
        ("https://a.vn/", "https://www.a.vn/", True),
        ("http://a.vn/", "https://a.vn/", True),
        ("https://a.vn/", "http://a.vn/", False),
        ("https://a.vn/", "https://a.vn:444/", False),
        ("https://a.vn/", "https://a.vn.evil.example/", False),
        ("https://a.vn/", "https://a.vn@evil.example/", False),
        ("http://a.vn/", "ftp://a.vn/", False),
        ("https://a.vn/", "https://[broken/", False),
        ("https://a.vn/", "", False),
    ],
)
def test_what_counts_as_the_same_site(one, other, same):
    assert same_site(one, other) is same


@pytest.mark.parametrize(
    "written",
    [
        "{url}",
        " {url}/ ",
        "{url}/wp-admin/",
        "{url}/wp-admin/profile.php#application-passwords-section",
        "{url}/wp-login.php?redirect_to=x",
        "{url}/wp-json/",
    ],
)
def test_an_address_copied_from_the_dashboard_works(harness: SiteHarness, written: str):
    harness.settings["base_url"] = written.format(url=harness.site.url)
    assert harness.connector().health().ok


@pytest.mark.parametrize(
    "written", ["", "xa.example.gov.vn", "ftp://x/", "http://[x", "http://u:p@x.vn", "http://x:y/"]
)
def test_what_is_no_address_is_told(harness: SiteHarness, written: str):
    harness.settings["base_url"] = written
    assert harness.connector().health().problem == "wordpress.problems.base_url"
    with pytest.raises(NotSent, match="wp:base-url"):
        harness.connector().prepare(harness.job(), {}, forget)


def test_without_a_password_nothing_is_asked(harness: SiteHarness):
    harness.login["app_password"] = " "
    with pytest.raises(AuthLost, match="wp:no-password"):
        harness.connector().prepare(harness.job(), {}, forget)
    assert harness.traffic() == 0


def test_the_password_is_never_in_an_address(harness: SiteHarness):
    seen: list[str] = []
    real = harness.http.call

    def call(method, url, **request):
        seen.append(f"{url} {request.get('params')}")
        return real(method, url, **request)

    harness.http = Web()
    harness.http.call = call
    job = harness.job(pictures=1)
    handle, _ = harness.publish(job)
    harness.connector().find(job, handle)
    harness.connector().health()
    assert len(seen) > 10
    assert not any(secret in line for line in seen for secret in harness.secrets)
