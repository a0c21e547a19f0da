"""Build the course as a site: python docs/build.py [--lang zh] [--out site]. It works without a network.

The pages come from the lessons as they are committed, with their outputs; nothing is executed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from pages_of_the_site import api_pages, graph_page, instructor_tables, teaching_notes

from crmlab.catalogue import LANGUAGES, translate
from crmlab.course import lessons, read_notebook

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LIVE = (
    "*Here stands an interactive control. Open the notebook in JupyterLab to move it; "
    "the page shows what it says at its start.*"
)


def lesson_page(path: Path, language: str) -> Any:
    """Make a lesson fit for the site: translated, without speaker notes, plumbing folded, controls named."""
    book = translate(read_notebook(path), stem=path.stem, language=language)
    book.cells = [cell for cell in book.cells if "notes" not in cell.metadata.get("tags", [])]
    for cell in book.cells:
        tags = cell.metadata.setdefault("tags", [])
        if cell.cell_type == "code":
            if not cell.source.lstrip().startswith("# ★") and "parameters" not in tags:
                tags.append("hide-input")
            if "widget" in tags:
                cell.outputs = [nbformat.v4.new_output("display_data", {"text/markdown": LIVE})]
        else:
            cell.source = site_links(cell.source)
    book.metadata.pop("widgets", None)
    return book


def site_links(text: str) -> str:
    """Point the links between the folders of the course at the pages of the site."""
    text = re.sub(r"\]\((?:\.\./)?notebooks/README\.md(#[\w-]+)?\)", r"](../glossary.md)", text)
    text = re.sub(r"\]\((?:\.\./)?datasets/README\.md(#[\w-]+)?\)", r"](../data.md)", text)
    return re.sub(
        r"\]\(\.\./(notebooks|exercises)/(\w+)\.ipynb\)", lambda m: f"](../{PLACE[m[1]]}/{m[2]}.ipynb)", text
    )


PLACE = {"notebooks": "lessons", "exercises": "exercises"}


def lay_out(folder: Path, language: str) -> None:
    """Write the sources of the site into a folder."""
    for name in ("conf.py", "_static"):
        source = HERE / name
        shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy(source, folder / name)
    for page in sorted(HERE.glob("*.md")):
        shutil.copy(page, folder / page.name)
    for picture in sorted(HERE.glob("*.png")):
        shutil.copy(picture, folder / picture.name)
    for part in ("lessons", "exercises", "api"):
        (folder / part).mkdir()
    examples = ROOT / "examples" / "sweeps"
    page = (examples / "README.md").read_text(encoding="utf-8")
    page = re.sub(r"\[([^]]+)\]\(\w+\.ipynb\)", r"\1", page)  # the notebook stays in the clone
    page = page.replace("in this folder;", "in the folder `examples/sweeps` of the clone;")
    (folder / "sweeps.md").write_text(page, encoding="utf-8")
    for picture in examples.glob("*.png"):
        shutil.copy(picture, folder / picture.name)
    found = lessons()
    for path in found.values():
        nbformat.write(lesson_page(path, language), folder / "lessons" / path.name)
        exercise = ROOT / "exercises" / path.name
        if exercise.exists():
            book = read_notebook(exercise)
            for cell in book.cells:
                if cell.cell_type == "markdown":
                    cell.source = site_links(cell.source)
            nbformat.write(book, folder / "exercises" / path.name)
    for part, head in (("lessons", "# The lessons\n\n"), ("exercises", exercises_head())):
        names = [path.stem for path in found.values() if (folder / part / path.name).exists()]
        listed = tree(names) if part == "lessons" else tree(names).replace("1\n\n", "1\n:hidden:\n\n", 1)
        (folder / part / "index.md").write_text(head + listed, encoding="utf-8")
    page = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    page = page.replace("# The lessons", "# Map of the topics, and glossary", 1)
    page = re.sub(r"\]\((\d\d_\w+)\.ipynb\)", r"](lessons/\1.ipynb)", page)
    page = page.replace("](../exercises/", "](exercises/")
    (folder / "glossary.md").write_text(page, encoding="utf-8")
    (folder / "data.md").write_text(
        (ROOT / "datasets" / "README.md").read_text(encoding="utf-8"), encoding="utf-8"
    )
    api_pages(folder / "api")
    graph_page(folder)
    teacher = folder / "instructor.md"
    text = teacher.read_text(encoding="utf-8")
    text = text.replace("<!-- tables -->", instructor_tables()).replace(
        "<!-- teaching notes -->", teaching_notes()
    )
    teacher.write_text(text, encoding="utf-8")


def exercises_head() -> str:
    """Take the list of the exercises and what a student does first, before the part for instructors."""
    page = (ROOT / "exercises" / "README.md").read_text(encoding="utf-8").split("## For instructors")[0]
    how = (
        "These pages are to read. To work, open the course in JupyterLab (`make lab` in a clone, else "
        "`crmlab lab my-course`) and there the notebook in the folder `exercises/`.\n\n"
    )
    return site_links(page).replace("\n\n", "\n\n" + how, 1).rstrip() + "\n\n"


def tree(names: list[str]) -> str:
    """Write a table of contents in the form of MyST."""
    return "```{toctree}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```\n"


MENDED = {  # what the theme leaves without a name, for those who hear the page
    "<summary><span class=": '<summary aria-label="{open}"><span class=',
    '<div class="sidebar-primary-item">\n\n  \n    \n  \n\n<a class="navbar-brand logo"': (
        '<div class="sidebar-primary-item" role="navigation" aria-label="{home}"><a class="navbar-brand logo"'
    ),
    '<div class="output text_html"><table': '<div class="output text_html wide" tabindex="0"><table',
    '<th style="text-align: left"></th>': "<td></td>",
    '<th class="head"><p></p></th>': '<td class="head"></td>',
}
SPOKEN = {
    "en": {"open": "Open or close this part of the list", "home": "Home"},
    "zh": {"open": "展开或折叠此部分目录", "home": "首页"},
}


def mend(folder: Path, language: str) -> None:
    """Give names to the controls that the theme leaves unnamed."""
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for found, better in MENDED.items():
            text = text.replace(found, better.format(**SPOKEN[language]))
        if page.parent.name == "lessons":  # headings that a cell writes
            text = re.sub(r'<p class="rubric"( id="[^"]*")?>(.*?)</p>', r"<h3\1>\2</h3>", text)
        page.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Lay the pages out and call Sphinx; a warning is an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lang", default="en", choices=LANGUAGES)
    parser.add_argument("--out", type=Path, default=Path("site"))
    given = parser.parse_args(arguments)
    from sphinx.cmd.build import build_main

    os.environ["CRMLAB_LANG"] = given.lang
    target = given.out / given.lang
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.mkdir()
        lay_out(source, given.lang)
        code = build_main(
            ["-W", "--keep-going", "-q", "-b", "html", "-d", f"{folder}/trees", str(source), str(target)]
        )
    if code == 0:
        mend(target, given.lang)
    print(f"site: {target / 'index.html'}" if code == 0 else "the site was not built: see the warnings above")
    return code


if __name__ == "__main__":
    sys.exit(main())
