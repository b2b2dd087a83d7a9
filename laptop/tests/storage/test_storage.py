"""Cloud Storage through Google's own client: what it takes, and what it refuses."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Blob, Bucket, Client

PROJECT = "demo-project"


@dataclass(frozen=True)
class Server:
    """A local Cloud Storage and the ordinary client of it."""

    url: str
    client: Client

    def bucket(self) -> Bucket:
        """A new bucket."""
        return self.client.create_bucket(f"b-{uuid.uuid4().hex[:12]}", location="us-west2")

    def arm(self, **fault: object) -> None:
        """Arms a fault."""
        httpx.post(f"{self.url}/_local/faults", json=fault).raise_for_status()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    command = [sys.executable, "-m", "laptop.storage", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        options = {"api_endpoint": url}
        yield Server(url, Client(PROJECT, AnonymousCredentials(), client_options=options))
        process.terminate()


def put(bucket: Bucket, name: str, text: str, **options: object) -> Blob:
    """An uploaded object."""
    blob = bucket.blob(name)
    blob.upload_from_string(text, content_type="text/html; charset=utf-8", **options)
    return blob


def test_what_is_uploaded_is_read_with_what_was_said_of_it(server: Server) -> None:
    bucket = server.bucket()
    blob = bucket.blob("runs/a b.html")
    blob.metadata, blob.cache_control = {"made_at": "then"}, "no-cache"
    blob.upload_from_string("<p>é</p>", content_type="text/html; charset=utf-8")
    found = bucket.get_blob("runs/a b.html")
    assert (found.metadata, found.cache_control) == ({"made_at": "then"}, "no-cache")
    assert found.download_as_text() == "<p>é</p>"


def test_a_browser_reads_an_object_at_its_address(server: Server) -> None:
    bucket = server.bucket()
    put(bucket, "runs/1.html", "<p>page</p>")
    answer = httpx.get(f"{server.url}/{bucket.name}/runs/1.html")
    assert (answer.text, answer.headers["content-type"]) == (
        "<p>page</p>",
        "text/html; charset=utf-8",
    )


def test_an_object_says_where_its_content_is(server: Server) -> None:
    bucket = server.bucket()
    put(bucket, "runs/a b.html", "<p>page</p>")
    found = bucket.get_blob("runs/a b.html")
    assert httpx.get(found.media_link).text == "<p>page</p>"
    assert httpx.get(found.self_link).json()["name"] == "runs/a b.html"


def test_what_is_large_comes_in_pieces(server: Server) -> None:
    bucket = server.bucket()
    blob = bucket.blob("large", chunk_size=256 * 1024)
    content = bytes(range(256)) * 3000
    blob.upload_from_string(content)
    assert bucket.get_blob("large").download_as_bytes() == content


def test_objects_are_listed_by_name_and_in_pages(server: Server) -> None:
    bucket = server.bucket()
    for name in ("runs/b", "index", "runs/a"):
        put(bucket, name, name)
    listed = server.client.list_blobs(bucket.name, prefix="runs/", page_size=1)
    assert [blob.name for blob in listed] == ["runs/a", "runs/b"]


@pytest.mark.parametrize(
    "name",
    ["ab", "Capital", "-dash", "dash-", "goog-x", "my-google-x", "1.2.3.4", "a" * 64, "a..b"],
)
def test_a_wrong_name_of_a_bucket_is_refused(server: Server, name: str) -> None:
    body = {"name": name}
    answer = httpx.post(f"{server.url}/storage/v1/b", params={"project": PROJECT}, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == f"Invalid bucket name: '{name}'"


@pytest.mark.parametrize("name", [".", "..", "a\nb", ".well-known/acme-challenge/x", "é" * 513])
def test_a_wrong_name_of_an_object_is_refused(server: Server, name: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="Invalid object name"):
        put(server.bucket(), name, "")


def test_a_bucket_that_is_there_is_not_made_again(server: Server) -> None:
    bucket = server.bucket()
    with pytest.raises(exceptions.Conflict, match="you already own it"):
        server.client.create_bucket(bucket.name)
    other = Client(
        "other-project", AnonymousCredentials(), client_options={"api_endpoint": server.url}
    )
    with pytest.raises(exceptions.Conflict, match="not available"):
        other.create_bucket(bucket.name)


def test_a_bucket_that_is_not_there_takes_and_gives_nothing(server: Server) -> None:
    missing = server.client.bucket("nowhere-at-all")
    with pytest.raises(exceptions.NotFound, match="bucket does not exist"):
        put(missing, "a", "")
    with pytest.raises(exceptions.NotFound, match="bucket does not exist"):
        list(missing.list_blobs())
    assert missing.get_blob("a") is None


def test_an_object_that_is_not_there_is_named(server: Server) -> None:
    bucket = server.bucket()
    with pytest.raises(exceptions.NotFound, match=f"No such object: {bucket.name}/gone"):
        bucket.blob("gone").download_as_bytes()


def test_a_bucket_with_objects_is_not_deleted(server: Server) -> None:
    bucket = server.bucket()
    put(bucket, "a", "")
    with pytest.raises(exceptions.Conflict, match="not empty"):
        bucket.delete()


def test_generation_zero_means_that_nothing_is_there(server: Server) -> None:
    bucket = server.bucket()
    put(bucket, "a", "first", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        put(bucket, "a", "second", if_generation_match=0)
    assert bucket.get_blob("a").download_as_text() == "first"


def test_what_was_overwritten_since_is_not_overwritten_again(server: Server) -> None:
    bucket = server.bucket()
    seen = put(bucket, "a", "first").generation
    put(bucket, "a", "second", if_generation_match=seen)
    with pytest.raises(exceptions.PreconditionFailed):
        put(bucket, "a", "third", if_generation_match=seen)
    assert bucket.get_blob("a").download_as_text() == "second"


def test_one_name_is_not_changed_twice_in_a_second(server: Server) -> None:
    bucket = server.bucket()
    put(bucket, "a", "first")
    with pytest.raises(exceptions.TooManyRequests, match="exceeded the rate limit"):
        put(bucket, "a", "second", retry=None)
    put(bucket, "b", "another name")


def test_content_that_is_not_what_was_announced_is_refused(server: Server) -> None:
    bucket = server.bucket()
    parts = [
        b'--x\r\nContent-Type: application/json\r\n\r\n{"name": "a", "crc32c": "AAAAAA=="}\r\n',
        b"--x\r\nContent-Type: text/plain\r\n\r\nsomething\r\n--x--",
    ]
    answer = httpx.post(
        f"{server.url}/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart",
        headers={"Content-Type": "multipart/related; boundary=x"},
        content=b"".join(parts),
    )
    assert answer.status_code == 400
    assert "CRC32C" in answer.json()["error"]["message"]
    assert bucket.get_blob("a") is None


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_gcloud_writes_and_reads(server: Server, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>page</p>")
    environment = {
        **os.environ,
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{server.url}/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_CORE_PROJECT": PROJECT,
    }
    target = f"gs://{server.bucket().name}/runs/1.html"
    for command in (["cp", str(tmp_path / "page.html"), target], ["cat", target]):
        done = subprocess.run(
            ["gcloud", "storage", *command], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout == "<p>page</p>"


def test_a_policy_is_replaced_only_by_who_has_read_it(server: Server) -> None:
    bucket = server.bucket()
    policy = bucket.get_iam_policy(requested_policy_version=3)
    policy.bindings.append({"role": "roles/storage.objectUser", "members": {"user:a@x.org"}})
    bucket.set_iam_policy(policy)
    with pytest.raises(exceptions.PreconditionFailed, match="concurrent policy changes"):
        bucket.set_iam_policy(policy)


def test_a_lost_answer_of_a_conditional_upload_is_found_out(server: Server) -> None:
    bucket = server.bucket()
    server.arm(on="write", contains=f"{bucket.name}/o", action="error", when="after")
    with contextlib.suppress(exceptions.PreconditionFailed):
        put(bucket, "a", "first", if_generation_match=0)
    assert bucket.get_blob("a").download_as_text() == "first"
