"""Published facts on Sprint Nextel, which ended the contracts of about a thousand customers in 2007."""

from __future__ import annotations

from crmlab.facts._fact import Correction, Fact

_BOSTON = "archive.boston.com/business/technology/articles/2007/07/11/sprint_defends_axing_customers/"
_REUTERS = "reuters.com/article/us-sprint-idUSN0925309620070709"
_LATIMES = "latimes.com/archives/la-xpm-2007-jul-12-fi-sprint12-story.html"
_ZDNET = "zdnet.com/article/splitting-up-with-your-cell-phone-carrier/"
_CHURN_EARLY = "fiercewireless.com/story/sprint-loses-1-09-million-subscribers/2008-05-12"
_CHURN_LATE = "fiercewireless.com/wireless/sprint-loses-1-3m-net-subs-base-drops-to-50-5m"
_TURNAROUND = (
    "smartbrief.com/original/leadership-and-customer-centric-habits-drove-sprints-dramatic-turnaround"
)
_ACSI = "itworld.com/article/2742344"
_HOT = "hothardware.com/news/sprint-its-not-you-its-me-click"
_REPORT = "annualreportowl.com/Sprint%20-%20Nextel/2008/Annual%20Report?p=40"
_REPORT_OF = "Sprint Nextel, annual report for 2009, on a page of Annual Report Owl"
_BLOG = "nokiaphoneblog.com/2007/06/wireless-carriers-and-churn/"
_MARGIN = "redorbit.com/news/technology/1867253/cell_phone_subscribers_more_satisfied/"
_FIRST = "ipcarrier.blogspot.com/2007/12/first-steps-at-sprint.html"
_MESS = "fortune.com/2008/06/03/sprint-tries-to-clean-up-customer-service-mess"
_CRM_MAGAZINE = (
    "destinationcrm.com/Articles/CRM-Insights/Case-Studies/"
    "Sprint-Goes-From-Customer-Satisfaction-Laggard-to-Leader-77077.aspx"
)

