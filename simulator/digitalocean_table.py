"""What DigitalOcean offers and how it words its answers, as far as it is played.

Sizes, regions, names and limits: its public API reference (OpenAPI) and price list; refusals: as its API has answered.
"""

from __future__ import annotations

from typing import Any

REGIONS = {
    "nyc1": "New York 1",
    "nyc3": "New York 3",
    "ams3": "Amsterdam 3",
    "sfo3": "San Francisco 3",
    "sgp1": "Singapore 1",
    "lon1": "London 1",
    "fra1": "Frankfurt 1",
    "tor1": "Toronto 1",
    "blr1": "Bangalore 1",
    "syd1": "Sydney 1",
    "atl1": "Atlanta 1",
}
FEATURES = ("backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer")

# slug: CPUs, memory in MB, disk in GB, transfer in TB, USD a month, description, regions that have none
_NOT_ATL = ("atl1",)
SIZES: dict[str, tuple[int, int, int, float, float, str, tuple[str, ...]]] = {
    "s-1vcpu-512mb-10gb": (1, 512, 10, 0.5, 4.0, "Basic", ()),
    "s-1vcpu-1gb": (1, 1024, 25, 1.0, 6.0, "Basic", ()),
    "s-1vcpu-2gb": (1, 2048, 50, 2.0, 12.0, "Basic", ()),
    "s-2vcpu-2gb": (2, 2048, 60, 3.0, 18.0, "Basic", ()),
    "s-2vcpu-4gb": (2, 4096, 80, 4.0, 24.0, "Basic", ()),
    "s-4vcpu-8gb": (4, 8192, 160, 5.0, 48.0, "Basic", ()),
    "s-8vcpu-16gb": (8, 16384, 320, 6.0, 96.0, "Basic", ()),
    "c-2": (2, 4096, 25, 4.0, 42.0, "CPU-Optimized", ()),
    "c-4": (4, 8192, 50, 5.0, 84.0, "CPU-Optimized", ()),
    "c-8": (8, 16384, 100, 6.0, 168.0, "CPU-Optimized", ()),
    "c-16": (16, 32768, 200, 7.0, 336.0, "CPU-Optimized", ()),
    "c-32": (32, 65536, 400, 9.0, 672.0, "CPU-Optimized", _NOT_ATL),
    "c2-2vcpu-4gb": (2, 4096, 50, 4.0, 47.0, "CPU-Optimized 2x SSD", ()),
    "c2-4vcpu-8gb": (4, 8192, 100, 5.0, 94.0, "CPU-Optimized 2x SSD", ()),
    "g-2vcpu-8gb": (2, 8192, 25, 4.0, 63.0, "General Purpose", ()),
    "g-4vcpu-16gb": (4, 16384, 50, 5.0, 126.0, "General Purpose", ()),
    "g-8vcpu-32gb": (8, 32768, 100, 6.0, 252.0, "General Purpose", ()),
    "g-16vcpu-64gb": (16, 65536, 200, 7.0, 504.0, "General Purpose", ()),
    "gd-2vcpu-8gb": (2, 8192, 50, 4.0, 68.0, "General Purpose 2x SSD", ()),
    "gd-4vcpu-16gb": (4, 16384, 100, 5.0, 136.0, "General Purpose 2x SSD", ()),
    "m-2vcpu-16gb": (2, 16384, 50, 4.0, 84.0, "Memory-Optimized", ()),
    "m-4vcpu-32gb": (4, 32768, 100, 6.0, 168.0, "Memory-Optimized", ()),
    "so1_5-2vcpu-16gb": (2, 16384, 450, 4.0, 163.0, "Storage-Optimized 1.5x", _NOT_ATL),
}
HOURS = 672
"""A month is billed as this many hours at most."""

# slug: id, distribution, name, least disk in GB
IMAGES: dict[str, tuple[int, str, str, int]] = {
    "ubuntu-24-04-x64": (155133621, "Ubuntu", "24.04 (LTS) x64", 7),
    "ubuntu-22-04-x64": (129211873, "Ubuntu", "22.04 (LTS) x64", 7),
    "debian-13-x64": (195932981, "Debian", "13 x64", 7),
    "debian-12-x64": (172132269, "Debian", "12 x64", 7),
    "almalinux-9-x64": (155133619, "AlmaLinux", "AlmaLinux 9", 10),
    "rockylinux-9-x64": (155133624, "Rocky Linux", "9 x64", 10),
    "fedora-42-x64": (185010393, "Fedora", "42 x64", 10),
    "centos-stream-9-x64": (155133622, "CentOS", "9 Stream x64", 10),
}

