"""The one ASGI application: API calls and uploads straight through, people and controls by Starlette.

The bytes of a video go from the socket to the disk as they come; no more than a piece is ever held.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from connectors.practice.receiving import Gone, pieces, whole_pieces
from connectors.practice.wire import Reply
from connectors.practice.youtube import browser, consent
from connectors.practice.youtube.api import QUANTUM, Api
from connectors.practice.youtube.faults import AFTER, STORING, Fault, Faults, spoil
from connectors.practice.youtube.oauth import Logins
from connectors.practice.youtube.wire import ApiError, Call, read_body, read_head
from connectors.practice.youtube.world import Channel, Session, World

Audit = Callable[[Call], list[str]]
"""What is wrong with a request; called with every API call once its small body is read."""

SMALL_BODY_MOST = 64 * 1024 * 1024
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class PracticeYouTubeApp:
    """Holds the world, the faults and the violations found by the audit hook."""

    def __init__(self, world: World, *, audit: Audit | None = None) -> None:
        self.world = world
        self.faults = Faults()
        self.violations: list[str] = []
        self._audit = audit
        self._api = Api(world)
        self.logins = Logins(world)
        self._people = Starlette(
            routes=[*browser.routes(world, self.faults, self.logins), *consent.routes(self.logins)]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if not path.startswith(("/youtube/", "/upload/", "/resumable/", "/v2/", "/token", "/device/code")):
            await self._people(scope, receive, send)
            return
        call = read_head(scope["method"], path, scope["query_string"], scope["headers"])
        self.world.arrived(call.method, call.operation)
        fault = self.faults.take(call.method, call.operation)
        try:
            reply = await (self._chunk if call.operation == "chunk" else self._small)(call, fault, receive)
        except Gone:
            return
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        if reply.late:
            reply = reply.late()
        if reply.cut:
            scope["extensions"]["practice.cut"]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await _send(reply, send)

    # calls whose body is small

    async def _small(self, call: Call, fault: Fault | None, receive: Receive) -> Reply:
        body = b"".join([piece async for piece in whole_pieces(receive)])
        if call.operation in ("token", "device"):
            work = partial(self.logins.answer, call.operation, body)
            return spoil(fault, work) if fault else work()
        try:
            if len(body) > SMALL_BODY_MOST:
                raise ApiError(413, "uploadTooLarge")
            read_body(call, body)
        except ApiError as error:
            self.violations.append(f"{call.method} {call.path}: {error.message}")
            return error.reply()
        holder = self.world.holder(call.token)
        call.scopes = frozenset(holder.scopes) if holder else frozenset()
        self._judge(call)
        self._obey(call, fault)
        if fault and not fault.kind.startswith(("failed_", "rejected_")):
            return spoil(fault, lambda: self._work(call, None))
        return self._work(call, fault)

    def _work(self, call: Call, fault: Fault | None) -> Reply:
        try:
            channel = self._api.admit(call)
            if call.operation == "ask":
                return self._api.stand_of(self._api.session_of(call))
        except ApiError as error:
            return error.reply()
        before = set(self.world.sessions)
        reply = self._api.act(call, channel)
        if fault:  # only those that decide what processing will make of the new upload
            for name in self.world.sessions.keys() - before:
                self.world.sessions[name].outcome = fault.kind
        return reply

    # the bytes of a video

    async def _chunk(self, call: Call, fault: Fault | None, receive: Receive) -> Reply:
        self._judge(call)
        self._obey(call, fault)
        if fault and not fault.kind.endswith(AFTER) and fault.kind not in STORING:
            await _drain(receive)
            return spoil(fault, Reply)
        try:
            self._api.admit(call)
            session = self._api.session_of(call)
            start, end = self._range(call, session)
        except ApiError as error:
            await _drain(receive)
            return error.reply()
        length = end - start + 1
        most = length
        if fault and fault.kind == "cut_mid":
            most = min(length, length // 2 if fault.keep is None else fault.keep)
        got = await self._store(session, receive, most)
        if got < most:
            return Reply(cut=True)  # the sender went away: what came stays
        if fault and fault.kind == "cut_mid":
            return Reply(cut=True)
        self._api.complete(session)
        return spoil(fault, lambda: self._stand(session)) if fault else self._stand(session)

    def _stand(self, session: Session) -> Reply:
        try:
            return self._api.stand_of(session)
        except ApiError as error:
            return error.reply()

    async def _store(self, session: Session, receive: Receive, most: int) -> int:
        got = 0
        async for piece in pieces(receive):
            kept = piece[: most - got]
            if kept:
                self.world.append(session, kept)
                got += len(kept)
            if got >= most:
                break
        return got

    def _range(self, call: Call, session: Session) -> tuple[int, int]:
        found = _RANGE.fullmatch(call.headers.get("content-range", ""))
        if not found:
            raise self._slip(call, "no usable Content-Range")
        start, end, size = (int(number) for number in found.groups())
        if size != session.size or end < start or end >= size:
            raise self._slip(call, f"{found[0]} does not fit a video of {session.size} bytes")
        if start != session.stored or session.video:
            raise ApiError(400, "badContentRange", f"expected to go on at {session.stored}")
        if end + 1 < size and (end - start + 1) % QUANTUM:
            raise self._slip(call, f"{found[0]} is no multiple of {QUANTUM} bytes")
        if call.headers.get("content-length") != str(end - start + 1):
            raise self._slip(call, "Content-Length does not match Content-Range")
        return start, end

    # both

    def _slip(self, call: Call, said: str) -> ApiError:
        self.violations.append(f"{call.method} {call.path}: {said}")
        return ApiError(400, "badContentRange", said)

    def _judge(self, call: Call) -> None:
        if self._audit:
            self.violations.extend(f"{call.method} {call.path}: {text}" for text in self._audit(call))

    def _obey(self, call: Call, fault: Fault | None) -> None:
        """Faults that change the world before the call is looked at."""
        channel: Channel | None = self.world.holder(call.token)
        if fault and channel and fault.kind == "revoked":
            self.world.revoke(channel)
        elif fault and channel and fault.kind == "expired":
            self.world.expire(channel)
        elif fault and fault.kind == "session_gone":
            self.world.sessions.pop(call.one("upload_id"), None)
            fault.kind = "reason_notFound"


async def _drain(receive: Receive) -> None:
    async for _ in pieces(receive):
        pass


async def _send(reply: Reply, send: Send) -> None:
    headers = [(b"content-length", str(len(reply.body)).encode())]
    if reply.content_type:
        headers.append((b"content-type", reply.content_type.encode()))
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if reply.status == 204 else reply.body})
