"""`suture flow asyncapi`: what partners are told of flows, and what they are not."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flow_files import write_flow

from suture.cli.main import cli

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package's own models shadow a name of pydantic's
    from asyncapi3.models.asyncapi import AsyncAPI3

PACKS = Path(__file__).parents[2] / "packs"
HEAD = 'description = "Feed"\nowner = "integration team"\n'
RAW = HEAD + 'format = "raw"\norder_by = "none"\n'


def described(*folders: Path) -> dict[str, Any]:
    """Return the document that is printed, valid by its structure and whole in its references."""
    result = CliRunner().invoke(cli, ["flow", "asyncapi", *map(str, folders)])
    assert result.exit_code == 0, result.output
    AsyncAPI3.model_validate_json(result.stdout)
    document = json.loads(result.stdout)
    for place in references(document):
        found: Any = document
        for part in place.removeprefix("#/").split("/"):
            found = found[part]
    for name, operation in document["operations"].items():
        for each in operation["messages"]:
            assert each["$ref"].startswith(operation["channel"]["$ref"] + "/messages/"), name
    assert isinstance(document, dict)
    return document


def references(part: Any) -> list[str]:
    """Return every `$ref` of a document."""
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [each for value in part.values() for each in references(value)]
    if isinstance(part, list):
        return [each for value in part for each in references(value)]
    return []


def test_sources_are_received_and_destinations_sent_to() -> None:
    """With kinds of messages, conditions in words, and one channel where flow feeds flow."""
    document = described(PACKS / "hl7-results" / "flows")
    assert document["asyncapi"] == "3.0.0"
    operations = document["operations"]
    assert {name: each["action"] for name, each in operations.items()} == {
        "receive_results-archive": "receive",
        "receive_results-in": "receive",
        "send_results-archive_files": "send",
        "send_results-in_archive": "send",
        "send_results-in_intensive-care": "send",
        "send_results-in_wards": "send",
    }
    assert operations["receive_results-in"]["summary"] == "owner: integration team"
    assert "trigger is ORU^R01" in operations["receive_results-in"]["description"]
    assert operations["send_results-in_wards"]["description"] == (
        "To wards when PV1-3.1 is not ICU*."
    )
    fed = {"$ref": "#/channels/results-archive"}
    assert operations["send_results-in_archive"]["channel"] == fed
    assert operations["receive_results-archive"]["channel"] == fed
    wards = document["channels"]["results-in_wards"]
    assert wards["messages"]["ORU-R01"]["name"] == "ORU^R01"
    assert wards["messages"]["ORU-R01"]["contentType"] == "application/hl7-v2"
    assert document["servers"]["mllp-127-0-0-1-6673"] == {
        "host": "127.0.0.1:6673",
        "protocol": "mllp",
    }
    assert document["channels"]["results-archive_files"]["address"] == "results"


def test_a_conversion_changes_what_is_sent() -> None:
    """The format a partner gets, not the one that came in."""
    document = described(PACKS / "orders-by-file" / "flows")
    types = {
        message["contentType"]
        for name, channel in document["channels"].items()
        for message in channel["messages"].values()
        if "_" in name
    }
    assert types == {"application/EDIFACT"}


ENDS = [
    ('connector = "http"\nport = 8080\npath = "/in"\nauth = { bearer_file = "SYNSECRET" }',
     ("http", "127.0.0.1:8080", None, "/in", {"type": "http", "scheme": "bearer"})),
    ('connector = "nats"\nservers = ["nats://nats.example.org:4222"]\nstream = "LAB"\n'
     'durable = "hub"\nsubject = "lab.in"\nuser = "SYNUSER"\npassword_file = "SYNSECRET"',
     ("nats", "nats.example.org:4222", None, "lab.in", {"type": "userPassword"})),
    ('connector = "rabbitmq"\nhost = "localhost"\nvhost = "lab"\nqueue = "in"\nuser = "SYNUSER"\n'
     'password_file = "SYNSECRET"',
     ("amqp", "localhost", "/lab", "in", {"type": "userPassword"})),
    ('connector = "sftp"\nhost = "sftp.example.org"\nuser = "SYNUSER"\nknown_hosts = "SYNSECRET"\n'
     'key_file = "SYNSECRET"\nfolder = "/in"',
     ("sftp", "sftp.example.org:22", None, "/in", {"type": "asymmetricEncryption"})),
    ('connector = "database"\nurl = "postgresql://SYNUSER@db.example.org/lis?sslmode=verify-full"\n'
     'password_file = "SYNSECRET"\nkey = "id"\nread = "SELECT id FROM SYNTABLE LIMIT :limit"\n'
     'mark = "UPDATE t SET taken = 1 WHERE id = :key"',
     ("postgresql", "db.example.org", "/lis", None, {"type": "userPassword"})),
    ('connector = "database"\nurl = "sqlite:lis.db"\nkey = "id"\n'
     'read = "SELECT id FROM t LIMIT :limit"\nmark = "DELETE FROM t WHERE id = :key"',
     ("sqlite", "localhost", None, "lis.db", None)),
    ('connector = "files"\nfolder = "in"', ("file", "localhost", None, "in", None)),
    ('connector = "flow"', ("flow", "localhost", None, "feed", None)),
]  # fmt: skip


@pytest.mark.parametrize(("source", "wanted"), ENDS)
def test_every_connector_says_where_it_is_and_no_secret(
    tmp_path: Path, source: str, wanted: tuple[str, str, str | None, str | None, object]
) -> None:
    """Protocol, host, address and the kind of credentials; no user, no file, no statement."""
    text = (
        f'{RAW}[source]\n{source}\n[[destination]]\nname = "a"\nconnector = "files"\nfolder="o"\n'
    )
    write_flow(tmp_path, "feed", text)
    document = described(tmp_path)
    channel = document["channels"]["feed"]
    (at,) = channel["servers"]
    server = document["servers"][at["$ref"].rpartition("/")[2]]
    asked = document["operations"]["receive_feed"].get("security", [None])[0]
    found = (server["protocol"], server["host"], server.get("pathname"), channel["address"], asked)
    assert found == wanted
    assert "SYN" not in json.dumps(document)


def test_as2_says_whose_keys_and_no_query(tmp_path: Path) -> None:
    """A query may hold what is not for everybody."""
    text = (
        f'{RAW}[source]\nconnector = "flow"\n[[destination]]\nname = "there"\nconnector = "as2"\n'
        'url = "https://peer.example.org/as2?key=SYNSECRET"\nas2_from = "US"\nas2_to = "THEM"\n'
        'keys = [{ certificate = "SYNSECRET", key_file = "SYNSECRET" }]\n'
        'partner_certificates = ["SYNSECRET"]\ncontent_type = "application/EDI-X12"\n'
    )
    write_flow(tmp_path, "feed", text)
    document = described(tmp_path)
    assert document["servers"] == {
        "flow-localhost": {"host": "localhost", "protocol": "flow"},
        "as2-peer-example-org": {"host": "peer.example.org", "protocol": "as2"},
    }
    assert document["channels"]["feed_there"]["address"] == "/as2"
    assert document["operations"]["send_feed_there"]["security"] == [{"type": "X509"}]
    (message,) = document["channels"]["feed_there"]["messages"].values()
    assert message["contentType"] == "application/EDI-X12"
    assert "SYN" not in json.dumps(document)


def test_http_out_says_method_envelope_and_what_it_shows(tmp_path: Path) -> None:
    """A certificate at the server, a token at the operation: both are wanted."""
    text = (
        f'{RAW}[source]\nconnector = "flow"\n[[destination]]\nname = "there"\nconnector = "http"\n'
        'url = "https://peer.example.org/in"\nmethod = "PUT"\nenvelope = "cloudevents"\n'
        'content_type = "text/plain"\n'
        'tls = { ca = "SYNSECRET", certificate = "SYNSECRET", key_file = "SYNSECRET" }\n'
        'auth = { token_url = "https://login.example.org/token", client_id = "SYNUSER",'
        ' client_secret_file = "SYNSECRET" }\n'
    )
    write_flow(tmp_path, "feed", text)
    document = described(tmp_path)
    operation = document["operations"]["send_feed_there"]
    assert operation["bindings"]["http"]["method"] == "PUT"
    assert operation["security"][0]["type"] == "oauth2"
    assert document["servers"]["https-peer-example-org"]["security"] == [{"type": "X509"}]
    (message,) = document["channels"]["feed_there"]["messages"].values()
    assert message["contentType"] == "text/plain"
    assert "ce-id" in message["headers"]["required"]
    assert "SYN" not in json.dumps(document)


def test_a_flow_that_is_not_sound_is_not_described(tmp_path: Path) -> None:
    """Exit code 1, and what is wrong with it."""
    write_flow(tmp_path, "feed", HEAD + '[source]\nconnector = "nothing"\n')
    assert CliRunner().invoke(cli, ["flow", "asyncapi", str(tmp_path)]).exit_code == 1
