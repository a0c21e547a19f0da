from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from crmlab import doctor


@pytest.fixture(autouse=True)
def _course(course: Path) -> Path:
    return course


@pytest.fixture
def healthy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Leave out the slow checks."""
    for name in ("_kernel", "_data", "_chinese"):
        monkeypatch.setattr(doctor, name, lambda: ("ok", "", ""))


def rows(**options: object) -> dict[str, tuple[str, str, str]]:
    table = doctor.diagnose(**options)
    return {row.check: (row.status, row.found, row.cure) for row in table.itertuples()}


def test_a_sound_installation(course: Path) -> None:
    table = doctor.diagnose()
    assert list(table.columns) == ["check", "status", "found", "cure"]
    found = table.set_index("check")
    needed = found.drop(index=["Chinese font", "browser for tests", "data"])
    assert set(needed["status"]) == {"ok"}, needed[needed["status"] != "ok"].to_string()
    assert (needed["cure"] == "").all()
    assert {"pandas", "papermill", "jupyterlab", "crmlab"} <= set(needed.index)
    assert not {"pytest", "mypy"} & set(needed.index)  # extras are not needed
    assert found.loc["kernel", "found"].startswith("answers in ")
    assert found.loc["course", "found"] == f"2 lessons in {course}"


@pytest.mark.usefixtures("healthy")
def test_missing_and_old_packages_come_with_their_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "duckdb":
            raise importlib.metadata.PackageNotFoundError(name)
        return "2.3.3" if name == "pandas" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = rows()
    assert found["duckdb"] == ("problem", "missing", 'pip install "duckdb<3,>=2"')
    assert found["pandas"] == ("problem", "2.3.3; crmlab needs <4,>=3", 'pip install "pandas<4,>=3"')


@pytest.mark.usefixtures("healthy")
def test_python_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.10.4")
    assert rows()["Python"] == (
        "problem",
        "3.10.4; crmlab needs <3.14,>=3.11",
        "install Python 3.12 and make a new environment with it",
    )


@pytest.mark.usefixtures("healthy")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    status, found, cure = rows(out=tmp_path / "none")["working folder"]
    assert (status, cure) == ("problem", "change to a folder of your own")
    assert found == f"cannot write to {tmp_path}/none: No such file or directory"


@pytest.mark.usefixtures("healthy")
def test_no_course_and_broken_checks_are_findings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken() -> None:
        raise RuntimeError("boom")

    monkeypatch.setenv("CRMLAB_COURSE", str(tmp_path))
    monkeypatch.setattr(doctor, "_data", broken)
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    found = rows()
    assert found["course"][0] == "problem" and "no course in" in found["course"][1]
    assert found["data"] == ("problem", "RuntimeError: boom", "pip install --force-reinstall crmlab")
    assert found["browser for tests"][0] == "hint"


def test_a_kernel_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    status, found, cure = doctor._kernel()
    assert status == "problem"
    assert "/nowhere/python" in found
    assert cure == "pip install --force-reinstall ipykernel jupyter_client"


def test_a_kernel_in_a_running_loop() -> None:
    import asyncio

    async def ask() -> doctor.Finding:
        return doctor._kernel()

    assert asyncio.run(ask())[0] == "ok"
