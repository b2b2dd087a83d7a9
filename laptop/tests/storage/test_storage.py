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


def test_a_delimiter_shows_what_lies_deeper_as_one_name(server: Server) -> None:
    bucket = server.bucket()
    for name in ("index", "runs/1/a", "runs/1/b", "runs/2/a", "runs/top"):
        put(bucket, name, name)
    listed = server.client.list_blobs(bucket.name, delimiter="/")
    assert ([blob.name for blob in listed], listed.prefixes) == (["index"], {"runs/"})
    listed = server.client.list_blobs(bucket.name, prefix="runs/", delimiter="/")
    assert [blob.name for blob in listed] == ["runs/top"]
    assert listed.prefixes == {"runs/1/", "runs/2/"}


def test_names_and_what_lies_deeper_share_pages(server: Server) -> None:
    bucket = server.bucket()
    for name in ("a/1", "a/2", "b", "c/1", "d"):
        put(bucket, name, name)
    listed = server.client.list_blobs(bucket.name, delimiter="/", page_size=1)
    pages = [([blob.name for blob in page], set(page.prefixes)) for page in listed.pages]
    assert pages == [([], {"a/"}), (["b"], set()), ([], {"c/"}), (["d"], set())]


def test_an_empty_bucket_lists_nothing(server: Server) -> None:
    bucket = server.bucket()
    assert list(bucket.list_blobs()) == []
    assert list(bucket.list_blobs(prefix="runs/", delimiter="/")) == []


@pytest.mark.parametrize("size", ["0", "-1", "many"])
def test_a_page_has_a_size(server: Server, size: str) -> None:
    url = f"{server.url}/storage/v1/b/{server.bucket().name}/o"
    answer = httpx.get(url, params={"maxResults": size})
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, "invalid")


def test_buckets_of_a_project_are_listed_by_name(server: Server) -> None:
    other = Client("lister", AnonymousCredentials(), client_options={"api_endpoint": server.url})
    names = sorted(f"b-{uuid.uuid4().hex[:12]}" for _ in range(2))
    for name in reversed(names):
        other.create_bucket(name)
    assert [bucket.name for bucket in other.list_buckets()] == names


def test_a_bucket_is_changed_where_it_is_named(server: Server) -> None:
    bucket = server.bucket()
    bucket.labels = {"of": "tests"}
    bucket.patch()
    found = server.client.get_bucket(bucket.name)
    assert (found.labels, found.location, found.metageneration) == ({"of": "tests"}, "US-WEST2", 2)


def test_an_empty_bucket_is_deleted_and_its_name_free_again(server: Server) -> None:
    bucket = server.bucket()
    bucket.delete()
    assert server.client.lookup_bucket(bucket.name) is None
    server.client.create_bucket(bucket.name)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [(0, 3, "0123"), (4, None, "456789"), (8, 99, "89"), (9, 9, "9"), (None, None, "0123456789")],
)
def test_a_range_of_an_object_is_read(
    server: Server, first: int | None, last: int | None, text: str
) -> None:
    blob = put(server.bucket(), "digits", "0123456789")
    assert blob.download_as_bytes(start=first, end=last, checksum=None).decode() == text


@pytest.mark.parametrize(
    ("header", "status", "span"),
    [
        ("bytes=2-4", 206, "bytes 2-4/10"),
        ("bytes=-3", 206, "bytes 7-9/10"),
        ("bytes=-30", 206, "bytes 0-9/10"),
        ("bytes=10-", 416, None),
        ("bytes=-", 200, None),
        ("lines=1-2", 200, None),
    ],
)
def test_an_answer_says_which_range_it_is(
    server: Server, header: str, status: int, span: str | None
) -> None:
    blob = put(server.bucket(), "digits", "0123456789")
    url = f"{server.url}/{blob.bucket.name}/digits"
    answer = httpx.get(url, headers={"Range": header})
    assert (answer.status_code, answer.headers.get("content-range")) == (status, span)


def test_an_object_is_read_in_pieces(server: Server) -> None:
    content = bytes(range(256)) * 3000
    blob = server.bucket().blob("large")
    blob.upload_from_string(content)
    blob.chunk_size = 256 * 1024
    assert blob.download_as_bytes() == content
    with blob.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        assert file.read() == content[-4:]


