"""http.* calls against a real server on this machine."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from laptop.ports import free_port

Run = Callable[..., Any]


class Echo(BaseHTTPRequestHandler):
    """/echo: the request; /status/N; /big: 3 MB; /flaky: 503 once; /cut: no answer."""

    flaky = 0

    def handle_any(self) -> None:
        path, body = urlsplit(self.path), self.rfile.read(int(self.headers["content-length"] or 0))
        if path.path == "/cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        echo = {
            "method": self.command,
            "query": parse_qs(path.query),
            "body": body.decode(),
            "type": self.headers["content-type"],
            "tag": self.headers["x-tag"],
        }
        code, text = 200, json.dumps(echo)
        if path.path == "/flaky":
            Echo.flaky += 1
            code = 503 if Echo.flaky == 1 else 200
        elif path.path.startswith("/status/"):
            code = int(path.path.rpartition("/")[2])
        elif path.path == "/big":
            text = json.dumps("x" * 3_000_000)
        self.answer(code, text.encode(), "text/plain" if path.path == "/text" else None)

    def answer(self, code: int, content: bytes, media: str | None) -> None:
        self.send_response(code)
        self.send_header("content-type", media or "application/json; charset=utf-8")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


CALL = """
  main:
    params: [args]
    steps:
      - ask:
          call: http.request
          args:
            method: ${args.method}
            url: ${args.url}
            query: {n: 1, list: [a, b], flag: true}
            headers: {X-Tag: "7"}
            body: ${args.body}
            auth: {type: OIDC}
          result: answer
      - r: {return: "${answer}"}
"""


@pytest.fixture
def ask(run: Run, url: str) -> Run:
    def asks(path: str, method: str = "GET", body: Any = None) -> Any:
        source = CALL.replace("method: ${args.method}", f"method: {method}")
        return run(source, {"url": url + path, "body": body})

    return asks


def test_a_map_is_sent_as_json_and_json_is_decoded(ask: Run) -> None:
    answer = ask("/echo", "POST", {"a": [1]})
    assert answer["code"] == 200
    assert answer["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert answer["body"]["body"] == '{"a":[1]}'
    assert answer["body"]["type"] == "application/json"
    assert answer["body"]["tag"] == "7"


def test_query_values_are_text_and_lists_repeat(ask: Run) -> None:
    query = ask("/echo")["body"]["query"]
    assert query == {"n": ["1"], "list": ["a", "b"], "flag": ["true"]}


def test_a_string_is_sent_as_it_is(ask: Run) -> None:
    assert ask("/echo", "PUT", "plain")["body"]["body"] == "plain"


def test_text_stays_text(ask: Run) -> None:
    assert isinstance(ask("/text")["body"], str)


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete"])
def test_each_verb_has_its_call(run: Run, url: str, verb: str) -> None:
    source = f"""
      - ask: {{call: http.{verb}, args: {{url: "{url}/echo"}}, result: answer}}
      - r: {{return: "${{answer.body.method}}"}}
    """
    assert run(source) == verb.upper()


CAUGHT = """
  main:
    params: [url]
    steps:
      - attempt:
          try: {call: http.get, args: {url: "${url}", timeout: 5}, result: answer}
          except: {as: e, steps: [{caught: {return: "${e}"}}]}
      - r: {return: "${answer}"}
"""


def test_a_status_from_400_is_an_http_error_with_the_answer(run: Run, url: str) -> None:
    error = run(CAUGHT, f"{url}/status/404")
    assert error["tags"] == ["HttpError"]
    assert error["code"] == 404
    assert error["message"] == "HTTP server responded with error code 404"
    assert error["body"]["method"] == "GET"
    assert "Content-Type" in error["headers"]


def test_a_closed_port_is_a_connection_failed_error(run: Run) -> None:
    assert run(CAUGHT, f"http://127.0.0.1:{free_port()}/")["tags"] == ["ConnectionFailedError"]


def test_a_cut_answer_is_a_connection_error(run: Run, url: str) -> None:
    assert run(CAUGHT, f"{url}/cut")["tags"] == ["ConnectionError"]


def test_a_silent_server_is_a_timeout_error(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = CAUGHT.replace("timeout: 5", "timeout: 0.1")
        error = run(source, f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert error["tags"] == ["TimeoutError"]


def test_a_response_over_2_megabytes_is_refused(run: Run, url: str) -> None:
    assert run(CAUGHT, f"{url}/big")["tags"] == ["ResourceLimitError"]


def test_an_address_without_scheme_is_a_value_error(run: Run) -> None:
    assert run(CAUGHT, "example")["tags"] == ["ValueError"]


def test_the_default_policy_retries_503(run: Run, url: str) -> None:
    Echo.flaky = 0
    result = run(f"""
      - attempt:
          try: {{call: http.get, args: {{url: "{url}/flaky"}}, result: answer}}
          retry: ${{http.default_retry}}
      - r: {{return: "${{answer.code}}"}}
    """)
    assert (result, Echo.flaky) == (200, 2)
