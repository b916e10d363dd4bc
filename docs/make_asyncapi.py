"""Writes docs/asyncapi.yaml from the contract's own types and its golden messages. Knows no broker.

After a change in messages/ run `python docs/make_asyncapi.py > docs/asyncapi.yaml`; a test says when it was forgotten.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

import messages
from messages import Topic
from messages.entries import DATA
from messages.topics import FROM_DEVICE

GOLDEN = Path(__file__).parent.parent / "tests" / "wire" / "golden_messages"
WARD_PRESENCE = "ward_presence"
Json = dict[str, Any]


def asyncapi() -> Json:
    """The whole document, AsyncAPI 3.0, told from the box's side."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Nightingale: box and ward",
            "version": f"{messages.CONTRACT}.0.0",
            "description": "What a bedside box and the ward server say to each other over MQTT 3.1.1 or 5, told from "
            "the box's side. The broker keeps nothing that matters. Unknown fields are ignored; a breaking change is "
            "a new root number.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"broker": {"host": "broker.example:8883", "protocol": "secure-mqtt"}},
        "channels": {**{word.value: _channel(word) for word in Topic}, WARD_PRESENCE: _ward_presence()},
        "operations": _operations(),
        "components": {
            "parameters": {
                "device_id": {"description": "The box: a random UUID in lower case; never a bed or a name."}
            },
            "messages": {word.value: _message(word) for word in Topic},
            "schemas": _schemas(),
        },
    }


def _channel(word: Topic) -> Json:
    return {
        "address": f"{messages.ROOT}/{{device_id}}/{word}",
        "parameters": {"device_id": {"$ref": "#/components/parameters/device_id"}},
        "messages": {word.value: {"$ref": f"#/components/messages/{word}"}},
    }


def _ward_presence() -> Json:
    return {
        "address": messages.ward_presence_topic(),
        "description": "The ward takes entries in; also its will.",
        "messages": {"presence": {"$ref": "#/components/messages/presence"}},
    }


def _operations() -> Json:
    said = {f"{_action(word)}_{word}": _operation(word.value, word, _action(word)) for word in Topic}
    said["receive_command"]["reply"] = {
        "channel": {"$ref": "#/channels/reply"},
        "messages": [{"$ref": "#/channels/reply/messages/reply"}],
    }
    return said | {f"receive_{WARD_PRESENCE}": _operation(WARD_PRESENCE, Topic.PRESENCE, "receive")}


def _action(word: Topic) -> str:
    return "send" if word in FROM_DEVICE else "receive"


def _operation(channel: str, word: Topic, action: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{word}"}],
        "bindings": {
            "mqtt": {"qos": messages.QOS[word], "retain": word in messages.RETAINED, "bindingVersion": "0.2.0"}
        },
    }


def _message(word: Topic) -> Json:
    kind = messages.TYPES[word]
    return {
        "name": word.value,
        "summary": " ".join((kind.__doc__ or "").split()),
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
        "examples": [{"name": word.value, "payload": msgspec.json.decode((GOLDEN / f"{word}.json").read_bytes())}],
    }


def _schemas() -> Json:
    """JSON Schema of each Struct and, within Entry, which data goes with which kind."""
    structs = [*messages.TYPES.values(), *DATA.values()]
    _, found = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    found["Entry"]["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": kind.value}}},
            "then": {"properties": {"data": {"$ref": f"#/components/schemas/{data.__name__}"}}},
        }
        for kind, data in DATA.items()
    ]
    return {name: _flowed(found[name]) for name in sorted(found)}


def _flowed(schema: Json) -> Json:
    """Docstrings as one flowing text: their line breaks mean nothing here."""
    return schema | ({"description": " ".join(schema["description"].split())} if "description" in schema else {})


def as_yaml(document: Json) -> str:
    """The document as it is kept: written by a program, in reading order, each thing in full where it stands."""
    head = "# Written by docs/make_asyncapi.py from messages/; do not edit.\n"
    return head + yaml.dump(document, Dumper=_Plain, sort_keys=False, width=120, allow_unicode=True)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML asks for each value
        return True


if __name__ == "__main__":
    sys.stdout.write(as_yaml(asyncapi()))
