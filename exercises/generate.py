"""Write the students' notebooks from the masters: python exercises/generate.py [--check]."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import jupytext
import nbformat

HERE = Path(__file__).resolve().parent
SOLUTION = re.compile(
    r"^[ \t]*### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION[ \t]*$", re.DOTALL | re.MULTILINE
)
MARK_SCHEME = re.compile(
    r"\n*^=== BEGIN MARK SCHEME ===$.*?^=== END MARK SCHEME ===$", re.DOTALL | re.MULTILINE
)
ANSWER = re.compile(r"^(answer_\w+)\s*=", re.MULTILINE)
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook(master: Path, *, solved: bool = False) -> nbformat.NotebookNode:
    """Read a master; without its solutions and mark scheme unless `solved`."""
    book = jupytext.read(master, fmt="py:percent")
    book.metadata, book.nbformat, book.nbformat_minor = nbformat.from_dict(METADATA), 4, 5
    for number, cell in enumerate(book.cells):
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell_{number:02d}")
        if not solved:
            cell.source = MARK_SCHEME.sub("", SOLUTION.sub(_stub, cell.source))
    nbformat.validate(book)
    return book


def _stub(solution: re.Match[str]) -> str:
    names = dict.fromkeys(ANSWER.findall(solution[1]))
    return "\n".join(["# your code here", *(f"{name} = ..." for name in names)])


def text(book: nbformat.NotebookNode) -> str:
    """Give a notebook as the text of its file."""
    return nbformat.writes(book, indent=1, ensure_ascii=False).rstrip("\n") + "\n"


def main(arguments: list[str] | None = None, *, folder: Path = HERE) -> int:
    """Write the notebooks, or with --check say which are not what the masters would give."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a notebook is stale")
    check = parser.parse_args(arguments).check
    wanted = {
        folder / f"{m.stem}.ipynb": text(notebook(m)) for m in sorted((folder / "masters").glob("*.py"))
    }
    found = {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.ipynb"))}
    stale = [path for path in {**wanted, **found} if wanted.get(path) != found.get(path)]
    for path in stale:
        if path not in wanted:
            print(f"{path.name} has no master. Hint: write masters/{path.stem}.py, or delete the notebook.")
        elif check:
            print(f"{path.name} is stale. Hint: python exercises/generate.py")
        else:
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
            print(f"wrote {path.name}")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
