from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from crmlab.contracts import DataError
from crmlab.lab import copy_course, lab_command

pytestmark = pytest.mark.usefixtures("course")

LESSON = "notebooks/05_abc.ipynb"


def status(table) -> dict[str, str]:
    return dict(zip(table["file"], table["status"], strict=True))


def test_first_copy_has_everything_but_the_solutions(course: Path, tmp_path: Path) -> None:
    (course / "notebooks/.ipynb_checkpoints").mkdir()
    (course / "notebooks/.ipynb_checkpoints/05_abc.ipynb").write_text("x")
    table = copy_course(tmp_path / "mine")
    assert status(table) == dict.fromkeys(
        [LESSON, "notebooks/06_rfm.ipynb", "exercises/05_abc.ipynb", "datasets/orders.csv"], "new"
    )
    assert (tmp_path / "mine" / LESSON).read_bytes() == (course / LESSON).read_bytes()
    settings = json.loads((tmp_path / "mine/.jupyter/labconfig/default_setting_overrides.json").read_text())
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert set(status(copy_course(tmp_path / "mine")).values()) == {"unchanged"}


def test_what_the_student_changed_is_never_touched(course: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    copy_course(mine)
    (mine / LESSON).write_text("my work")
    assert status(copy_course(mine))[LESSON] == "kept"
    assert not list((mine / "notebooks").glob("*.new*"))

    (course / LESSON).write_text("version 2")
    (course / "notebooks/06_rfm.ipynb").write_text("version 2")
    table = copy_course(mine).set_index("file")
    assert table.loc[LESSON].tolist() == ["kept, new version beside it", "notebooks/05_abc.new.ipynb"]
    assert table.loc["notebooks/06_rfm.ipynb", "status"] == "updated"
    assert (mine / LESSON).read_text() == "my work"
    assert (mine / "notebooks/05_abc.new.ipynb").read_text() == "version 2"
    assert (mine / "notebooks/06_rfm.ipynb").read_text() == "version 2"
    assert status(copy_course(mine))[LESSON] == "kept"  # given once, not again

    (mine / "notebooks/05_abc.new.ipynb").write_text("my notes in the new one")
    (course / LESSON).write_text("version 3")
    assert copy_course(mine).set_index("file").loc[LESSON, "beside"] == "notebooks/05_abc.new2.ipynb"
    assert (mine / "notebooks/05_abc.new.ipynb").read_text() == "my notes in the new one"


def test_a_deleted_file_comes_back(tmp_path: Path) -> None:
    copy_course(tmp_path / "mine")
    (tmp_path / "mine" / LESSON).unlink()
    assert status(copy_course(tmp_path / "mine"))[LESSON] == "new"


@pytest.mark.parametrize("manifest", [b"", b"\xff\xfe\x00", b"[]", b'{"given": 3}', None])
def test_without_its_memory_it_replaces_nothing(course: Path, tmp_path: Path, manifest: bytes | None) -> None:
    mine = tmp_path / "mine"
    copy_course(mine)
    (mine / LESSON).write_text("my work")
    (mine / ".crmlab.json").unlink() if manifest is None else (mine / ".crmlab.json").write_bytes(manifest)
    (course / "notebooks/06_rfm.ipynb").write_text("version 2")
    result = status(copy_course(mine))
    assert result[LESSON] == result["notebooks/06_rfm.ipynb"] == "kept, new version beside it"
    assert (mine / LESSON).read_text() == "my work"


def test_an_interrupted_copy_is_taken_up(tmp_path: Path, monkeypatch) -> None:
    from crmlab import lab

    real, calls = lab.write_file, []

    def full(path: Path, content: str | bytes) -> Path:
        calls.append(path)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(lab, "write_file", full)
    with pytest.raises(DataError) as error:
        copy_course(tmp_path / "mine")
    assert str(error.value) == (
        f"cannot write to '{tmp_path}/mine': No space left on device; nothing of yours was changed. "
        "Hint: choose another folder, as in 'crmlab lab my-course', or make room"
    )
    monkeypatch.setattr(lab, "write_file", real)
    assert sorted(status(copy_course(tmp_path / "mine")).values()) == ["new", "new", "unchanged", "unchanged"]


def test_the_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match=r"cannot write to .*file': File exists"):
        copy_course(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_command_opens_the_first_lesson_and_keeps_the_token(tmp_path: Path) -> None:
    copy_course(tmp_path / "mine")
    command = lab_command(tmp_path / "mine", browser=False, port=8899)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={tmp_path}/mine" in command
    assert "--LabApp.default_url=/lab/tree/notebooks/05_abc.ipynb" in command
    assert {"--no-browser", "--ServerApp.port=8899"} <= set(command)
    assert not any("token" in part or "password" in part or "--ip" in part for part in command)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_bad_port(tmp_path: Path, port: int) -> None:
    with pytest.raises(DataError) as error:
        lab_command(tmp_path, port=port)
    assert str(error.value) == f"the port is {port}; it must be 1 to 65535. Hint: --port 8890"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_jupyterlab_starts_guarded_and_ends(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "crmlab.cli",
        "lab",
        str(tmp_path / "mine"),
        "--no-browser",
        "--port",
        str(port),
    ]
    log = (tmp_path / "log").open("w")
    with log, subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 30
            while True:
                assert process.poll() is None and time.monotonic() < deadline
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=2).close()
                    break
                except OSError:
                    time.sleep(0.1)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/contents", timeout=5)
            assert refused.value.code == 403
            refused.value.close()
            children = psutil.Process(process.pid).children(recursive=True)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    text = (tmp_path / "log").read_text()
    assert "4 new" in text
    assert "/lab/tree/notebooks/05_abc.ipynb?token=" in text
    assert not any(child.is_running() for child in children)
