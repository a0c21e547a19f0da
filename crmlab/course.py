"""Where the course lies: its folder, its lessons, and how a lesson is named."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
import warnings
from pathlib import Path
from typing import Any

from crmlab.contracts import DataError

_LESSON = re.compile(r"(\d\d)_\w+\.ipynb")


def course_dir(course: str | Path | None = None) -> Path:
    """Find the folder that holds ``notebooks/``, ``exercises/`` and ``datasets/``.

    Parameters
    ----------
    course : str or Path, optional
        A course folder of your own. Without it the environment variable ``CRMLAB_COURSE``
        counts, then the course inside the installed package, then the checkout.

    Returns
    -------
    Path
        An absolute folder that has a ``notebooks`` folder in it.

    Raises
    ------
    DataError
        If there is no course in that folder.

    Examples
    --------
    >>> (course_dir() / "notebooks").is_dir()
    True
    """
    here = Path(__file__).resolve().parent
    given = course or os.environ.get("CRMLAB_COURSE")
    if given:
        folder = Path(given).expanduser().resolve()
    else:
        folder = here / "course" if (here / "course").is_dir() else here.parent
    if not (folder / "notebooks").is_dir():
        raise DataError(
            f"no course in '{folder}': it has no folder 'notebooks'. "
            "Hint: install crmlab anew, or point CRMLAB_COURSE at a course folder"
        )
    return folder


def lessons(course: str | Path | None = None) -> dict[str, Path]:
    """List the lessons of the course.

    Parameters
    ----------
    course : str or Path, optional
        The course folder; see :func:`course_dir`.

    Returns
    -------
    dict
        Lesson number, two digits (``"05"``), to notebook (``notebooks/05_abc.ipynb``), in order.

    Examples
    --------
    >>> all(path.name.startswith(number) for number, path in lessons().items())
    True
    """
    found = sorted((course_dir(course) / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    return {path.name[:2]: path for path in found if _LESSON.fullmatch(path.name)}


def find_lesson(name: str | Path, *, course: str | Path | None = None) -> Path:
    """Find one notebook by lesson number, name or path.

    Parameters
    ----------
    name : str or Path
        ``"5"``, ``"05"``, ``"05_abc"``, ``"abc"``, or the path of any notebook.
    course : str or Path, optional
        The course folder; see :func:`course_dir`.

    Returns
    -------
    Path
        An existing notebook.

    Raises
    ------
    DataError
        If there is no such notebook; the message names the closest ones.
    """
    text = str(name).strip()
    path = Path(text).expanduser()
    if text.endswith(".ipynb") and path.is_file():
        return path.resolve()
    known = lessons(course)
    for number, lesson in known.items():
        if text in (lesson.name, lesson.stem, lesson.stem[3:]) or text.zfill(2) == number:
            return lesson
    names = [lesson.stem for lesson in known.values()]
    topics = {stem[3:]: stem for stem in names}
    stem = path.name.removesuffix(".ipynb")
    close = difflib.get_close_matches(stem, names, n=3, cutoff=0.5)
    close += [topics[topic] for topic in difflib.get_close_matches(stem, topics, n=3, cutoff=0.5)]
    listed = ", ".join(names) or "none"
    hint = (
        f"did you mean {' or '.join(dict.fromkeys(close))}?"
        if close
        else "give a number, as in 'crmlab run 05'"
    )
    raise DataError(f"there is no notebook '{text}'; the course has {listed}. Hint: {hint}")


def read_notebook(path: Path) -> Any:
    """Read a notebook, whatever its version.

    Parameters
    ----------
    path : Path
        A notebook file.

    Returns
    -------
    nbformat.NotebookNode
        The notebook in format 4.

    Raises
    ------
    DataError
        If the file is missing, binary, or no notebook.
    """
    import nbformat

    try:
        text = path.read_bytes().decode("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old notebooks without cell ids are fine
            notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise DataError(f"cannot read '{path}': {error.strerror or error}. Hint: check the path") from error
    except (
        UnicodeDecodeError,
        nbformat.reader.NotJSONError,
        nbformat.validator.NotebookValidationError,
    ) as error:
        raise DataError(
            f"'{path}' is not a notebook: it does not hold the JSON text of one. "
            "Hint: give a file saved by JupyterLab (.ipynb)"
        ) from error
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"'{path}' is JSON but not a notebook. Hint: give a file saved by JupyterLab (.ipynb)"
        ) from error
    return notebook


def title_of(notebook: Any, *, default: str) -> str:
    """Read a notebook's title: the text of its first first-level heading.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook.
    default : str
        What to return when it has no such heading.

    Returns
    -------
    str
        The title, without marks.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = re.search(r"^# +(.+)$", cell.source, flags=re.MULTILINE)
            if heading:
                return re.sub(r"[*`]|\s+#+\s*$", "", heading[1]).strip()
    return default


def write_file(path: Path, content: str | bytes) -> Path:
    """Write a file whole or not at all: under a temporary name first, then moved into place.

    Parameters
    ----------
    path : Path
        Where to write; its folder must exist.
    content : str or bytes
        What to write; text is written as UTF-8.

    Returns
    -------
    Path
        The path written.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_file(folder / "a.txt", "one").read_text()
    'one'
    >>> [path.name for path in folder.iterdir()]
    ['a.txt']
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
        Path(temporary).chmod(mode & 0o777)
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:  # name the file that was meant, not the temporary one
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
    return path


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
