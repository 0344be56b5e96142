"""``pep786 index check``, run as a person runs it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT
from tests.index.check.indexes import CheckedIndex, Reply, only, refused, to_those_who_ask

if TYPE_CHECKING:
    from pep786.verify.index import Request


def check(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), **variables}
    command = [sys.executable, "-m", "pep786", "index", "check", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ)


def test_an_index_that_behaves_is_0_and_what_nobody_sees_is_said() -> None:
    with CheckedIndex() as index:
        done = check(index.simple)
    assert (done.returncode, done.stderr) == (0, "")
    assert "17 of 17 clauses hold." in done.stdout
    assert "No outsider can check:\n  - what is done with the logs" in done.stdout
    assert "\033" not in done.stdout


def test_a_fault_is_1_and_says_what_and_in_which_spelling() -> None:
    with CheckedIndex(only("page", to_those_who_ask(refused))) as index:
        done = check(index.simple, "--project", "Demo.Wheel", FORCE_COLOR="1")
    assert done.returncode == 1
    assert "GET /simple/demo-wheel/, Prefer: no-analytics: 403 instead of 200" in done.stdout
    assert "\033[31m" in done.stdout


def test_json_holds_the_same() -> None:
    with CheckedIndex(cors=False) as index:
        done = check(index.simple, "--json")
        received = len(index.received)
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document["passed"] is True
    assert document["project"] == "demo-backend"
    assert {clause["verdict"] for clause in document["clauses"]} == {"passed", "skipped"}
    assert document["requests"]["with_preference"] + document["requests"]["without_preference"] == received
    assert "logs" in document["not_checked"][0]


def test_a_password_is_used_and_not_printed() -> None:
    def login(request: Request, right: Reply) -> Reply:
        return right if request.values("Authorization") or request.method == "OPTIONS" else Reply(401, {})

    with CheckedIndex(login, redirect_files=False) as index:
        url = index.simple.replace("://", "://me:s3cret@")
        for arguments in ([url], [url, "--json"], [url, "--project", "no-such-project"], [index.simple]):
            done = check(*arguments)
            assert "s3cret" not in done.stdout + done.stderr
            assert done.returncode == (
                2 if arguments[1:] == ["--project", "no-such-project"] or arguments[0] != url else 0
            )


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


BAD = {
    "no URL": (["packages.example/simple/"], "expected http:// or https://"),
    "another scheme": (["ftp://packages.example/"], "expected http:// or https://"),
    "no port": (["http://packages.example:port/"], "expected http:// or https://"),
    "a line break": (["http://packages.example/\r\nX: y/"], "expected http:// or https://"),
    "nobody there": (["http://127.0.0.1:{closed}/simple/"], "Connection refused"),
    "no index": (["{index}nothing/here/"], "gives no project list"),
    "no project list": (["{index}demo-wheel/"], "no file"),
    "no such project": (["{index}", "--project", "absent"], "has no file of absent"),
    "no project's name": (["{index}", "--project", "../x"], "expected the name of a project"),
    "no number": (["{index}", "--timeout", "soon"], "expected a number of seconds"),
    "no time": (["{index}", "--timeout", "0"], "expected a number of seconds"),
    "no argument": ([], "required: URL"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD)
def test_bad_usage_and_no_index_are_2_and_one_line(arguments: list[str], said: str) -> None:
    with CheckedIndex() as index:
        done = check(*(word.format(closed=_closed_port(), index=index.simple) for word in arguments))
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_is_no_http_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}/simple/"
        command = [sys.executable, "-m", "pep786", "index", "check", url]
        environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environ) as process:
            connection, _ = listener.accept()
            connection.sendall(b"220 mail.example ESMTP\r\n")
            connection.close()
            _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert said.startswith("pep786 index check: ")
    assert len(said.splitlines()) == 1


def test_help_has_examples_and_the_exit_status() -> None:
    done = check("--help")
    assert "Examples:" in done.stdout
    assert "Exit status" in done.stdout