CREATE = {
    "name": str,
    "region": str,
    "size": str,
    "image": (str, int),
    "ssh_keys": list,
    "backups": bool,
    "ipv6": bool,
    "monitoring": bool,
    "tags": list,
    "user_data": str,
    "private_networking": bool,
    "vpc_uuid": str,
    "with_droplet_agent": bool,
    "public_networking": bool,
}
"""What a creation may say, and of what type; the rest of DigitalOcean's is not played."""

# type: what is done to the machine, and whether it must be on (True), off (False) or either
ACTIONS: dict[str, tuple[str, bool | None]] = {
    "power_on": ("start", False),
    "power_off": ("stop", True),
    "shutdown": ("stop", True),
    "reboot": ("restart", True),
    "power_cycle": ("restart", True),
    "rebuild": ("rebuild", None),
    "resize": ("resize", False),
    "rename": ("rename", None),
    "password_reset": ("restart", True),
}
ACTION = {"type": str, "image": (str, int), "size": str, "disk": bool, "name": str}

LARGEST_USER_DATA = 64 * 1024
MESSAGES = {
    "unauthorized": "Unable to authenticate you.",
    "not_found": "The resource you were accessing could not be found.",
    "too_many_requests": "API rate limit exceeded.",
    "server_error": "Unexpected server-side error",
    "limit": "creating this/these droplet(s) will exceed your droplet limit",
    "pending": "Droplet already has a pending event.",
    "name": "Name Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)",
    "size": "You specified an invalid size for Droplet creation.",
    "image": "You specified an invalid image for Droplet creation.",
    "region": "You specified an invalid region for Droplet creation.",
    "elsewhere": "Size is not available in this region.",
    "keys": "{} are invalid key identifiers for Droplet creation.",
    "on": "Droplet is already powered on.",
    "off": "Droplet is already powered off.",
    "must_be_on": "Droplet is currently off. Please power it on to run this event.",
    "must_be_off": "Droplet is currently on. Please power it off to run this event.",
    "same_size": "The droplet is already set to this size.",
    "smaller": "This size is not available because it has a smaller disk.",
    "user_data": "User data is too long: it may not exceed 64 KiB.",
}


def size(slug: str) -> dict[str, Any]:
    """As /v2/sizes tells it; raises KeyError."""
    cpus, memory, disk, transfer, monthly, description, without = SIZES[slug]
    return {
        "slug": slug,
        "memory": memory,
        "vcpus": cpus,
        "disk": disk,
        "transfer": transfer,
        "price_monthly": monthly,
        "price_hourly": round(monthly / HOURS, 5),
        "regions": [each for each in REGIONS if each not in without],
        "available": True,
        "description": description,
        "disk_info": [{"type": "local", "size": {"amount": disk, "unit": "gib"}}],
    }


def region(slug: str) -> dict[str, Any]:
    """As /v2/regions tells it; raises KeyError."""
    sizes = [name for name, one in SIZES.items() if slug not in one[-1]]
    return {"name": REGIONS[slug], "slug": slug, "features": list(FEATURES), "available": True, "sizes": sizes}


def image(slug: str) -> dict[str, Any]:
    """As /v2/images tells it; raises KeyError."""
    number, distribution, name, least = IMAGES[slug]
    return {
        "id": number,
        "name": name,
        "type": "base",
        "distribution": distribution,
        "slug": slug,
        "public": True,
        "regions": list(REGIONS),
        "created_at": "2026-05-15T05:47:50Z",
        "min_disk_size": least,
        "size_gigabytes": 0.66,
        "description": f"{distribution} {name}",
        "tags": [],
        "status": "available",
        "error_message": "",
    }


def slug_of(given: str | int) -> str:
    """An image's slug, by slug or by number; raises KeyError."""
    for slug, (number, *_) in IMAGES.items():
        if given in (slug, number, str(number)):
            return slug
    raise KeyError(given)
