"""The contract's pages say what the code says: every topic, field, kind, word and example."""

import re
import runpy
import types
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

import messages
from messages import EntryKind, Topic
from messages.entries import DATA
from messages.topics import FROM_DEVICE
from tests.wire.golden_messages import EXAMPLES, golden, golden_entry

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "messages.md").read_text()
INNER: list[type[messages.Message]] = [
    messages.PartResult,
    messages.Entry,
    messages.PlaylistRef,
    messages.TrackRef,
    messages.Rules,
]
DESCRIBED: dict[str, type[msgspec.Struct]] = {
    **{word.value: kind for word, kind in messages.TYPES.items()},
    **{kind.__name__: kind for kind in INNER},
    **{kind.value: data for kind, data in DATA.items()},
}
CLOSED: list[type[StrEnum]] = [
    messages.Playing,
    messages.Verb,
    messages.Cause,
    messages.Part,
    messages.Question,
    messages.Moment,
    messages.Outcome,
    messages.Change,
    messages.Showing,
    messages.Light,
]


@cache
def asyncapi() -> Any:
    return yaml.safe_load((DOCS / "asyncapi.yaml").read_text())


def section(name: str) -> str:
    """What stands under the heading of this name, up to the next heading."""
    (found,) = re.findall(rf"^##+ `{name}`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def speaker(word: Topic) -> str:
    return "box" if word in FROM_DEVICE else "ward"


def kept(word: Topic) -> bool:
    return word in messages.RETAINED


def test_every_heading_in_code_is_a_topic_a_struct_or_a_kind() -> None:
    assert sorted(re.findall(r"^##+ `(\w+)`$", PAGE, re.MULTILINE)) == sorted(DESCRIBED)


@pytest.mark.parametrize("word", Topic)
def test_the_page_says_who_speaks_at_which_qos_and_whether_it_is_retained(word: Topic) -> None:
    retained = "retained" if kept(word) else "not retained"
    assert section(word).startswith(f"\nFrom the {speaker(word)}, QoS {messages.QOS[word]}, {retained}. ")


def test_the_table_of_topics_has_every_topic_once_and_the_wards_presence() -> None:
    rows = re.findall(r"^\| `(nightingale/.+?)` \| (\w+) \| (\d) \| (\w+) \|", PAGE, re.MULTILINE)
    boxes = [
        (f"{messages.ROOT}/<device id>/{word}", speaker(word), str(messages.QOS[word]), "yes" if kept(word) else "no")
        for word in Topic
    ]
    assert sorted(rows) == sorted([*boxes, (messages.ward_presence_topic(), "ward", "1", "yes")])


@pytest.mark.parametrize("word", Topic)
def test_the_pages_example_of_a_message_is_the_golden_one(word: Topic) -> None:
    example = msgspec.json.format(golden(EXAMPLES.get(word, word)), indent=2).decode()
    assert re.findall(r"```json\n(.*?)\n```", section(word), re.DOTALL) == [example]


@pytest.mark.parametrize("kind", EntryKind)
def test_the_pages_example_of_an_entrys_data_is_the_golden_one(kind: EntryKind) -> None:
    data = msgspec.json.encode(msgspec.json.decode(golden_entry(EXAMPLES.get(kind, kind)))["data"]).decode()
    assert re.findall(r"```json\n(.*?)\n```", section(kind), re.DOTALL) == [data]


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_page_describes_each_field_in_order_and_no_other(name: str) -> None:
    assert re.findall(r"^\| `(\w+)` \|", section(name), re.MULTILINE) == list(DESCRIBED[name].__struct_encode_fields__)


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_page_says_which_fields_are_optional_and_which_may_be_null(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", section(name), re.MULTILINE)
    for (field, described), info in zip(rows, msgspec.structs.fields(DESCRIBED[name]), strict=True):
        assert field == info.encode_name
        assert ("optional" in described) is not info.required
        assert bool(re.search(r"\bnull\b", described)) is (types.NoneType in getattr(info.type, "__args__", ()))


@pytest.mark.parametrize("word", [word for closed in CLOSED for word in closed])
def test_the_page_names_every_word_of_a_closed_list(word: StrEnum) -> None:
    assert f"`{word}`" in PAGE


def test_the_page_has_every_code_of_a_reason_with_its_line() -> None:
    (table,) = re.findall(r"^## Reasons\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)) == messages.LINES


def test_the_asyncapi_document_is_the_one_that_the_code_makes() -> None:
    made = runpy.run_path(str(DOCS / "make_asyncapi.py"))
    expected = made["as_yaml"](made["asyncapi"]())
    assert (DOCS / "asyncapi.yaml").read_text() == expected, "run: python docs/make_asyncapi.py > docs/asyncapi.yaml"


def test_the_asyncapi_document_has_a_channel_for_every_topic_and_the_wards_presence() -> None:
    addresses = {name: channel["address"] for name, channel in asyncapi()["channels"].items()}
    boxes = {word.value: f"{messages.ROOT}/{{device_id}}/{word}" for word in Topic}
    assert addresses == boxes | {"ward_presence": messages.ward_presence_topic()}


@pytest.mark.parametrize("word", Topic)
def test_the_asyncapi_document_tells_a_topic_as_the_box_does(word: Topic) -> None:
    operations = [told for told in asyncapi()["operations"].values() if told["channel"]["$ref"] == f"#/channels/{word}"]
    assert [told["action"] for told in operations] == ["send" if word in FROM_DEVICE else "receive"]
    mqtt = operations[0]["bindings"]["mqtt"]
    assert (mqtt["qos"], mqtt["retain"]) == (messages.QOS[word], kept(word))
    payload = asyncapi()["components"]["messages"][word]["payload"]
    assert payload == {"$ref": f"#/components/schemas/{messages.TYPES[word].__name__}"}


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    references = set(_references(asyncapi()))
    assert len(references) > len(DESCRIBED)
    for reference in references:
        found = asyncapi()
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_asyncapi_document_has_every_field_of_every_struct(name: str) -> None:
    kind = DESCRIBED[name]
    schema = asyncapi()["components"]["schemas"][kind.__name__]
    assert list(schema["properties"]) == list(kind.__struct_encode_fields__)
    required = [info.encode_name for info in msgspec.structs.fields(kind) if info.required]
    assert schema["required"] == required


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for inner in value.values() for found in _references(inner)]
    return [found for inner in value for found in _references(inner)] if isinstance(value, list) else []
