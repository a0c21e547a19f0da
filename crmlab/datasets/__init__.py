"""Tables to work on: ``load_*`` gives bundled or installed data, ``make_*`` simulates with known truth."""

from crmlab.datasets.bundled import load_complaint_world, load_dealers, load_personal, load_retail
from crmlab.datasets.cdnow import load_cdnow
from crmlab.datasets.collecting import load_fieldwork
from crmlab.datasets.complaint_world import ComplaintWorld, make_complaint_world
from crmlab.datasets.dealers import DealerWorld, make_dealers
from crmlab.datasets.energy import EnergyPolicy, PayRule
from crmlab.datasets.energy_file import load_energy
from crmlab.datasets.energy_world import EnergyWorld, make_energy, true_policies
from crmlab.datasets.fieldwork import Survey, make_fieldwork
from crmlab.datasets.lesson import LessonData, lesson_data
from crmlab.datasets.let_go import LetGoWorld, make_let_go, storm_shares
from crmlab.datasets.let_go_file import load_let_go
from crmlab.datasets.loyalty import LoyaltyWorld, make_loyalty, repurchase_chance
from crmlab.datasets.loyalty_file import load_loyalty
from crmlab.datasets.needs import NeedsWorld, make_needs, true_offers
from crmlab.datasets.organisations import OrganisationWorld, make_organisations
from crmlab.datasets.organisations_file import load_organisations
from crmlab.datasets.personal import PersonalWorld, make_personal
from crmlab.datasets.personal_truth import true_offer_profit
from crmlab.datasets.protected import ProtectedWorld, make_protected
from crmlab.datasets.retail import Kind, RetailSettings, World, make_retail
from crmlab.datasets.sources_file import load_sources
from crmlab.datasets.subscriptions import SubscriptionWorld, make_subscriptions
from crmlab.datasets.subscriptions_file import load_subscriptions
from crmlab.datasets.telecom import TelecomWorld, make_telecom
from crmlab.datasets.telecom_file import load_telecom
from crmlab.datasets.three_sources import Sources, make_sources
from crmlab.datasets.truth import true_letter, true_value

__all__ = [
    "ComplaintWorld",
    "DealerWorld",
    "EnergyPolicy",
    "EnergyWorld",
    "Kind",
    "LessonData",
    "LetGoWorld",
    "LoyaltyWorld",
    "NeedsWorld",
    "OrganisationWorld",
    "PayRule",
    "PersonalWorld",
    "ProtectedWorld",
    "RetailSettings",
    "Sources",
    "SubscriptionWorld",
    "Survey",
    "TelecomWorld",
    "World",
    "lesson_data",
    "load_cdnow",
    "load_complaint_world",
    "load_dealers",
    "load_energy",
    "load_fieldwork",
    "load_let_go",
    "load_loyalty",
    "load_organisations",
    "load_personal",
    "load_retail",
    "load_sources",
    "load_subscriptions",
    "load_telecom",
    "make_complaint_world",
    "make_dealers",
    "make_energy",
    "make_fieldwork",
    "make_let_go",
    "make_loyalty",
    "make_needs",
    "make_organisations",
    "make_personal",
    "make_protected",
    "make_retail",
    "make_sources",
    "make_subscriptions",
    "make_telecom",
    "repurchase_chance",
    "storm_shares",
    "true_letter",
    "true_offer_profit",
    "true_offers",
    "true_policies",
    "true_value",
]  # fmt: skip
