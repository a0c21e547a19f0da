"""Published facts on firms that let customers go: insurers in Florida, shops, and a television service."""

from __future__ import annotations

from crmlab.facts._fact import Correction, Fact

_LATIMES = "latimes.com/archives/la-xpm-2005-may-19-fi-allstate19-story.html"
_JOURNAL = "insurancejournal.com/magazines/mag-features/2005/06/06/56495.htm"
_JOURNAL_2004 = "insurancejournal.com/news/southeast/2004/11/11/47638.htm"
_CNN = "money.cnn.com/2005/05/19/news/fortune500/allstate/index.htm"
_SPTIMES = "sptimes.com/2005/09/01/news_pf/Business/Another_insurer_to_dr.shtml"
_HERALD = "miamiherald.com/news/business/article1928379.html"
_ROYAL = "rismedia.com/wp/2007-01-07/more-pain-for-homeowners-allstate-plans-to-shed-106000-policies-in-state"
_BILL = "flsenate.gov/Session/Bill/2004/366/BillText/c1/HTML"
_BLOG = "propertyinsurancecoveragelaw.com/2008/08/articles/florida/a-fantastic-regulatory-settlement/"
_ENQUIRER = "enquirer.com/editions/2003/07/15/biz_wwwbiz2dont15.html"
_CNN_TALK = "transcripts.cnn.com/TRANSCRIPTS/0307/14/ltm.15.html"
_POST = "washingtonpost.com/wp-dyn/articles/A30908-2004Nov6.html"
_SEARS = "honoluluadvertiser.com/article/2005/Oct/14/bz/FP510140337.html"
_SURVEY_STATE = "mass.gov/ocabr/office-of-consumer-affairs-and-business.html"
_SURVEY_TABLE = "archive.boston.com/business/specials/2009restockingfees/"
_SURVEY_GLOBE = "archive.boston.com/business/articles/2009/12/15/holiday_returns_can_carry_hefty_price/"
_CONSUMERIST = "consumerist.com/2010/12/18/best-buy-puts-an-end-to-most-tyrannical-restocking-fees/"
_WSJ = "ccangels.com/in_the_press_WSJ.php"
_BUSINESS2 = "ccangels.com/in_the_press_business2.php"
_NRF = "nrf.com/research/customer-returns-retail-industry-2021"
_TWICE = "twice.com/product/echostar-reveals-new-subscriber-churn-program-48911"
_HBR = "hbr.org/2008/04/the-right-way-to-manage-unprofitable-customers/ar/1"
_SLOAN = "sloanreview.mit.edu/article/when-should-you-fire-customers/"
_OUTLOOK = (
    "consumercomplianceoutlook.org/2013/second-quarter/adverse-action-notice-requirements-under-ecoa-fcra"
)
_ALLIANCE = (
    "compliancealliance.com/news-events/newsletter/june-2022-newsletters/"
    "statement-of-specific-reasons-still-a-requirement-of-adverse-action-notices/"
)
_PIPL = (
    "pipl.xllawconsulting.com/personal-information-protection-law-of-the-peoples-republic-of-china-pipl/"
    "chapter-ii-personal-information-processing-rules/section-1-general-rules/article-24/"
)