def test_an_object_that_is_opened_is_written_in_pieces(server: Server) -> None:
    bucket = server.bucket()
    with bucket.blob("lines").open("w") as file:
        file.writelines(f"line {number}\n" for number in range(3))
    assert bucket.get_blob("lines").download_as_text() == "line 0\nline 1\nline 2\n"


@pytest.mark.parametrize(
    "name",
    ["ab", "Capital", "-dash", "dash-", "goog-x", "my-google-x", "1.2.3.4", "a" * 64, "a..b"],
)
def test_a_wrong_name_of_a_bucket_is_refused(server: Server, name: str) -> None:
    body = {"name": name}
    answer = httpx.post(f"{server.url}/storage/v1/b", params={"project": PROJECT}, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == f"Invalid bucket name: '{name}'"


def test_a_bucket_with_a_label_of_wrong_characters_is_refused(server: Server) -> None:
    body = {"name": f"b-{uuid.uuid4().hex[:12]}", "labels": {"Team": "x"}}
    made = httpx.post(f"{server.url}/storage/v1/b", params={"project": PROJECT}, json=body)
    place = f"{server.url}/storage/v1/b/{server.bucket().name}"
    changed = httpx.patch(place, json={"labels": {"team": "X"}})
    messages = [answer.json()["error"]["message"] for answer in (made, changed)]
    assert messages == [
        'Label key "Team" has invalid characters.',
        'Label value "X" has invalid characters.',
    ]
    assert "labels" not in httpx.get(place).json()


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


@pytest.mark.parametrize("condition", ["if_metageneration_match", "if_generation_match"])
def test_what_is_not_there_matches_nothing_but_zero(server: Server, condition: str) -> None:
    bucket = server.bucket()
    with pytest.raises(exceptions.PreconditionFailed):
        put(bucket, "a", "first", **{condition: 1})
    assert bucket.get_blob("a") is None


def test_what_is_said_of_an_object_has_a_generation_too(server: Server) -> None:
    bucket = server.bucket()
    put(bucket, "a", "first")
    blob = bucket.blob("a")
    with pytest.raises(exceptions.PreconditionFailed):
        blob.download_as_bytes(if_metageneration_match=2)
    assert blob.download_as_bytes(if_metageneration_match=1) == b"first"
    with pytest.raises(exceptions.PreconditionFailed):
        blob.delete(if_metageneration_not_match=1)


@pytest.mark.parametrize("media", ["json", "media"])
def test_what_was_read_before_is_not_sent_again(server: Server, media: str) -> None:
    blob = put(server.bucket(), "a", "first")
    url = f"{server.url}/storage/v1/b/{blob.bucket.name}/o/a"
    for condition, seen in (("Generation", blob.generation), ("Metageneration", 1)):
        asked = {"alt": media, f"if{condition}NotMatch": seen}
        answer = httpx.get(url, params=asked)
        assert (answer.status_code, answer.content) == (304, b"")
        assert httpx.get(url, params={**asked, f"if{condition}NotMatch": 2}).status_code == 200


def test_nothing_is_no_other_generation(server: Server) -> None:
    bucket = server.bucket()
    with pytest.raises(exceptions.PreconditionFailed):
        put(bucket, "a", "first", if_generation_not_match=5)
    assert bucket.get_blob("a") is None


@pytest.mark.parametrize("value", ["x", "-1", "1.5"])
def test_a_precondition_is_a_number(server: Server, value: str) -> None:
    blob = put(server.bucket(), "a", "first")
    url = f"{server.url}/storage/v1/b/{blob.bucket.name}/o/a"
    answer = httpx.get(url, params={"ifGenerationMatch": value})
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, "invalid")


def test_another_generation_is_neither_read_nor_deleted(server: Server) -> None:
    bucket = server.bucket()
    live = put(bucket, "a", "first").generation
    other = bucket.blob("a", generation=live - 1)
    with pytest.raises(exceptions.NotFound, match=f"a#{live - 1}"):
        other.download_as_bytes()
    with pytest.raises(exceptions.NotFound, match=f"a#{live - 1}"):
        other.delete()
    assert bucket.blob("a", generation=live).download_as_text() == "first"


def test_what_was_deleted_is_gone_and_may_not_be_deleted_again(server: Server) -> None:
    bucket = server.bucket()
    url = f"{server.url}/storage/v1/b/{bucket.name}/o/a"
    put(bucket, "a", "first")
    assert httpx.delete(url).status_code == 429, "within a second"
    assert bucket.get_blob("a") is not None
    assert httpx.delete(f"{url}-other").status_code == 404


