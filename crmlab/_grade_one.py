"""Grade one submission with nbgrader, in a process that may be ended: python -m crmlab._grade_one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ASSIGNMENT = "exercise"
STUDENT = "student"


def open_course(folder: Path, *, cell_seconds: int) -> Any:
    """Open nbgrader on a course folder that holds one exercise and one student."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.course_id = "crmlab"
    config.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
    config.IncludeHeaderFooter.header = ""
    config.Execute.timeout = cell_seconds
    config.Execute.interrupt_on_timeout = True
    api = NbGraderAPI(config=config)
    return api


def prepare(folder: Path) -> str:
    """Read the exercise into the gradebook; give an error's text, or ""."""
    result = open_course(folder, cell_seconds=60).generate_assignment(ASSIGNMENT)
    return "" if result["success"] else str(result.get("log") or result.get("error"))


def grade(folder: Path, *, cell_seconds: int) -> dict[str, Any]:
    """Run the submission, and give the points of each cell that has any."""
    api = open_course(folder, cell_seconds=cell_seconds)
    result = api.autograde(ASSIGNMENT, STUDENT)
    if not result["success"]:
        return {"error": str(result.get("log") or result.get("error") or "it could not be run")}
    (name,) = [p.stem for p in (folder / "submitted" / STUDENT / ASSIGNMENT).glob("*.ipynb")]
    with api.gradebook as gradebook:
        book = gradebook.find_submission_notebook(name, ASSIGNMENT, STUDENT)
        grades = [
            {
                "task": grade.name,
                "points": grade.auto_score,
                "of": grade.max_score,
                "by_hand": grade.needs_manual_grade,
            }
            for grade in book.grades
        ]
    return {"grades": grades}


def main() -> int:
    """Take the folder, what to do, and the seconds for a cell; write ``result.json`` into the folder."""
    folder, what, seconds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    found = {"error": prepare(folder)} if what == "prepare" else grade(folder, cell_seconds=seconds)
    (folder / "result.json").write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
