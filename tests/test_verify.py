import pandas as pd
import pytest

from crmlab import verify


@pytest.fixture(scope="module")
def table():
    return verify.published()


def test_every_published_number_agrees(table):
    assert table.loc[~table["agrees"], ["quantity", "published", "ours"]].to_dict("records") == []


def test_the_table_covers_every_model_and_names_its_sources(table):
    for word in (
        "BG/NBD",
        "MBG/NBD",
        "Pareto/NBD",
        "Gamma-Gamma",
        "BG/BB",
        "sBG",
        "CDNOW master",
        "mean value",
    ):
        assert table["quantity"].str.contains(word, regex=False).any(), word
    assert table["quantity"].is_unique
    assert table["source"].str.len().min() > 10
    half = 0.5 * 10.0 ** -table["digits"]
    assert ((table["ours"] - table["published"]).abs() <= half * (1 + 1e-9)).all()


@pytest.mark.parametrize(("text", "ours", "agrees"), [
    ("1.23", 1.2349, True), ("1.23", 1.2351, False), ("53E3", 53499.0, True), ("53E3", 53501.0, False),
    ("-4", -4.4, True), ("-4", -3.4, False),
])  # fmt: skip
def test_half_a_unit_of_the_last_digit(monkeypatch, text, ours, agrees):
    monkeypatch.setattr(verify, "_cdnow", lambda: iter([("x", "a source", text, ours)]))
    for name in ("_iso_value", "_donations", "_retention"):
        monkeypatch.setattr(verify, name, lambda: iter([]))
    assert verify.published()["agrees"].tolist() == [agrees]


@pytest.mark.parametrize(("agrees", "code", "word"), [(True, 0, "yes"), (False, 1, "NO")])
def test_the_exit_code_tells(monkeypatch, capsys, agrees, code, word):
    row = pd.DataFrame({
        "quantity": ["a number"], "source": ["a paper"], "published": [1.5], "digits": [1], "ours": [1.9],
        "agrees": [agrees],
    })  # fmt: skip
    monkeypatch.setattr(verify, "published", lambda: row)
    assert verify.main() == code
    shown = capsys.readouterr().out
    assert word in shown
    assert f"{int(agrees)} of 1 published numbers agree" in shown