@pytest.mark.parametrize(
    ("kind", "body", "refusal"),
    [
        ("multipart/related; boundary=x", b"--x\r\n\r\n{}\r\n--x--", "two parts, found 1"),
        ("text/plain", b"", "needs multipart/related"),
        (
            "multipart/related; boundary=x",
            b"--x\r\nA: b\r\n\r\nno json\r\n--x\r\nA: b\r\n\r\ntext\r\n--x--",
            "Parse Error",
        ),
        (
            "multipart/related; boundary=x",
            b"--x\r\nA: b\r\n\r\n{}\r\n--x\r\nA: b\r\n\r\ntext\r\n--x--",
            "object name is missing",
        ),
    ],
)
def test_an_upload_of_two_parts_has_two_parts(
    server: Server, kind: str, body: bytes, refusal: str
) -> None:
    url = f"{server.url}/upload/storage/v1/b/{server.bucket().name}/o?uploadType=multipart"
    answer = httpx.post(url, headers={"Content-Type": kind}, content=body)
    assert answer.status_code == 400
    assert refusal in answer.json()["error"]["message"]


def session(server: Server, bucket: Bucket, name: str) -> str:
    """The address of an upload in pieces."""
    url = f"{server.url}/upload/storage/v1/b/{bucket.name}/o"
    answer = httpx.post(url, params={"uploadType": "resumable", "name": name}, content=b"{}")
    return answer.headers["location"]


def piece(place: str, span: str, content: bytes = b"") -> httpx.Response:
    return httpx.put(place, headers={"Content-Range": span}, content=content)


def test_an_upload_that_was_interrupted_goes_on_where_it_stopped(server: Server) -> None:
    bucket = server.bucket()
    place = session(server, bucket, "pieces")
    assert piece(place, "bytes */*").headers.get("range") is None
    assert piece(place, "bytes 0-2/*", b"abc").headers["range"] == "bytes=0-2"
    asked = piece(place, "bytes */*")
    assert (asked.status_code, asked.headers["range"]) == (308, "bytes=0-2")
    assert bucket.get_blob("pieces") is None
    assert piece(place, "bytes 3-4/5", b"de").json()["size"] == "5"
    assert bucket.get_blob("pieces").download_as_bytes() == b"abcde"


def test_a_piece_follows_the_one_before_it(server: Server) -> None:
    place = session(server, server.bucket(), "pieces")
    piece(place, "bytes 0-2/*", b"abc")
    assert piece(place, "bytes 9-9/10", b"j").status_code == 503
    assert piece(place, "pieces 3-4", b"de").status_code == 400


def test_an_upload_that_is_whole_is_over(server: Server) -> None:
    place = session(server, server.bucket(), "pieces")
    assert piece(place, "bytes 0-2/3", b"abc").status_code == 200
    assert piece(place, "bytes 0-2/3", b"abc").status_code == 404


def test_a_call_that_is_none_is_refused_in_json(server: Server) -> None:
    answer = httpx.put(f"{server.url}/storage/v1/b")
    assert answer.status_code == 405
    assert "no method here" in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"[1]", b"{", b"'x'"])
def test_a_body_that_is_no_object_is_refused(server: Server, body: bytes) -> None:
    answer = httpx.post(f"{server.url}/storage/v1/b", params={"project": "p"}, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == "parseError"


def test_a_bucket_belongs_to_a_project(server: Server) -> None:
    answer = httpx.post(f"{server.url}/storage/v1/b", json={"name": "of-nobody"})
    assert answer.json()["error"]["message"] == "Required parameter: project"


@pytest.mark.parametrize(("on", "read"), [("read", True), ("write", False)])
def test_a_fault_strikes_reads_or_writes(server: Server, on: str, read: bool) -> None:
    bucket = server.bucket()
    put(bucket, "a", "first")
    server.arm(on=on, contains=bucket.name, action="error", status=503, reason="backendError")
    url = f"{server.url}/storage/v1/b/{bucket.name}/o"
    struck = httpx.get(url) if read else httpx.post(f"{server.url}/upload{url[len(server.url) :]}")
    assert (struck.status_code, struck.json()["error"]["errors"][0]["reason"]) == (
        503,
        "backendError",
    )
    assert httpx.get(url).status_code == 200


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