FACTS: tuple[Fact, ...] = (
    Fact("allstate_loss", "2004-11-11",
         "Allstate says that the four hurricanes of 2004 cost it 1.06 billion dollars and took away what "
         "its Florida "
         "unit had earned since Hurricane Andrew in 1992.",
         "Insurance Journal, 11 November 2004", _JOURNAL_2004, value=1.06e9, unit="USD"),
    Fact("allstate_claims", "2005-05-18",
         "A spokesman of Allstate says that about 2 billion dollars of claims were paid after these four "
         "storms.",
         "Associated Press in the Los Angeles Times, 19 May 2005", _LATIMES, value=2e9, unit="USD"),
    Fact("allstate_book", "2005-06-06", "Allstate has about 758,000 homeowner policies in Florida.",
         "Insurance Journal, 6 June 2005; CNN/Money, 19 May 2005", f"{_JOURNAL}, {_CNN}", value=758_000,
         unit="policies"),
    Fact("allstate_dropped", "2005-05-18",
         "Allstate will not renew 95,000 homeowner policies in Florida, because of the four hurricanes of "
         "2004.",
         "Associated Press in the Los Angeles Times, 19 May 2005", _LATIMES, value=95_000, unit="policies"),
    Fact("allstate_share", "2005-05-18", "One policy in eight: 95,000 of 758,000 are 12.5 %.",
        "our arithmetic",
         "allstate_dropped, allstate_book", confidence="computed", value=0.125, unit="share"),
    Fact("allstate_successor", "2005-05-18",
         "Another insurer, Universal, agreed to sell policies to every customer whom Allstate does not "
         "renew.",
         "Associated Press in the Los Angeles Times, 19 May 2005; Insurance Journal, 6 June 2005",
         f"{_LATIMES}, {_JOURNAL}"),
    Fact("allstate_reinsurance", "2005-05-19",
         "A state official says that Allstate was in worse shape than others because it had no reinsurance "
         "before "
         "the storms; rates rise, for it now buys some.",
         "CNN/Money, 19 May 2005", _CNN),
    Fact("allstate_lot", "2007-01-04",
         "In a later round of up to 106,000 the homes were to be chosen at random, with regard to their "
         "age, construction and place; another insurer was to offer cover.",
         "Sun-Sentinel reprinted by RISMedia, 8 January 2007", _ROYAL, value=106_000, unit="policies"),
    Fact("allstate_three_years", "2007-08",
        "Allstate cut more than 300,000 Florida policies in three years, those 106,000 included.",
         "Miami Herald, August 2007", _HERALD, value=300_000, unit="policies"),
    Fact("allstate_back", "2008-08",
         "Allstate agreed with the state to sell 100,000 new home and condominium policies in Florida, after "
         "a quarrel about documents.",
         "Blog of a law firm, August 2008", _BLOG, confidence="second-hand", value=100_000,
         unit="policies"),
    Fact("nationwide_dropped", "2005-08-31",
         "Nationwide will not renew about 35,000 homeowner and 4,800 mobile-home policies in Florida from "
         "March 2006; "
         "it is not comfortable with its exposure.",
         "St. Petersburg Times, 1 September 2005", _SPTIMES, value=35_000, unit="policies"),
    Fact("nationwide_kept", "2005-08-31", "Nationwide keeps 240,000 homeowner policies in Florida.",
         "St. Petersburg Times, 1 September 2005", _SPTIMES, value=240_000, unit="policies"),
    Fact("nationwide_share", "2005-08-31",
        "Again one in eight: 35,000 of 275,000 homeowner policies are 12.7 %.",
         "our arithmetic", "nationwide_dropped, nationwide_kept", confidence="computed", value=0.127,
         unit="share"),
    Fact("law_notice", "2005-06-06",
         "Florida law at that time asked for written notice, with the reason, 90 days or more before a home "
         "policy is not renewed (it has been changed since).",
         "Section 627.4133(2), as quoted in Senate bill 366 of 2004; Insurance Journal, 6 June 2005",
         f"{_BILL}, {_JOURNAL}", value=90, unit="days"),
    Fact("law_act_of_god", "about 2020",
         "Under Florida law claims from an act of God may not be the cause of a non-renewal, unless the "
         "insurer shows that the owner did not do what it had reasonably asked for to prevent the damage "
         "from coming again.",
         "Section 627.4133(3), as quoted by a Florida law firm",
         "floridapropertydamage.com/post/can-my-insurance-company-cancel-me-for-filing-a-claim",
         confidence="second-hand"),
    Fact("filene_letter", "2003-05",
         "Filene's Basement bans two sisters from all 21 stores; its letter names excessive returns and "
         "chronic "
         "unhappiness with the service.",
         "Associated Press in the Cincinnati Enquirer, 15 July 2003; CNN, 14 July 2003",
         f"{_ENQUIRER}, {_CNN_TALK}", value=2, unit="customers"),
    Fact("filene_firm", "2003-07",
         "The parent firm's finance chief says that the number of returns was incredible, that they took too "
         "much of the staff's time, and that such bans are extremely rare.",
         "Associated Press in the Cincinnati Enquirer, 15 July 2003", _ENQUIRER),
    Fact("filene_sister", "2003-07",
         "The sisters grant many returns and a few incidents with managers, but nothing excessive; one says "
         "that the staff told her to buy things and to return what does not fit.",
         "Associated Press in the Cincinnati Enquirer, 15 July 2003", _ENQUIRER),
    Fact("returns_scored", "2004-11-07",
         "Shops begin to refuse returns by a score of number, value and dates; a buyer of about 2,000 "
         "dollars a year "
         "is refused, with unworn clothes.",
         "The Washington Post, 7 November 2004", _POST, value=2000, unit="USD a year"),
    Fact("returns_2021", "2021",
        "Of 1 billion dollars of sales the average US retailer takes back 166 million.",
         "National Retail Federation, 2021", _NRF, value=0.166, unit="share of sales"),
    Fact("fraud_2021", "2021", "Of 100 dollars of goods taken back, retailers lose 10.30 to return fraud.",
         "National Retail Federation, 2021", _NRF, value=0.103, unit="share of returns"),
    Fact("echostar_dealers", "2001-11",
         "EchoStar charges dealers 100 dollars more per system if over 60 % of their customers leave in a "
         "year; 2 % of "
         "dealers have 10 % of all leavers.",
         "TWICE, 2001", _TWICE, value=100, unit="USD per system"),
    Fact("sears_fee", "2005-10-16",
         "Sears may keep 15 % of the price of returned goods that are opened, incomplete or without their "
         "box.",
         "Knight Ridder in the Honolulu Advertiser, 14 October 2005", _SEARS, value=0.15,
         unit="share of the price"),
    Fact("sears_reason", "2005-10-14",
         "Sears says that the fee brings it in line with its competitors, such as Best Buy; an analyst "
         "explains such fees by what repacking and selling again at a discount cost.",
         "Knight Ridder in the Honolulu Advertiser, 14 October 2005", _SEARS),
    Fact("fees_half", "2009-12-15", "Fully half of 39 retailers charge restocking fees on some goods.",
         "Massachusetts Office of Consumer Affairs, 15 December 2009", _SURVEY_STATE, value=39,
         unit="retailers", against=("fees_more", "fees_nearly")),
    Fact("fees_more", "2009-12-15", "More than half of the same 39 retailers charge a restocking fee.",
         "boston.com, table of the same survey", _SURVEY_TABLE, against=("fees_half", "fees_nearly")),
    Fact("fees_nearly", "2009-12-15", "Nearly half of the same 39 retailers charge fees to handle returns.",
         "The Boston Globe, 15 December 2009", _SURVEY_GLOBE, against=("fees_half", "fees_more")),
    Fact("bestbuy_fee", "2009-12",
         "Best Buy charges 25 % on special orders, 15 % on opened electronics and 10 % on iPhones.",
         "boston.com, table of the survey of 2009", _SURVEY_TABLE, value=0.15, unit="share of the price"),
    Fact("bestbuy_end", "2010-12-18",
         "Best Buy ends its restocking fees except for special orders, and pays back those taken since 17 "
         "November.",
         "Consumerist, 18 December 2010", _CONSUMERIST),
    Fact("bestbuy_visits", "2004-11-08",
         "Best Buy estimates that up to 100 million of its 500 million customer visits a year are "
         "undesirable.",
         "The Wall Street Journal, 8 November 2004, on ccangels.com", _WSJ, value=0.2,
         unit="share of visits"),
    Fact("bestbuy_theory", "2004-11-08",
         "Best Buy's approach rests on a theory that rates customers by profit and drops the up to 20 % who "
         "bring none; its managers doubted the 20 %.",
         "The Wall Street Journal, 8 November 2004, on ccangels.com", _WSJ, value=0.2,
         unit="share of customers"),
    Fact("bestbuy_stores", "2005-01",
         "Best Buy redesigned 32 stores around four kinds of customer, with fewer promotions and, to deter "
         "unwanted ones, restocking fees; sales and profits rose there (no comparison is given), and 68 more "
         "were to follow.",
         "Business 2.0, January 2005, on ccangels.com", _BUSINESS2, value=32, unit="stores"),
    Fact("hbr_last", "2008-04",
         "Mittal, Sarkees and Murshed ask for five steps, from reassessing on; ending the relationship is "
         "the last "
         "resort.",
         "Harvard Business Review, April 2008, preview", _HBR, value=5, unit="steps"),
    Fact("sloan_last", "2013", "Shin and Sudhir advise to fire customers only as a last resort.",
         "MIT Sloan Management Review, 2013", _SLOAN),
    Fact("law_credit", "2013",
         "In the United States a creditor who refuses credit, or ends it, must give notice of the reasons "
         "(or, by the rule behind it, of the right to ask for them).",
         "Consumer Compliance Outlook of the Federal Reserve, second quarter 2013; Compliance Alliance, "
         "June 2022",
         f"{_OUTLOOK}, {_ALLIANCE}"),
    Fact("law_china", "2021-11-01",
         "In China decisions made automatically from personal data must be transparent and fair; "
         "unreasonable differences in price and terms are not allowed, and whom a decision touches "
         "greatly may ask for an explanation.",
         "Personal Information Protection Law, article 24, translation", _PIPL),
)  # fmt: skip
CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        "seven_storms",
        "In 2005 Allstate and Nationwide left customers because seven hurricanes came in 2004 and 2005.",
        "Allstate named the four hurricanes of 2004, on 18 May 2005, before the season of that year. "
        "Nationwide named its exposure, on 31 August. (飓风, not 飙风.)",
        "Los Angeles Times, 19 May 2005; St. Petersburg Times, 1 September 2005", _LATIMES,
    ),
    Correction(
        "abandoned",
        "Allstate abandoned 95,000 customers.",
        "It did not renew 95,000 of about 758,000 policies, and another insurer had agreed to take them: "
        "their houses "
        "were at risk, they had done nothing.",
        "Insurance Journal, 6 June 2005", _JOURNAL,
    ),
    Correction(
        "filene_name",
        "A firm called Basement ends two long customers all over the country.",
        "Filene's Basement, owned by Value City of Columbus, Ohio, banned two sisters from Newton, "
        "Massachusetts, "
        "from all of its 21 stores.",
        "Associated Press in the Cincinnati Enquirer, 15 July 2003", _ENQUIRER,
    ),
    Correction(
        "feedback",
        "The two customers gave too much feedback (反馈) and complained too much.",
        "The letter speaks of returns (退货) and of complaints about service: the word was misread.",
        "Associated Press in the Cincinnati Enquirer, 15 July 2003", _ENQUIRER,
    ),
    Correction(
        "fees_now",
        "Sears and Best Buy keep a fee to stop returns.",
        "Half right: Best Buy's fee was also meant to deter. Sears began in October 2005, on opened "
        "goods; its own reason was to be in line with its competitors, and an analyst added what repacking "
        "and the discount cost. Best Buy ended its fees on 18 December 2010 except for special orders.",
        "Honolulu Advertiser, 14 October 2005; Business 2.0, January 2005; Consumerist, 18 December 2010",
        _SEARS,
    ),
    Correction(
        "for_dropping",
        "The cases show that a firm should drop bad customers.",
        "They are told after an article in the Harvard Business Review that argues the other way: ending is "
        "the last "
        "of five steps.",
        "Harvard Business Review, April 2008", _HBR,
    ),
)  # fmt: skip
