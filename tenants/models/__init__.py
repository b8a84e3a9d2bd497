"""The tables of the public schema that say who belongs where."""

from tenants.models.domain import Domain
from tenants.models.flag import FlagRule
from tenants.models.mailed_link import MailedLink
from tenants.models.membership import Membership
from tenants.models.organisation_export import OrganisationExport, OrganisationExportPart
from tenants.models.quota import Quota, QuotaReservation, QuotaUsage
from tenants.models.schema_record import SchemaDump, SchemaStatus
from tenants.models.second_factor import RecoveryCode, SecondFactor
from tenants.models.session import Session
from tenants.models.tenant import Tenant
from tenants.models.user import User

__all__ = [
    "Domain",
    "FlagRule",
    "MailedLink",
    "Membership",
    "OrganisationExport",
    "OrganisationExportPart",
    "Quota",
    "QuotaReservation",
    "QuotaUsage",
    "RecoveryCode",
    "SchemaDump",
    "SchemaStatus",
    "SecondFactor",
    "Session",
    "Tenant",
    "User",
]
