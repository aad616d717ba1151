"""The one ASGI application: Graph calls straight through, people and controls through Starlette.

Graph calls bypass routing and request objects: a herd test sends hundreds within a second. A Reel's bytes go
from the socket to the disk as they come; of a feed video no more than the chunk that was asked for is held.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from connectors.practice import batch
from connectors.practice.browser import routes
from connectors.practice.faults import AFTER, IN_THE_WORK, MIDWAY_BYTES, STORING, Faults, spoil
from connectors.practice.graph import Graph, served_version
from connectors.practice.receiving import Gone, pieces, whole_pieces
from connectors.practice.video_edges import rupload_answer, rupload_target
from connectors.practice.wire import GraphError, Reply, Request, read, read_rupload
from connectors.practice.world import World

Audit = Callable[[str, str, str, dict[str, str], dict[str, str]], list[str]]
"""(method, edge, node type, parameters, file part → its mime type) → what is wrong with the request."""

BODY_MOST_BYTES = 64 * 1024 * 1024


class PracticeApp:
    """Holds the world, the faults and the violations found by the audit hook."""

    def __init__(
        self,
        world: World,
        *,
        static: dict[str, Path] | None = None,
        audit: Audit | None = None,
        duplicate_texts: bool = False,
    ) -> None:
        self.world = world
        self.faults = Faults()
        self.violations: list[str] = []
        self._audit = audit
        self._graph = Graph(world, duplicate_texts=duplicate_texts)
        self._traces = 0
        self._people = Starlette(routes=routes(world, self.faults, static or {}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if path.startswith("/video-upload/"):
            await self._answer(await self._rupload(scope, receive), scope, receive, send)
            return
        if not (path.startswith("/v") and path[2:3].isdigit()):
            await self._people(scope, receive, send)
            return
        edge = path.rpartition("/")[2]
        try:
            body = await read_or_cut(receive, lambda: self.faults.cuts_midway(scope["method"], edge))
        except Gone:
            return
        if body is None:
            await self._answer(Reply(cut=True), scope, receive, send)
            return
        host, port = scope.get("server") or ("localhost", 80)
        headers = dict(scope["headers"])
        address = f"{host}:{port}"
        if batch.is_batch(scope["method"], path):
            several = batch.head(path, scope["query_string"], headers, body, host=address)
            await self._answer(self._batch(several), scope, receive, send)
            return
        request = read(scope["method"], path, scope["query_string"], headers, body, default_host=address)
        await self._answer(self._reply(request), scope, receive, send)

    async def _answer(self, reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        if reply.late:
            reply = reply.late()
        if reply.cut:
            scope["extensions"]["practice.cut"]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await send_reply(reply, send)

    def _reply(self, request: Request | None) -> Reply:
        self._traces += 1
        trace = f"A{self._traces:010d}practice"
        if request is None:
            return GraphError(2500, "Unknown path components").reply(trace)
        self.world.arrived(request.method, request.edge, request.object)
        request.node = self._graph.node(request)
        self._judge(request)
        fault = self.faults.take(
            request.method, request.edge, request.object, request.params.get("upload_phase", "")
        )
        if fault:
            request.spoiled = fault.kind if fault.kind in IN_THE_WORK else ""
            return spoil(fault, lambda: self._work(request, trace), trace)
        return self._work(request, trace)

    def _batch(self, request: Request | None) -> Reply:
        """Several calls in one request: each is judged, spoilt and counted as if it came alone."""
        trace = f"A{self._traces:010d}practice"
        if request is None:
            return GraphError(2500, "Unknown path components").reply(trace)
        self.world.arrived("POST", "batch", "")
        self._judge(request)

        def work() -> Reply:
            try:
                return batch.reply(request, self._reply)
            except GraphError as error:
                return error.reply(trace)

        fault = self.faults.take("POST", "batch", "")
        return spoil(fault, work, trace) if fault else work()

    async def _rupload(self, scope: Scope, receive: Receive) -> Reply:
        """The bytes of a Reel: `POST /video-upload/v26.0/{video}` with offset and size in the head."""
        self._traces += 1
        headers = dict(scope["headers"])
        request = read_rupload(scope["method"], scope["path"], headers, default_host="localhost")
        if request is None:
            return Reply(404)
        self.world.arrived(request.method, request.edge, request.object)
        self._judge(request)
        fault = self.faults.take(request.method, request.edge, request.object)
        request.spoiled = fault.kind if fault else ""
        stored = not fault or fault.kind in STORING or fault.kind.endswith(AFTER)
        target = rupload_target(self._graph, request) if stored else Reply()
        size = 0
        async for piece in pieces(receive):
            if not isinstance(target, Reply):
                target.append(piece)
            before, size = size, size + len(piece)
            if before < MIDWAY_BYTES <= size and self.faults.cuts_midway(request.method, request.edge):
                return Reply(cut=True)
        reply = target if isinstance(target, Reply) else rupload_answer(target)
        return spoil(fault, lambda: reply, f"A{self._traces:010d}practice") if fault else reply

    def _judge(self, request: Request) -> None:
        if self._audit:
            mimes = {name: upload.mime for name, upload in request.files.items()}
            edge = request.edge or ("debug_token" if request.object == "debug_token" else "")
            found = self._audit(request.method, edge, request.node, dict(request.params), mimes)
            self.violations.extend(f"{request.method} {request.object}/{edge}: {text}" for text in found)

    def _work(self, request: Request, trace: str) -> Reply:
        page = self.world.by_token.get(request.token)
        try:
            version = served_version(request.version)
            reply = Reply(body=json.dumps(self._graph.answer(request)).encode())
        except GraphError as error:
            version = request.version
            reply = error.reply(trace)
        reply.headers["facebook-api-version"] = version
        if page:
            used = min(100, page.calls * 100 // page.calls_per_day)
            wait = 60 if used >= 100 else 0
            shape = f'"call_count":{used},"total_cputime":{used // 2},"total_time":{used // 2}'
            reply.headers["X-App-Usage"] = f"{{{shape}}}"
            reply.headers["X-Business-Use-Case-Usage"] = (
                f'{{"{page.id}":[{{"type":"pages",{shape},"estimated_time_to_regain_access":{wait}}}]}}'
            )
        return reply


async def read_or_cut(receive: Receive, cut_midway: Callable[[], bool]) -> bytes | None:
    """The whole body; None when it is to be cut off half-way. Raises Gone."""
    chunks: list[bytes] = []
    size = 0
    async for piece in whole_pieces(receive):
        before, size = size, size + len(piece)
        if before < MIDWAY_BYTES <= size and cut_midway():
            return None
        if size <= BODY_MOST_BYTES:
            chunks.append(piece)
    return b"".join(chunks)


async def send_reply(reply: Reply, send: Send) -> None:
    headers = [(b"content-length", str(len(reply.body)).encode())]
    if reply.content_type:
        headers.append((b"content-type", reply.content_type.encode()))
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
