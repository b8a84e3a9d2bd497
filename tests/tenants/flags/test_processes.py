"""A change made in one process is seen in another within five seconds."""

import subprocess
import sys
import time

from config.env import BASE_DIR
from config.kernel.context import SYSTEM
from tenants.services.flags import flag_clear, flag_set

SEEN_WITHIN_SECONDS = 5.0
# Another process: asks all the time, and says when the answer changes.
WATCHER = """
import sys, time, django
django.setup()
from tenants.flags import flag_enabled
known, end = None, time.monotonic() + 60
while time.monotonic() < end:
    now = flag_enabled("self_signup", schema=sys.argv[1])
    if now is not known:
        known = now
        print(now, flush=True)
    time.sleep(0.02)
"""


def test_change_is_seen_by_another_process_within_five_seconds(fresh_tenant, process_environment):
    tenant = fresh_tenant()
    command = [sys.executable, "-c", WATCHER, tenant.schema_name]
    watcher = subprocess.Popen(
        command, cwd=BASE_DIR, env=process_environment, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        assert watcher.stdout.readline().strip() == "False"
        for change, seen in (
            (lambda: flag_set(actor=SYSTEM, name="self_signup", percentage=100, tenant_id=tenant.pk), "True"),
            (lambda: flag_clear(actor=SYSTEM, name="self_signup", tenant_id=tenant.pk), "False"),
        ):
            change()
            changed = time.monotonic()
            assert watcher.stdout.readline().strip() == seen
            assert time.monotonic() - changed < SEEN_WITHIN_SECONDS
    finally:
        watcher.kill()
        watcher.wait(10)
