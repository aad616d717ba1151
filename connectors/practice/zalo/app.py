"""The one ASGI application: Zalo's calls straight through, people and controls through Starlette."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from connectors.practice.app import send_reply
from connectors.practice.receiving import Gone
from connectors.practice.wire import Reply
from connectors.practice.zalo import oauth, uploads
from connectors.practice.zalo.browser import routes
from connectors.practice.zalo.faults import Faults, spoil
from connectors.practice.zalo.openapi import OpenApi
from connectors.practice.zalo.wire import Call, ZaloError, read
from connectors.practice.zalo.world import World

Audit = Callable[[str, str, dict[str, str], dict[str, str], Any], list[str]]
"""(method, path, headers, query, body: JSON object or form) → what is wrong with the request."""

_PLATFORM = ("/v2.0/", "/v3.0/", oauth.PATH)


class ZaloApp:
    """Holds the world, the faults and the violations found by the audit hook."""

    def __init__(self, world: World, *, audit: Audit | None = None) -> None:
        self.world = world
        self.faults = Faults()
        self.violations: list[str] = []
        self._audit = audit
        self._openapi = OpenApi(world)
        self._people = Starlette(routes=routes(world, self.faults))
        self._one = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if not path.startswith(_PLATFORM):
            await self._people(scope, receive, send)
            return
        upload, body = None, b""
        try:
            if path == uploads.PATH:
                kind = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
                upload = await uploads.read_upload(receive, kind)
            else:
                body = await uploads.read_whole(receive)
        except Gone:
            return
        call = read(scope["method"], path, scope["query_string"], scope["headers"], body)
        call.upload = upload
        reply = await self._work(partial(self._reply, call))
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        if reply.late:
            reply = await self._work(reply.late)
        if reply.cut:
            scope["extensions"]["practice.cut"]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await send_reply(reply, send)

    async def _work(self, work: Callable[[], Reply]) -> Reply:
        """In a thread when pictures are really fetched: they may lie on this very server's neighbour."""
        if self.world.fetches is None:
            return work()
        return await asyncio.to_thread(self._alone, work)

    def _alone(self, work: Callable[[], Reply]) -> Reply:
        with self._one:
            return work()

    def _reply(self, call: Call) -> Reply:
        self.world.arrived(call.method, call.path)
        if self._audit:
            body: Any = call.form() if call.path == oauth.PATH else call.json()
            if call.upload:
                body = {call.upload.field: call.upload.mime}
            found = self._audit(call.method, call.path, call.headers, call.query, body)
            self.violations.extend(f"{call.method} {call.path}: {text}" for text in found)
        fault = self.faults.take(call.method, call.path)
        return spoil(fault, lambda: self._answer(call)) if fault else self._answer(call)

    def _answer(self, call: Call) -> Reply:
        try:
            if call.path == oauth.PATH:
                return oauth.token(self.world, call)
            return self._openapi.answer(call)
        except ZaloError as error:
            return error.reply()
