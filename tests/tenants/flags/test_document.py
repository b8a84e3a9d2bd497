"""The operators' page names every flag as the code declares it, and no other."""

import re

from django.utils import translation

from config.env import BASE_DIR
from tenants.flags.registry import all_flags

PAGE = BASE_DIR / "docs" / "operations" / "flags.md"
ROW = re.compile(r"^\| `([a-z0-9_]+)` \| (on|off) \| `([a-z]+)` \| (.+) \|$", re.MULTILINE)


def test_page_lists_the_registered_flags_with_default_owner_and_sentence():
    with translation.override("en"):
        declared = [
            (flag.name, "on" if flag.default else "off", flag.owner, str(flag.description)) for flag in all_flags()
        ]
    assert ROW.findall(PAGE.read_text(encoding="utf-8")) == declared
