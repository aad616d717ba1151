"""Judge of every request sent to the practice YouTube: Google's own discovery documents.

They lie inside google-api-python-client, which checks argument names with them but never a body. Here
path, verb, query, parts, body, media type and scopes are held against them; whatever they do not know is
a violation. What they do not say (lengths, the 308 protocol, quota) is the practice platform's business.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from typing import Any

import googleapiclient.discovery_cache

from connectors.practice.youtube.wire import Call

DOCUMENTS = (("youtube", "v3"), ("youtubeAnalytics", "v2"))
UPLOAD_QUERY = {"uploadType", "upload_id"}
_PATTERNS = {  # said in prose only, in the descriptions of the Analytics document
    "ids": r"[a-zA-Z]+==[a-zA-Z0-9_+-]+",
    "startDate": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "endDate": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "metrics": r"[0-9a-zA-Z,]+",
}
_INTEGERS = {"integer", "uint32", "int32", "uint64", "int64"}


def audit(call: Call) -> list[str]:
    """What the documents say against a call; empty when nothing."""
    found = _methods().get((call.method, call.path))
    if call.operation in ("chunk", "ask"):  # a session's own address, which no document describes
        unknown = [n for n, _ in call.query if n not in UPLOAD_QUERY]
        known = call.method == "PUT" and ("POST", call.path) in _methods()
        return [f"unknown query {name!r}" for name in unknown] + ([] if known else ["no session lives here"])
    if found is None:
        return [f"unknown path or verb: {call.method} {call.path}"]
    document, method, is_upload = found
    wrong = _wrong_query(call, document, method, is_upload=is_upload)
    wrong += _wrong_parts(call, document, method)
    wrong += _wrong_body(call, document, method)
    wrong += _wrong_media(call, method, is_upload=is_upload)
    if call.scopes and method.get("scopes") and not call.scopes & set(method["scopes"]):
        wrong.append(f"no scope that allows {method['id']}")
    return wrong


@cache
def _methods() -> dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any], bool]]:
    """(verb, path) → document, method, and whether it is the path for files."""
    known = {}
    for name, version in DOCUMENTS:
        document = json.loads(googleapiclient.discovery_cache.get_static_doc(name, version))
        for resource in document["resources"].values():
            for method in resource.get("methods", {}).values():
                verb, path = method["httpMethod"], method.get("flatPath", method["path"])
                known[verb, f"/{document['servicePath']}{path}"] = (document, method, False)
                for protocol in method.get("mediaUpload", {}).get("protocols", {}).values():
                    known[verb, protocol["path"]] = (document, method, True)
    return known


# the query


def _wrong_query(
    call: Call, document: dict[str, Any], method: dict[str, Any], *, is_upload: bool
) -> list[str]:
    parameters = {**document.get("parameters", {}), **method.get("parameters", {})}
    wrong = []
    for name, value in call.query:
        if is_upload and name in UPLOAD_QUERY:
            continue
        if name not in parameters:
            wrong.append(f"unknown query {name!r}")
            continue
        wrong += [f"{name}: {text}" for text in _misfits(value, parameters[name], name)]
    given = {name for name, value in call.query if value}
    wrong += [f"missing query {n!r}" for n, p in parameters.items() if p.get("required") and n not in given]
    if method["id"] == "youtubeAnalytics.reports.query":
        wrong += [f"missing query {name!r}" for name in _PATTERNS if name not in given]
    return wrong


def _misfits(value: str, parameter: dict[str, Any], name: str) -> list[str]:
    kind = parameter.get("type")
    wrong = []
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", value):
            return [f"{value!r} is no integer"]
        if "minimum" in parameter and int(value) < int(parameter["minimum"]):
            wrong.append(f"{value} is below {parameter['minimum']}")
        if "maximum" in parameter and int(value) > int(parameter["maximum"]):
            wrong.append(f"{value} is above {parameter['maximum']}")
    elif kind == "boolean" and value not in ("true", "false"):
        wrong.append(f"{value!r} is no boolean")
    if "enum" in parameter:
        parts = value.split(",") if parameter.get("repeated") else [value]
        wrong += [
            f"{part!r} is not one of {parameter['enum']}" for part in parts if part not in parameter["enum"]
        ]
    if name in _PATTERNS and not re.fullmatch(_PATTERNS[name], value):
        wrong.append(f"{value!r} does not look like {_PATTERNS[name]}")
    return wrong


def _wrong_parts(call: Call, document: dict[str, Any], method: dict[str, Any]) -> list[str]:
    """`part` names sections of the resource that comes back."""
    if "part" not in method.get("parameters", {}):
        return []
    schema = document["schemas"][method["response"]["$ref"]]
    items = schema["properties"].get("items", {}).get("items", {}).get("$ref")
    sections = document["schemas"][items] if items else schema
    return [f"unknown part {part!r}" for part in call.many("part") if part not in sections["properties"]]


# the body


def _wrong_body(call: Call, document: dict[str, Any], method: dict[str, Any]) -> list[str]:
    wanted = method.get("request", {}).get("$ref")
    if call.body is None:
        return [f"{method['id']} without a body"] if wanted else []
    if not wanted:
        return [f"{method['id']} takes no body"]
    wrong = _against(call.body, {"$ref": wanted}, document, method["id"], wanted)
    if isinstance(call.body, dict):
        named = {"id", "kind", "etag", *call.many("part")}
        wrong += [f"body section {name!r} is not in part" for name in call.body if name not in named]
        if method["id"] == "youtube.videos.update" and not call.body.get("id"):
            wrong.append("no id in the body")
    return wrong


def _against(
    value: Any, schema: dict[str, Any], document: dict[str, Any], method: str, place: str
) -> list[str]:
    schema = document["schemas"][schema["$ref"]] if "$ref" in schema else schema
    match schema.get("type"):
        case "object":
            return _object(value, schema, document, method, place)
        case "array":
            if not isinstance(value, list):
                return [f"{place}: {value!r} is no list"]
            inner = schema["items"]
            return [
                w for i, v in enumerate(value) for w in _against(v, inner, document, method, f"{place}[{i}]")
            ]
        case "boolean":
            return [] if isinstance(value, bool) else [f"{place}: {value!r} is no boolean"]
        case "integer" | "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool)
            return [] if fits else [f"{place}: {value!r} is no number"]
        case "string":
            return _string(value, schema, place)
    return []


def _object(
    value: Any, schema: dict[str, Any], document: dict[str, Any], method: str, place: str
) -> list[str]:
    if not isinstance(value, dict):
        return [f"{place}: {value!r} is no object"]
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
    wrong = []
    for name, inner in value.items():
        if name in properties:
            if properties[name].get("readOnly"):
                wrong.append(f"{place}.{name} is read-only")
            wrong += _against(inner, properties[name], document, method, f"{place}.{name}")
        elif rest:
            wrong += _against(inner, rest, document, method, f"{place}.{name}")
        else:
            wrong.append(f"unknown field {place}.{name}")
    for name, described in properties.items():
        if method in described.get("annotations", {}).get("required", []) and name not in value:
            wrong.append(f"missing field {place}.{name}")
    return wrong


def _string(value: Any, schema: dict[str, Any], place: str) -> list[str]:
    if not isinstance(value, str):
        return [f"{place}: {value!r} is no string"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{place}: {value!r} is not one of {schema['enum']}"]
    if schema.get("format") in ("date-time", "google-datetime") and not _is_moment(value):
        return [f"{place}: {value!r} is no time with a zone"]
    if schema.get("format") in _INTEGERS and not re.fullmatch(r"-?\d+", value):
        return [f"{place}: {value!r} is no integer in a string"]
    return []


def _is_moment(value: str) -> bool:
    try:
        return "T" in value and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


# the file


def _wrong_media(call: Call, method: dict[str, Any], *, is_upload: bool) -> list[str]:
    if not is_upload:
        return [f"{method['id']} takes no file on this path"] if call.media_size else []
    described = method["mediaUpload"]
    resumable = call.one("uploadType") == "resumable"
    mime = call.headers.get("x-upload-content-type", "") if resumable else call.media_type
    size = call.headers.get("x-upload-content-length", "0") if resumable else str(call.media_size)
    wrong = []
    if call.one("uploadType") not in ("resumable", "multipart", "media"):
        wrong.append("uploadType is missing or unknown")
    if not any(re.fullmatch(re.escape(a).replace(r"\*", "[^/]+"), mime) for a in described["accept"]):
        wrong.append(f"{mime!r} is not one of {described['accept']}")
    if not size.isdigit() or not 0 < int(size) <= int(described.get("maxSize", size)):
        wrong.append(f"{size} bytes, at most {described.get('maxSize')}")
    return wrong
