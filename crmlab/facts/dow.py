"""Published facts on Dow and its plastics customers: few, and none of them a ranking."""

from __future__ import annotations

from crmlab.facts._fact import Correction, Fact

_TEXTBOOK = (
    "eslm.lpude.in/management/mba/term_4/DMGT523_LOGISTICS_AND_SUPPLY_CHAIN_MANAGEMENT/"
    "files/basic-html/page76.html"
)
_CARE = (
    "corporate.dow.com/en-us/benefits/retiree-and-alumni/news-and-events/newsletter/2019-winter/"
    "customer-care-centers-turn-complaints-into-loyalty-building-moments.html"
)

FACTS: tuple[Fact, ...] = (
    Fact(
        code="depth_selling",
        date="1959",
        fact="An author of Dow's plastics department wrote that selling is really geared to the needs of the "
        "customer's research, production or sales; the purchasing agent passes these needs on.",
        source="G. J. Williams, Advances in Chemistry 24 (American Chemical Society), 1959, chapter 7",
        link="datapdf.com/reaching-the-plastics-customer-via-the-sales-organization.html",
    ),
    Fact(
        code="agency",
        date="1988",
        fact="Dow, which had just put its various plastics businesses in a new order, hired the advertising "
        "agency Anderson & Lembke.",
        source="Lovely Professional University, course text DMGT523, section 3.4.1, caselet on Dow Plastics",
        link=_TEXTBOOK,
        confidence="second-hand",
    ),
    Fact(
        code="loyalty_research",
        date="2001-09-23",
        fact="A paper reports years of joint work of Dow and a research firm on what drives customers' "
        "loyalty rather than satisfaction, and on its link to what they buy; the summary has no figure.",
        source="ESOMAR, Research for the bottom line, 23 September 2001 (summary)",
        link="ana.esomar.org/documents/research-for-the-bottom-line",
    ),
    Fact(
        code="growth",
        date="2013-11-14",
        fact="The trade press wrote that Dow, which adds plastics capacity, hopes to fuel its customers' "
        "growth through regional innovation centres.",
        source="Plastics News, 14 November 2013",
        link="www.plasticsnews.com/article/20131114/NEWS/131119959/dow-chemical-working-to-fuel-customers-growth",
    ),
    Fact(
        code="complaints_first",
        date="2018-10-13",
        fact="After Dow's first customer experience survey showed the handling of complaints as a top pain "
        "of its customers, a pilot care centre opened in São Paulo.",
        source="Dow, newsletter for retirees and alumni, winter 2019",
        link=_CARE,
    ),
    Fact(
        code="faster",
        date="2019",
        fact="Dow says that within three months of the pilot the time to resolve a complaint fell by 40 % on "
        "average; the page has no comparison group and does not say what customers bought.",
        source="Dow, newsletter for retirees and alumni, winter 2019 (the firm's own claim)",
        link=_CARE,
        value=0.40,
        unit="fall of the time to resolve a complaint, as a share",
    ),
)

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        code="which_dow",
        lecture="Dow Chemical as a whole stood third in satisfaction and loyalty, sold its customers' "
        "success, and rose.",
        sources="The text that could be read tells of Dow Plastics, a division, and of an advertising agency "
        "hired in 1988. For the third place, for the rivals (the lecture names 通用橡胶, and speaks of "
        "橡胶行业的霸主) and for a rise no source was found, so the course does not state them.",
        source="Lovely Professional University, course text DMGT523, section 3.4.1",
        link=_TEXTBOOK,
    ),
)
