"""A real WordPress for tests: Debian's own packages, unpacked; loopback only, no service, no browser.

    python -m tests.real_wordpress.site FOLDER [bookworm|trixie|sid]     set up, print, run until Ctrl-C

Needs root only where PHP or MariaDB must be installed first. Everything it starts, it stops.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
DATABASE = "wordpress"
PACKAGES = (
    *("php-cli", "php-mysql", "php-gd", "php-xml", "php-mbstring"),
    *("mariadb-server-core", "mariadb-client-core"),
)
WORDPRESS = (
    "wordpress",
    "php-getid3",
    "libphp-phpmailer",
    "libjs-underscore",
    "libjs-cropper",
    "libjs-lodash",
)
THEMES = {"bookworm": "twentytwentythree"}
NEWER_THEME = "twentytwentyfive"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_APT = ("apt-get", "-o", "DPkg::Lock::Timeout=180", "-qq")
_WAIT_S = 60.0


class Site:
    """One WordPress with its own database. `start` takes about 30 s on a bare machine, 6 s on a warm one."""

    def __init__(self, folder: Path, release: str = "bookworm") -> None:
        self.folder, self.release = folder, release
        self.version = ""
        self.url = ""
        self.passwords: dict[str, str] = {}
        self.laps: list[tuple[str, float]] = []
        self._began = time.monotonic()
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def code(self) -> Path:
        return self.folder / "wp"

    def start(self) -> Site:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._need_programs()
            self._unpack()
            self._start_database()
            self.url = f"http://127.0.0.1:{_free_port()}"
            self._configure()
            self._serve()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """PHP's workers outlive their parent, so each process leads a group, and the group is ended."""
        for process in reversed(self._running):
            _end(process)
        self._running.clear()

    def __enter__(self) -> Site:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def php(self, code: str) -> str:
        """Run PHP inside the site; what it prints."""
        done = subprocess.run(
            ["php", HERE / "run.php", self.code, code],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout

    def versions(self) -> str:
        php = _told("php", "-r", "echo PHP_VERSION;")
        return f"WordPress {self.version} ({self.release}), PHP {php}, {_told('mariadbd', '--version')}"

    def _lap(self, what: str) -> None:
        self.laps.append((what, round(time.monotonic() - self._began, 1)))

    def _need_programs(self) -> None:
        modules = _told("php", "-m") if shutil.which("php") else ""
        if not shutil.which("mariadbd") or not {"mysqli", "gd", "mbstring"} <= set(modules.split()):
            if os.geteuid() != 0:
                raise PermissionError(f"install these first: {' '.join(PACKAGES)}")
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["dpkg", "--configure", "-a"], capture_output=True, env=quiet, check=False)
            _run(*_APT, "update", env=quiet)
            _run(*_APT, "install", "-y", "--no-install-recommends", *PACKAGES, env=quiet)
        self._lap("PHP and MariaDB")

    def _unpack(self) -> None:
        if self.code.is_dir():
            return
        store = self.folder / "packages"
        store.mkdir(exist_ok=True)
        options = self._lists()
        _run(*_APT, *options, "update")
        theme = f"wordpress-theme-{THEMES.get(self.release, NEWER_THEME)}"
        _run(*_APT, *options, "download", *WORDPRESS, theme, cwd=store)
        tree = self.folder / "tree"
        for package in sorted(store.glob("*.deb")):
            _run("dpkg", "-x", str(package), str(tree))
        # links lead into the other packages; those that dangle belong to scripts of the browser
        source = tree / "usr/share/wordpress"
        shutil.copytree(
            source, self.code, symlinks=False, ignore_dangling_symlinks=True, ignore=_dangling(tree)
        )
        (self.code / "wp-content/uploads").mkdir(parents=True, exist_ok=True)
        shutil.rmtree(tree)
        shutil.rmtree(store)
        self._lap("WordPress unpacked")

    def _lists(self) -> list[str]:
        """apt options for package lists of our own: the machine's stay as they are."""
        apt = self.folder / "apt"
        for part in ("lists/partial", "cache/archives/partial"):
            (apt / part).mkdir(parents=True, exist_ok=True)
        line = f"deb [signed-by={KEYRING}] {_mirror()} {self.release} main\n"
        (apt / "sources.list").write_text(line)
        options = {
            "Dir::Etc::SourceList": apt / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": apt / "lists",
            "Dir::Cache": apt / "cache",
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",  # `_apt` may not enter this folder
        }
        return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]

    def _start_database(self) -> None:
        data, user = self.folder / "db", _told("id", "-un")
        if not data.is_dir():
            _run(
                *("mariadb-install-db", "--no-defaults", f"--user={user}", f"--datadir={data}"),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
            )
        self._start(
            *("mariadbd", "--no-defaults", f"--user={user}", f"--datadir={data}", f"--socket={self._socket}"),
            *("--skip-networking", "--skip-log-bin", f"--pid-file={self.folder / 'db.pid'}"),
            log="db.log",
        )
        self._wait("the database", self._connect)
        self._sql(
            f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4;"
            "CREATE USER IF NOT EXISTS wp@localhost IDENTIFIED BY 'wp';"
            f"GRANT ALL ON {DATABASE}.* TO wp@localhost;"
        )
        self._lap("database up")

    def _connect(self) -> None:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(self._socket))

    @property
    def _socket(self) -> Path:
        return self.folder / "db.sock"

    def _sql(self, statement: str) -> None:
        _run("mariadb", "--no-defaults", "-uroot", f"--socket={self._socket}", "-e", statement)

    def _configure(self) -> None:
        (self.code / "wp-config.php").write_text(_config(self.url, self._socket))
        installed = subprocess.run(
            ["php", HERE / "install.php", self.code, self.url], capture_output=True, text=True, check=False
        )
        try:
            made = json.loads(installed.stdout.strip().splitlines()[-1])
        except (IndexError, ValueError):
            raise RuntimeError(f"not installed:\n{installed.stdout}\n{installed.stderr}") from None
        self.version, self.passwords = made["version"], made["passwords"]
        self._lap("installed")

    def _serve(self) -> None:
        self._start(
            *("php", "-d", "upload_max_filesize=64M", "-d", "post_max_size=70M", "-d", "display_errors=0"),
            *("-S", self.url.removeprefix("http://"), "-t", str(self.code), str(HERE / "router.php")),
            log="php.log",
            PHP_CLI_SERVER_WORKERS="4",
        )
        self._wait("the site", lambda: _fetch(f"{self.url}/?rest_route=/"))
        self._lap("serving")

    def _start(self, *command: str, log: str, **environment: str) -> None:
        with (self.folder / log).open("ab") as out:
            self._running.append(
                subprocess.Popen(
                    command, stdout=out, stderr=out, start_new_session=True, env={**os.environ, **environment}
                )
            )

    def _wait(self, what: str, ready: Callable[[], object]) -> None:
        until = time.monotonic() + _WAIT_S
        while True:
            try:
                ready()
            except (OSError, subprocess.CalledProcessError) as error:
                if time.monotonic() > until or self._running[-1].poll() is not None:
                    raise TimeoutError(f"{what} did not come up; see {self.folder}") from error
                time.sleep(0.1)
            else:
                return


