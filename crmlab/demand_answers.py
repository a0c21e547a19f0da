"""From orders, baskets and checkouts to one long table of answers to the demand questions."""

from __future__ import annotations

import pandas as pd

from crmlab.contracts import require_columns

QUESTIONS = {  # the six questions that an order answers at once, and in Chinese
    "what (kind)": "买什么(品类)",
    "what (style)": "买什么(风格)",
    "where": "在哪里买",
    "why": "为什么买",
    "how many": "买多少",
    "at what price": "什么价格",
    "paid how": "怎样付款",
}


def demand_events(
    orders: pd.DataFrame, *, checkouts: pd.DataFrame, lines: pd.DataFrame, products: pd.DataFrame
) -> pd.DataFrame:
    """Write down what each order says about what, where, why, how many, at what price and paid how.

    Parameters
    ----------
    orders : DataFrame
        ``order_id``, ``customer_id``, ``order_date``, ``amount_eur``, ``channel``, ``category``; refunds
        (amounts below 0) are left out.
    checkouts, lines, products : DataFrame
        The tables ``checkouts``, ``basket_lines`` and ``products`` of the personal world.

    Returns
    -------
    DataFrame
        One row per answer: ``customer_id``, ``question`` ("what (kind)", "what (style)", "where", "why",
        "how many", "at what price", "paid how"), ``answer`` and ``date``. A style is seen once per product.
        Pieces are 1, 2 to 3, or 4 and more. Orders without a checkout or a basket give fewer rows.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> from crmlab.datasets import make_personal, make_retail
    >>> world = make_retail(n_customers=50, rng=1)
    >>> mine = make_personal(world, rng=1)
    >>> baskets = {"lines": mine.basket_lines, "products": mine.products}
    >>> events = demand_events(world.orders, checkouts=mine.checkouts, **baskets)
    >>> events["question"].nunique()
    7
    """
    need = ("order_id", "customer_id", "order_date", "amount_eur", "channel", "category")
    require_columns(orders, need, name="orders")
    require_columns(checkouts, ("order_id", "payment", "discount_share", "bought_for"), name="checkouts")
    require_columns(lines, ("order_id", "product_id", "quantity"), name="lines")
    require_columns(products, ("product_id", "style"), name="products")
    sold = orders.loc[orders["amount_eur"] >= 0, list(need)].rename(columns={"order_date": "date"})
    paid = sold.merge(checkouts, on="order_id")
    inside = sold.merge(lines, on="order_id").merge(products[["product_id", "style"]], on="product_id")
    pieces = inside.groupby(["order_id", "customer_id", "date"])["quantity"].sum().reset_index()
    size = pd.cut(pieces["quantity"], [0, 1, 3, float("inf")], labels=["1", "2 to 3", "4 and more"])
    price = paid["discount_share"].gt(0).map({True: "at a discount", False: "full price"})
    parts = {
        "what (kind)": sold.assign(answer=sold["category"]),
        "what (style)": inside.assign(answer=inside["style"]),
        "where": sold.assign(answer=sold["channel"]),
        "why": paid.assign(answer=paid["bought_for"]),
        "how many": pieces.assign(answer=size.astype(str)),
        "at what price": paid.assign(answer=price),
        "paid how": paid.assign(answer=paid["payment"]),
    }
    long = pd.concat(
        [
            part.assign(question=name)[["customer_id", "question", "answer", "date"]]
            for name, part in parts.items()
        ]
    )
    return long.dropna(subset="answer").astype({"answer": str}).reset_index(drop=True)
