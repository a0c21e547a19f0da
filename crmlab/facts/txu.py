"""Published facts of the case TXU Energy, 2005: firm with late payers, kind to those who pay on time."""

from __future__ import annotations

from crmlab.facts._fact import Correction, Fact

_HBR = "V. Mittal, M. Sarkees, F. Murshed, Harvard Business Review, April 2008, opening text, reposted"
_HBR_LINK = "studymode.com/essays/B2B-Marketing-Unprofitable-Customer-1417140.html"
_WSJ = "R. Smith, Wall Street Journal, 23 March 2005, as reported by L. Kiesling the same day"
_WSJ_LINK = "knowledgeproblem.com/2005/03/23/wsj_article_on/"

FACTS: tuple[Fact, ...] = (
    Fact(
        "market_opens",
        "2002-01-01",
        "Households in Texas may choose who sells them electricity, and may leave a seller.",
        "TXU Corp., Statistical Summary 2005",
        "www.slideshare.net/finance29/energy-future-holindingsstatisticalsummary2005",
    ),
    Fact(
        "credit_prices",
        "2004-08-28",
        "TXU announces prices by credit score for customers outside its home territory: who paid other "
        "bills late "
        "pays more.",
        "KXII News, 28 August 2004",
        "www.kxii.com/home/headlines/977371.html",
    ),
    Fact(
        "letters_185k",
        "2004",
        "TXU wrote to 185,000 customers that their prices would change.",
        "Press report quoted at Houston's Clear Thinkers, 2004",
        "blog.kir.com/?p=1115",
        "second-hand",
        185_000,
        "customers",
    ),
    Fact(
        "complaint_opc",
        "2004-09",
        "The public counsel for utilities files a complaint: credit scores used for prices stand in for "
        "income or origin, and put the old and the poor at risk.",
        "LIHEAP Clearinghouse, September 2004",
        "webharvest.gov/peth04/20041016131203/http:/www.liheapch.acf.hhs.gov/news/Sept04/Texas.htm",
    ),
    Fact(
        "day_26",
        "2005-03-23",
        "TXU follows a 26-day disconnection policy for late payment; from which day the 26 are counted is "
        "not said.",
        _WSJ,
        _WSJ_LINK,
        "second-hand",
        26,
        "days",
    ),
    Fact(
        "last_resort",
        "2005-03-23",
        "TXU is also the provider of last resort in its old territory: it must take those whom other "
        "sellers drop.",
        _WSJ,
        _WSJ_LINK,
        "second-hand",
    ),
    Fact(
        "call_centre",
        "2005-03-23",
        "TXU has given its customer service to an outside firm, Capgemini Energy, to lower its cost.",
        _WSJ,
        _WSJ_LINK,
        "second-hand",
    ),
    Fact(
        "customers_2005",
        "2005",
        "TXU Energy sells to 2.3 million competitive electricity customers in Texas.",
        "TXU Corp., Annual Report 2005",
        "www.slideshare.net/finance29/energy-future-holindingstxu2005ar",
        "read",
        2.3e6,
        "customers",
    ),
    Fact(
        "revenue_2005",
        "2005",
        "Operating revenues of TXU Corp. in 2005 are 10.4 billion USD.",
        "TXU Corp., Statistical Summary 2005",
        "www.slideshare.net/finance29/energy-future-holindingsstatisticalsummary2005",
        "read",
        10.4e9,
        "USD",
    ),
    Fact(
        "tough_love",
        "2005",
        "TXU disconnects late payers quickly, charges them expensive reconnection fees, and gives perks to "
        "those who pay on time.",
        _HBR,
        _HBR_LINK,
        "second-hand",
    ),
    Fact(
        "effect_words",
        "2008-04",
        "An article says that bad debt fell as a result and that staff, freed of many calls, got more done; "
        "it gives no amount and no year for either.",
        _HBR,
        _HBR_LINK,
        "second-hand",
    ),
    Fact(
        "quote",
        "2005",
        "A senior finance executive of TXU says that a customer who calls daily is less profitable than one "
        "who pays "
        "on time and never calls.",
        "Wall Street Journal, as quoted in Harvard Business Review, April 2008",
        _HBR_LINK,
        "second-hand",
    ),
    Fact(
        "heat_2006",
        "2006-07-25",
        "The Texan regulator stops disconnections of poor (old or not) and critically ill households until "
        "30 September 2006, if they ask and pay a part of each bill.",
        "Texas Senate, press release of 25 July 2006",
        "senate.texas.gov/press.php?id=23-20060725a",
    ),
    Fact(
        "fine_2007",
        "2007-06-06",
        "TXU agrees to pay 5 million USD to settle the charge that it renewed contracts of about 4,000 small "
        "firms without their consent; it does not agree that it broke a rule. This is not about late payers.",
        "S. Streater, Knight Ridder Tribune, 6 June 2007, as reposted",
        "arizonaenergy.org/News_07/News_June07/TXU%20is%20fined%20$5%20million.htm",
        "second-hand",
        5e6,
        "USD",
    ),
    Fact(
        "moratorium_2008",
        "2008-05-01",
        "TXU itself promises not to disconnect customers who are poor, ill, disabled or 62 and older from 1 "
        "July to "
        "30 September 2008, if they call; no deposit for those 62 and older, nor for good payers.",
        "TXU Energy, press release of 1 May 2008",
        "www.txu.com/en/about/press-releases/2008/20080501-txu-energy-residential-customer-protections.aspx",
    ),
    Fact(
        "moratorium_2010",
        "2010-05-05",
        "TXU repeats the summer promise and calls 2010 the fourth year in a row; so 2008 was not the first.",
        "TXU Energy, press release of 5 May 2010",
        "www.txu.com/about/press-releases/2010/20100505-txu-energy-summer-moratorium-on-disconnects.aspx",
        "read",
        4,
        "years",
    ),
    Fact(
        "switch_hold",
        "2010-09-15",
        "The regulator adopts the switch-hold: sellers must offer payment plans in extreme weather and, in "
        "hot and cold months, to certain customers; within limits, who accepts one may be kept from moving "
        "to another seller until the deferred sum is paid; in force from June 2011.",
        "Public Utility Commission of Texas, order in project 36131; ABC13 Houston, September 2010",
        "paperzz.com/doc/7490464/, abc13.com/archive/7672440/",
    ),
    Fact(
        "critical_care",
        "2011-01-02",
        "A new Texan rule on households with critical or chronic illness that face disconnection comes into "
        "force.",
        "Public Utility Commission of Texas, project 37622",
        "www.puc.texas.gov/industry/projects/rules/37622/37622.aspx",
    ),
    Fact(
        "due_16",
        "2025",
        "A bill in Texas may not be due earlier than 16 days after it was issued.",
        "16 Texas Administrative Code 25.480(b), as read in 2025",
        "regulations.justia.com/states/texas/title-16/part-2/chapter-25/subchapter-r/section-25-480",
        "read",
        16,
        "days",
    ),
)

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        "fees",
        "TXU was firm with late payers and rewarded those who paid on time.",
        "So it was, and one part is missing: the expensive fee for being connected again. It belongs to the "
        "policy; "
        "without it nobody can judge where a gain came from.",
        _HBR,
        _HBR_LINK,
    ),
    Correction(
        "bad_debt",
        "TXU reduced its losses from bad debt.",
        'The article says so, "as a result", without an amount, a year or a comparison: a claim of cause '
        "without evidence. No other source read gives an amount.",
        _HBR,
        _HBR_LINK,
    ),
    Correction(
        "use_of_article",
        "The case is told as an argument for letting customers go.",
        "The article tells it to warn: it names five steps, and ending the relationship is the last resort.",
        "Harvard Business Review, April 2008, article preview",
        "hbr.org/2008/04/the-right-way-to-manage-unprofitable-customers/ar/1",
    ),
)