def _config(url: str, database_socket: Path) -> str:
    """`local` is the one environment in which WordPress gives out application passwords over plain HTTP."""
    settings = {
        "DB_NAME": DATABASE,
        "DB_USER": "wp",
        "DB_PASSWORD": "wp",
        "DB_HOST": f"localhost:{database_socket}",
        "DB_CHARSET": "utf8mb4",
        "DB_COLLATE": "",
        "WP_HOME": url,
        "WP_SITEURL": url,
    }
    keys = ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")
    settings |= {f"{key}_{kind}": "only for tests" for key in keys for kind in ("KEY", "SALT")}
    lines = [f"define('{name}', '{value}');" for name, value in settings.items()]
    return "\n".join(
        [
            "<?php",
            *lines,
            "define('WP_ENVIRONMENT_TYPE', is_file(__DIR__ . '/plain') ? 'production' : 'local');",
            "define('WP_HTTP_BLOCK_EXTERNAL', true);",
            "define('AUTOMATIC_UPDATER_DISABLED', true);",
            "$table_prefix = 'wp_';",
            "if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }",
            "require_once ABSPATH . 'wp-settings.php';",
            "",
        ]
    )


def _dangling(tree: Path) -> Callable[[str, list[str]], list[str]]:
    """Which names of a folder `copytree` leaves out; absolute links are read as if `tree` were the root."""

    def ignore(folder: str, names: list[str]) -> list[str]:
        left_out = []
        for name in names:
            link = Path(folder, name)
            if not link.is_symlink():
                continue
            target = link.readlink()
            if target.is_absolute():
                link.unlink()
                link.symlink_to(tree / target.relative_to("/"))
            if not link.exists():
                left_out.append(name)
        return [*left_out, *(name for name in names if name == ".htaccess")]

    return ignore


def _mirror() -> str:
    """The Debian archive this machine already uses; raises RuntimeError where apt names none."""
    files = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(file.read_text("utf-8", "replace") for file in files if file.is_file())
    found = re.search(r"^[^#\n]*?(https?://\S+/debian)/?(?:\s|$)", text, re.MULTILINE)
    if found is None:
        raise RuntimeError("apt's sources name no Debian archive; another release cannot be fetched")
    return found[1]


def _run(*command: str, **options: object) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)


def _told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
    process.wait(5)


def main() -> None:
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: sys.exit(0))  # leaves the block below, which stops everything
    folder = Path(sys.argv[1])
    with Site(folder.resolve(), *sys.argv[2:3]) as site:
        say = sys.stdout.write
        say(f"{site.versions()}\n{site.laps}\n{site.url}\n{json.dumps(site.passwords)}\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