FACTS: tuple[Fact, ...] = (
    Fact("letters", "2007-06-29",
         "Letters to about 1,000 customers end their contracts; last bill and termination fee are waived.",
         "Associated Press in the Boston Globe, 11 July 2007", _BOSTON, value=1000, unit="customers"),
    Fact("mailing", "2007-06-25",
         "The mailing of the letters began on 25 June and went to 1,000 to 1,200 customers.",
         "Reuters, 9 July 2007", _REUTERS, value=1200, unit="customers"),
    Fact("last_day", "2007-07-30",
         "Whoever wants to keep the phone number must move it to another carrier by 30 July 2007.",
         "Associated Press in the Boston Globe, 11 July 2007", _BOSTON),
    Fact("reason", "2007-06-29",
         "The letter says that the number of inquiries shows that the firm cannot meet the customer's needs.",
         "CNET, July 2007", "cnet.com/news/sprint-breaks-up-with-high-maintenance-customers"),
    Fact("base", "2007-07-12", "Sprint, the third-largest carrier of the country, has 53 million customers.",
         "Los Angeles Times, 12 July 2007; Reuters, 9 July 2007", f"{_LATIMES}, {_REUTERS}",
         value=53_000_000, unit="customers"),
    Fact("average", "2007-07-12", "The average customer makes one inquiry in two months.",
         "Los Angeles Times, 12 July 2007", _LATIMES, value=0.5, unit="calls per month"),
    Fact("calls_total", "2007-07-09",
         "The customers on the list called about 40,000 times a month in total.",
         "Reuters, 9 July 2007", _REUTERS, value=40_000, unit="calls per month, all on the list",
         against=("calls_period", "calls_25", "calls_multiple")),
    Fact("calls_period", "2007-07-12",
         "The 1,100 customers on the list called 40,000 times in a little over six months.",
         "Los Angeles Times, 12 July 2007", _LATIMES, value=40_000,
         unit="calls in a little over six months, all on the list",
         against=("calls_total", "calls_each", "calls_25", "calls_multiple")),
    Fact("calls_each", "2007-07-11", "The customers on the list made 40 to 50 calls a month each.",
         "Associated Press in the Boston Globe, 11 July 2007", _BOSTON, value=45,
         unit="calls per month, each; middle of the range",
         against=("calls_period", "calls_25", "calls_multiple")),
    Fact("calls_25", "2007-07-10",
         "The customers on the list called 25 times a month on average over the past six to twelve months.",
         "Minyanville, 10 July 2007", "minyanville.com/businessmarkets/articles/", value=25,
         unit="calls per month, each", against=("calls_total", "calls_period", "calls_each")),
    Fact("calls_multiple", "2007-07-09",
         "The customers on the list called 40 to 50 times as often as the average customer.",
         "Reuters, 9 July 2007", _REUTERS, value=45, unit="times the average; middle of the range",
         against=("calls_total", "calls_period", "calls_each")),
    Fact("calls_most", "2007-07", "Some of them called up to 300 times a month.",
         "ABC News, July 2007", "abcnews.go.com/Business/story?id=3361743", value=300,
         unit="calls per month, the most"),
    Fact("same_problem", "2007-07-12",
         "Sprint says that many called again and again about problems that it held to be solved.",
         "Los Angeles Times, 12 July 2007", _LATIMES),
    Fact("review", "2007-07",
         "Sprint says that it looked into these accounts very carefully, in reviews of six months to a year.",
         "FierceWireless, July 2007", "fiercewireless.com/wireless/sprint-defends-cutting-1-000-subscribers"),
    Fact("asked_for", "2007-07-12",
         "Sprint says that some asked again and again for credits, some for the records of another person's "
         "account, some for a new handset after four or five that did not work.",
         "Los Angeles Times, 12 July 2007", _LATIMES),
    Fact("fee_asked", "2007-07-12",
         "New York's Consumer Protection Board asks Sprint to pay 200 dollars to each of them; the fee for "
         "leaving early, waived here, is 175 dollars.",
         "Los Angeles Times, 12 July 2007", _LATIMES, value=200, unit="USD per customer"),
    Fact("bill", "2007-07", "A typical subscriber pays about 55 dollars a month.",
         "R. Entner, IAG Research, in ZDNet, July 2007 (page corrected later)", _ZDNET, value=55,
         unit="USD per month"),
    Fact("margin", "2007-07", "Of that monthly bill a carrier keeps about 24 dollars.",
         "R. Entner, IAG Research, in ZDNet, July 2007 (page corrected later)", _ZDNET, value=24,
         unit="USD per month"),
    Fact("minute", "2007-07", "A minute with an agent costs a carrier 2 to 3 dollars.",
         "R. Entner, IAG Research, in ZDNet, July 2007 (page corrected later)", _ZDNET, value=2.5,
         unit="USD per minute"),
    Fact("call_low", "2007-07", "A call to customer care costs a carrier 10 dollars at least, say analysts.",
         "Hot Hardware, July 2007", _HOT, value=10, unit="USD per call",
         against=("call_2010",)),
    Fact("call_high", "2007-07", "A call to customer care costs a carrier 20 dollars at most, say analysts.",
         "Hot Hardware, July 2007", _HOT, value=20, unit="USD per call"),
    Fact("call_2010", "2010", "A normal call costs 5 to 12 dollars, a difficult one 30 and more.",
         "Globe and Mail in MobileSyrup, 2010", "mobilesyrup.com", confidence="second-hand", value=5,
         unit="USD per call", against=("call_low",)),
    Fact("jd_power", "2007-07-27",
         "Sprint is last among the largest carriers in J.D. Power's study of care for the fourth time in a "
         "row: two of five circles; more than 10,500 answers.",
         "Business Week, 27 July 2007",
         "bloomberg.com/news/articles/2007-07-27/sprint-nextel-last-in-customer-servicebusinessweek-"
         "business-news-stock-market-and-financial-advice"),
    Fact("acsi_2007", "2007", "Satisfaction index ACSI of Sprint in 2007: 61 of 100.",
         "SmartBrief", _TURNAROUND, value=61, unit="points of 100"),
    Fact("acsi_2008", "2008", "Satisfaction index ACSI of Sprint in 2008: 56 of 100.",
         "ITworld", _ACSI, value=56, unit="points of 100"),
    Fact("acsi_2009", "2009", "Satisfaction index ACSI of Sprint in 2009: 63 of 100.",
         "ITworld", _ACSI, value=63, unit="points of 100"),
    Fact("acsi_2010", "2010", "Satisfaction index ACSI of Sprint in 2010: 70 of 100.",
         "ITworld", _ACSI, value=70, unit="points of 100"),
    Fact("acsi_2011", "2011", "Satisfaction index ACSI of Sprint in 2011: 72 of 100, level with the best.",
         "ITworld", _ACSI, value=72, unit="points of 100"),
    Fact("acsi_2012", "2012", "Satisfaction index ACSI of Sprint in 2012: 71 of 100.",
         "SmartBrief", _TURNAROUND, value=71, unit="points of 100"),
    Fact("acsi_margin", "2010-05-18",
         "One carrier's score in the index has a margin of error of plus or minus three points; the survey "
         "is of the first quarter of 2010.",
         "RedOrbit, 18 May 2010", _MARGIN,
         value=3, unit="points, to each side"),
    Fact("churn_2007q1", "2007-Q1", "Of the customers with a monthly bill 2.3 % left per month.",
         "FierceWireless, 12 May 2008", _CHURN_EARLY, value=0.023, unit="share per month",
         against=("blog_churn_2007q1",)),
    Fact("churn_2007q3", "2007-Q3", "Of the customers with a monthly bill 2.3 % left per month.",
         "FierceWireless, 2008", _CHURN_LATE, value=0.023, unit="share per month"),
    Fact("churn_2007q4", "2007-Q4", "Of the customers with a monthly bill 2.3 % left per month.",
         "FierceWireless, 12 May 2008", _CHURN_EARLY, value=0.023, unit="share per month"),
    Fact("churn_2008q1", "2008-Q1", "Of the customers with a monthly bill 2.45 % left per month.",
         "FierceWireless, 12 May 2008", _CHURN_EARLY, value=0.0245, unit="share per month"),
    Fact("churn_2008q2", "2008-Q2", "Of the customers with a monthly bill 2.0 % left per month.",
         "FierceWireless, 2008", _CHURN_LATE, value=0.020, unit="share per month"),
    Fact("churn_2008q3", "2008-Q3", "Of the customers with a monthly bill 2.15 % left per month.",
         "FierceWireless, 2008", _CHURN_LATE, value=0.0215, unit="share per month"),
    Fact("churn_2010q4", "2010-Q4", "Of the customers with a monthly bill 1.86 % left per month.",
         "Channel Partners, 10 February 2011",
         "channelpartnersonline.com/2011/02/10/sprint-loses-fewer-subscribers-but-still-more-than-att-verizon/",
         value=0.0186,
         unit="share per month"),
    *(
        Fact(f"blog_churn_{quarter}", f"{quarter[:4]}-{quarter[4:].upper()}",
             f"Of the customers {share:.1%} left per month; the base is not named.".replace("%", " %"),
             "Motley Fool in Nokia Phone Blog, 16 June 2007", _BLOG, confidence="second-hand", value=share,
             unit="share per month", against=("churn_2007q1",) if quarter == "2007q1" else ())
        for quarter, share in (
            ("2006q1", 0.023), ("2006q2", 0.024), ("2006q3", 0.028), ("2006q4", 0.027), ("2007q1", 0.027),
        )
    ),
    Fact("net_2007", "2007", "Customers with a monthly bill, net change in the year: 1.2 million fewer.",
         _REPORT_OF, _REPORT, value=-1_200_000, unit="customers"),
    Fact("net_2008", "2008", "Customers with a monthly bill, net change in the year: 4.1 million fewer.",
         _REPORT_OF, _REPORT, value=-4_100_000, unit="customers"),
    Fact("net_2009", "2009", "Customers with a monthly bill, net change in the year: 3.5 million fewer.",
         _REPORT_OF, _REPORT, value=-3_500_000, unit="customers"),
    Fact("chief_goes", "2007-10",
         "The chief executive, Gary Forsee, goes; the quarter lost 337,000 customers with a monthly bill.",
         "Sprint Nextel, announcement of October 2007",
         "quotes.fatpitchfinancials.com/fatpitch.financials/news/read/3417514/forsee_steps_down_as_chairman"),
    Fact("new_chief", "2008-02-28",
         "Dan Hesse, named in December 2007, makes customer service his first task after a quarter with a "
         "loss of 29.5 billion dollars; 4,000 jobs and 125 stores go.",
         "Fortune, 28 February 2008",
         "fortune.com/2008/02/28/sprints-dreadful-customer-service-is-ceo-hesses-no-1-priority",
         value=-29.5e9, unit="USD, fourth quarter of 2007"),
    Fact("fcr_sprint", "2007-12", "At Sprint the first call settles the matter in 53 % of cases.",
         "IP Carrier, December 2007, from an internal document of Sprint", _FIRST, confidence="second-hand",
         value=0.53, unit="share of first calls", against=("twice",)),
    Fact("fcr_rival", "2007-12", "At T-Mobile the first call settles the matter in 71 % of cases.",
         "IP Carrier, December 2007, from an internal document of Sprint", _FIRST, confidence="second-hand",
         value=0.71, unit="share of first calls", against=("twice",)),
    Fact("billing", "2008-06-03",
         "More calls come from errors in bills than from any other cause; agents used to be paid for short "
         "calls, says the chief service officer.",
         "Fortune, 3 June 2008", _MESS),
    Fact("twice", "about 2007",
         "First calls settled 20 percent less than at the closest rival; customers had to call twice as "
         "often until a matter was settled, and up to 35 % gave up waiting.",
         "CRM Magazine, 1 September 2011", _CRM_MAGAZINE, value=2, unit="times as often",
         against=("fcr_sprint", "fcr_rival")),
    Fact("fcr_2010", "2010-12",
         "By Sprint's own data nearly 74 % of matters are settled by the first call in late 2010, after 53 % "
         "in early 2008.",
         "Wall Street Journal in TreoCentral, 18 December 2010",
         "treocentral.com/content/PrintStories/2844-1.htm",
         confidence="second-hand", value=0.74, unit="share of first calls"),
    Fact("fewer_calls", "2009-11",
         "Calls per subscriber have fallen for seven quarters in a row; 27 call centres are closed.",
         "Converge Digest, November 2009", "convergedigest.com/2009/11/", value=27, unit="call centres"),
    Fact("third", "about 2012",
         "Calls per subscriber and the cost of care are each down by more than a third.",
         "Society of Workforce Planning Professionals, winter 2012",
         "swpp.org/member/newsletter-archive/winter2012/customersatisfaction.html", value=1 / 3,
         unit="share, at least"),
    Fact("two_billion", "2015-09-10",
         "At the top of the satisfaction table care cost two billion dollars a year less than at the bottom, "
         "says the chief executive of these years himself.",
         "Dan Hesse, own pages, 10 September 2015", "danhesse.com/dan-hesse-articles/tag/sprint", value=2e9,
         unit="USD per year", against=("care_cost",)),
    Fact("care_cost", "2012-05-15",
         "Care cost 3.7 billion dollars in 2008 and costs 2 billion a year now, says the chief executive to "
         "the shareholders.",
         "Forrester, 29 May 2012",
         "forrester.com/blogs/12-05-29-the_business_impact_of_an_outside_in_perspective_at_sprint/",
         confidence="second-hand", value=1.7e9, unit="USD per year, less", against=("two_billion",)),
    Fact("critics", "about 2007",
         "A critic asks why the number of calls decided, and not what the customers bring.",
         "CustomerThink", "customerthink.com/firing_customers_is_it_ever_a_good_idea/"),
    Fact("share_of_base", "2007", "The list holds about 2 of every 100,000 customers.",
         "our division", "letters, base", "computed", value=1000 / 53e6, unit="share of customers"),
)  # fmt: skip

_HBR = "hbr.org/2008/04/the-right-way-to-manage-unprofitable-customers/ar/1"
CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        "date", "Sprint wrote to its customers on 29 July 2007 (2007年7月29日).",
        "The letters carry 29 June 2007; service ended on 30 July 2007. Two dates have run together.",
        "Associated Press in the Boston Globe, 11 July 2007", _BOSTON,
    ),
    Correction(
        "high_maintenance", "The letters went to a group of high-end customers (高端客户).",
        "The article says high-maintenance end users: people who need much service (高服务需求). High-end "
        "would mean people who pay much, and turns the lesson around.",
        "the opening of Mittal, Sarkees, Murshed, Harvard Business Review, April 2008",
        "ccubes.us/portfolio/the-right-way-to-manage-unprofitable-customers/",
    ),
    Correction(
        "last_resort", "The case is told as an argument for letting unprofitable customers go.",
        "The article it comes from argues against haste: of five steps the first are to look again at the "
        "customers and to teach them; to part is the last.",
        "Mittal, Sarkees, Murshed, Harvard Business Review, April 2008", _HBR,
    ),
)  # fmt: skip
