"""A mail server on loopback that takes in what is sent to it, or refuses: the receiving side of alerts."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

PASSWORD = "mat-khau-hop-thu-8813"


@dataclass
class Mailbox:
    """What arrived, in order. `refusing`: every sign-in is refused; `calls` counts the attempts."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    refusing: bool = False
    calls: int = 0

    def url(self, recipient: str = "ky@xa.example") -> str:
        at = f"bao-dong:{PASSWORD}@127.0.0.1:{self.port}"
        return f"mailto://{at}?from=loa@xa.example&to={recipient}&mode=insecure"

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.messages]

    def texts(self) -> list[str]:
        return [text(message) for message in self.messages]


def text(message: EmailMessage) -> str:
    """The words of a message as its reader sees them, plain or not."""
    part = message.get_body(("plain", "html"))
    assert part is not None
    return str(part.get_content())


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            box.calls += 1
            self.say("220 hop-thu")
            for raw in iter(self.rfile.readline, b""):
                word = raw.split()[0].upper() if raw.split() else b""
                if word == b"EHLO":
                    self.say("250-hop-thu")
                    self.say("250 AUTH PLAIN")
                elif word == b"AUTH":
                    self.say(f"535 5.7.8 refused: bao-dong/{PASSWORD}" if box.refusing else "235 ok")
                elif word == b"DATA":
                    self.say("354 go on")
                    lines = []
                    for line in iter(self.rfile.readline, b".\r\n"):
                        lines.append(line[1:] if line.startswith(b"..") else line)
                    parsed = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                    assert isinstance(parsed, EmailMessage)
                    box.messages.append(parsed)
                    self.say("250 taken")
                elif word == b"QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        box.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
