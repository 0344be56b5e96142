"""The performance page is what was measured, and no other page has a figure of speed of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

sys.path.append(str(CHECKOUT / "benchmarks"))

import figures
import report
import run

_FILES = (CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md")))
PAGES = {path.stem: path.read_text("utf-8") for path in _FILES}
RESULTS = figures.read()

#: A number with a unit of time, throughput, memory or work, and "three times as much processor time" in words.
_SPEED = re.compile(
    r"\d[\d.,]*\s?(?:ns|µs|ms|MiB|[MGk]B/s|%|times|M instructions|core hours)(?!\w)"
    r"|\b(?:[\d.]+|twice|two|three|four|half|third|tenth)(?: times)?"
    r" (?:as (?:fast|slow|much)|faster|slower|more processor)"
)
#: What looks like one and is none.
_OTHER = {"index-logs": {"1 MiB"}, "faults": {"4 MiB"}}


def test_the_page_is_what_was_measured() -> None:
    assert PAGES["performance"] == report.text(RESULTS)


def test_each_drawing_is_of_the_points_in_the_results() -> None:
    drawn = list(report.measured_curves(RESULTS))
    assert drawn
    for curve, lines in drawn:
        path = report.drawing(str(CHECKOUT / "docs" / "performance"), curve)
        with open(path, encoding="utf-8") as file:
            assert report.digest(lines) in file.read(), path


def test_every_figure_on_another_page_is_one_of_the_results() -> None:
    quoted = {name for text in PAGES.values() for name in re.findall(r"\{measured\}`([^`]+)`", text)}
    assert len(quoted) > 20
    assert quoted - set(figures.FIGURES) == set()


@pytest.mark.parametrize("name", [name for name in PAGES if name not in {"performance", "changelog"}])
def test_no_page_has_a_figure_of_speed_of_its_own(name: str) -> None:
    text = re.sub(r"\{measured\}`[^`]+`", "", PAGES[name])
    assert {found[0] for found in _SPEED.finditer(text)} - _OTHER.get(name, set()) == set()


def test_nothing_of_the_machine_that_ran_them_is_in_the_results() -> None:
    text = json.dumps(RESULTS)
    assert re.findall(r"/(?:home|root|tmp|Users|usr|opt|work)/[^\"]*", text) == []


CANNED: dict[str, Any] = {
    "scripts": {
        "proxy": {
            "date": "2026-11-28",
            "python": "3.11.7",
            "platform": "Linux x86_64",
            "processor": "one of a kind, 2 processors",
            "versions": {"uv": "0.13.8"},
            "figures": {"proxy.30 wheels, https": {"value": 1.58, "spread": 0.1, "rounds": 7}},
        },
        "startup": {
            "date": "2026-11-28",
            "python": "3.13.0",
            "platform": "Linux x86_64",
            "processor": "one of a kind, 2 processors",
            "versions": {},
            "figures": {"startup.shim.count": {"value": 2.4, "spread": 0.01, "rounds": 3}},
        },
        "growth": {"date": "2026-11-28", "failed": "not done in 1500 s"},
    }
}


def _row(text: str, start: str) -> list[str]:
    (line,) = (line for line in text.splitlines() if line.startswith(f"| {start} "))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_says_what_was_measured_and_whether_that_is_the_goal() -> None:
    text = report.text(CANNED)
    row = _row(text, "30 wheels over https, behind `pep786 run`")
    assert row[1:5] == ["uv alone", "1.58 times", "0.10", "**missed**: at most 1.3 times"]
    assert "- missed: 30 wheels over https, behind `pep786 run`: 1.58 times, goal at most 1.3 times" in text
    assert "\n\nWith uv 0.13.8.\n\n" in text


def test_what_was_not_measured_is_said_to_be_that() -> None:
    text = report.text(CANNED)
    assert _row(text, "start of uv behind the proxy")[2:5] == ["not measured", "", "at most 150 ms"]
    assert "`benchmarks/growth.py` has no figures: not done in 1500 s." in text
    assert "`benchmarks/growth.py`: not measured." in text
    goals = sum(figure.goal is not None for figure in figures.FIGURES.values())
    assert f"\n0 of {goals} figures with a goal meet it, 1 do not, {goals - 1} could not be judged.\n" in text


def test_a_goal_for_one_python_does_not_judge_another() -> None:
    assert _row(report.text(CANNED), "start of any Python process with the shim")[4].startswith("at most")


def _script(path: Path, code: str) -> str:
    path.write_text(f"import json, sys\n{code}\n", encoding="utf-8")
    return str(path)


def test_a_script_that_fails_is_said(tmp_path: Path) -> None:
    with pytest.raises(run.FailedError, match="status 3"):
        run.measured(_script(tmp_path / "fails.py", "sys.exit(3)"), run.Script(60), quick=True)


def test_a_script_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(600)"
    )
    with pytest.raises(run.FailedError, match="not done in 10 s"):
        run.measured(_script(tmp_path / "hangs.py", code), run.Script(10), quick=True)
    assert _ended(int((tmp_path / "pid").read_text()))


def _ended(process: int) -> bool:
    for _ in range(200):
        try:
            with open(f"/proc/{process}/stat", encoding="ascii") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_a_figure_without_a_row_is_refused(tmp_path: Path) -> None:
    code = "json.dump({'figures': {'nobody.knows': {'value': 1}}}, open(sys.argv[-1], 'w'))"
    with pytest.raises(run.FailedError, match=re.escape("figures.py does not have nobody.knows")):
        run.measured(_script(tmp_path / "measures.py", code), run.Script(60), quick=True)


def test_one_script_alone_replaces_its_rows_and_leaves_the_others(tmp_path: Path) -> None:
    results, made = tmp_path / "results.json", tmp_path / "page.md"
    results.write_text(json.dumps(CANNED), encoding="utf-8")
    command = [sys.executable, str(CHECKOUT / "benchmarks" / "run.py"), "--quick", "--only", "decision"]
    subprocess.run([*command, "--results", str(results), "--page", str(made)], check=True, stdout=subprocess.DEVNULL)
    found = json.loads(results.read_text("utf-8"))
    assert found["scripts"]["proxy"] == CANNED["scripts"]["proxy"]
    assert found["scripts"]["decision"]["figures"]["decision.worst"]["value"] > 0
    assert _row(made.read_text("utf-8"), "an index's decision on one of pip's requests")[2].endswith(" µs")
