"""What is offered while things go wrong: the real catalog, but for mentors who have time at every hour of every day,
machines of which there are enough, and deadlines that no jump of a clock comes near.
"""

from pathlib import Path

from tests.durability.world import ROOT

SUBJECT = "Usaha"
CODES = {"Andi": "andiprovesit", "Maya": "mayaprovesit"}
LATE_SHARE = 50

_RULES = f"""[mentoring.rules]
lead_hours = 6
horizon_days = 14
hold_minutes = 480
pay_within_minutes = 600
ask_again_hours = 40
approve_within_hours = 72
free_until_hours = 24
late_refund_percent = {LATE_SHARE}
settle_after_hours = 24

[mentoring.subjects.business]
name = {{ id = "{SUBJECT}", en = "Business" }}
description = {{ id = "Usaha kecil", en = "Small business" }}
"""


PLAN, SYSTEM = "Kecil", "Debian 13"
REGIONS = {"Jakarta": "proxmox", "Singapura": "libcloud"}
"""Where machines are to be had, and by which provider."""

_MACHINES = f"""
[servers.rules]
pay_within_minutes = 600
late_after_minutes = 600
create_within_minutes = 600
grace_days = 3
keep_days = 7

[servers.terms]
1 = 0
3 = 5

[servers.plans]
small = {{ name = "{PLAN}", cpus = 1, memory_gb = 4, disk_gb = 50, traffic_tb = 1, prices = {{ IDR = 120_000 }} }}

[servers.images]
debian = {{ name = "{SYSTEM}", user = "debian" }}

[servers.regions.jakarta]
name = {{ id = "Jakarta", en = "Jakarta" }}
provider = "proxmox"
location = "pve1"
sizes = {{ small = "0-9999" }}
images = {{ debian = "9001" }}
stock = {{ small = 9999 }}

[servers.regions.singapore]
name = {{ id = "Singapura", en = "Singapore" }}
provider = "libcloud"
location = "sgp1"
sizes = {{ small = "c2-2vcpu-4gb" }}
images = {{ debian = "debian-13-x64" }}
stock = {{ small = 9999 }}
"""


def offered(folder: Path, codes: dict[str, str] = CODES, minutes: int = 60) -> Path:
    """The catalog's file. Mentors by name, with what each proves themselves with."""
    before, begins, _ = (ROOT / "catalog.toml").read_text(encoding="utf-8").partition("[mentoring.rules]")
    assert begins
    file = folder / "catalog.toml"
    mentors = (_mentor(name, code, minutes) for name, code in codes.items())
    file.write_text("\n".join((before + _RULES, *mentors, _MACHINES)), encoding="utf-8")
    return file


def _mentor(name: str, code: str, minutes: int) -> str:
    return f"""[mentoring.mentors.{name.lower()}]
name = "{name}"
profile = {{ id = "Mentor", en = "A mentor" }}
subjects = ["business"]
price = 150_000
minutes = {minutes}
zone = "Asia/Jakarta"
open = ["mon-sun 00:00-24:00"]
share_percent = 70
email = "{name.lower()}@example.com"
code = "{code}"
"""
