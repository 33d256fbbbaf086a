"""What is asked of libcloud's drivers is what the installed ones take."""

import inspect
import subprocess
import sys

import pytest
from libcloud.compute.drivers.digitalocean import DigitalOcean_v2_NodeDriver
from libcloud.compute.drivers.ec2 import EC2NodeDriver
from libcloud.compute.drivers.linode import LinodeNodeDriverV4
from libcloud.compute.drivers.openstack import OpenStack_2_NodeDriver
from libcloud.compute.drivers.vultr import VultrNodeDriverV2

CALLS: list[tuple[type, str, tuple[str, ...]]] = [
    (
        DigitalOcean_v2_NodeDriver,
        "create_node",
        ("name", "size", "image", "location", "ex_create_attr", "ex_user_data"),
    ),
    (DigitalOcean_v2_NodeDriver, "_paginated_request", ("url", "obj")),
    (DigitalOcean_v2_NodeDriver, "_to_node", ("data",)),
    (DigitalOcean_v2_NodeDriver, "reboot_node", ("node",)),
    (DigitalOcean_v2_NodeDriver, "destroy_node", ("node",)),
    (DigitalOcean_v2_NodeDriver, "ex_power_on_node", ("node",)),
    (DigitalOcean_v2_NodeDriver, "ex_shutdown_node", ("node",)),
    (DigitalOcean_v2_NodeDriver, "ex_account_info", ()),
    (
        EC2NodeDriver,
        "create_node",
        (
            "name",
            "size",
            "image",
            "location",
            "ex_metadata",
            "ex_clienttoken",
            "ex_userdata",
            "ex_blockdevicemappings",
            "ex_subnet",
            "ex_security_group_ids",
            "ex_assign_public_ip",
        ),
    ),
    (EC2NodeDriver, "list_nodes", ("ex_node_ids",)),
    (EC2NodeDriver, "list_nodes", ("ex_filters",)),
    (EC2NodeDriver, "list_images", ("ex_image_ids",)),
    (EC2NodeDriver, "ex_change_node_size", ("node", "new_size")),
    (
        OpenStack_2_NodeDriver,
        "create_node",
        (
            "name",
            "size",
            "image",
            "networks",
            "ex_availability_zone",
            "ex_metadata",
            "ex_config_drive",
            "ex_userdata",
        ),
    ),
    (OpenStack_2_NodeDriver, "list_nodes", ()),
    (OpenStack_2_NodeDriver, "ex_get_node_details", ("node_id",)),
    (OpenStack_2_NodeDriver, "ex_soft_reboot_node", ("node",)),
    (OpenStack_2_NodeDriver, "ex_resize", ("node", "size")),
    (OpenStack_2_NodeDriver, "ex_confirm_resize", ("node",)),
    (
        LinodeNodeDriverV4,
        "create_node",
        ("name", "size", "image", "location", "root_pass", "ex_tags", "ex_userdata"),
    ),
    (LinodeNodeDriverV4, "list_nodes", ()),
    (LinodeNodeDriverV4, "ex_get_node", ("node_id",)),
    (LinodeNodeDriverV4, "ex_resize_node", ("node", "size", "allow_auto_disk_resize")),
    (
        VultrNodeDriverV2,
        "create_node",
        ("name", "size", "image", "location", "ex_hostname", "ex_tag", "ex_userdata"),
    ),
    (VultrNodeDriverV2, "list_nodes", ("ex_list_bare_metals",)),
    (VultrNodeDriverV2, "ex_get_node", ("node_id",)),
    (VultrNodeDriverV2, "ex_resize_node", ("node", "size")),
]
FOR_EACH = ("start_node", "stop_node", "reboot_node", "destroy_node")
CALLS += [
    (driver, name, ("node",))
    for driver in (EC2NodeDriver, OpenStack_2_NodeDriver, LinodeNodeDriverV4, VultrNodeDriverV2)
    for name in FOR_EACH
]


@pytest.mark.parametrize(("driver", "name", "arguments"), CALLS)
def test_the_installed_driver_takes_what_it_is_given(driver: type, name: str, arguments: tuple[str, ...]) -> None:
    inspect.signature(getattr(driver, name)).bind(None, **dict.fromkeys(arguments))


def test_no_library_of_a_cloud_is_imported_before_its_provider_is_built() -> None:
    """Together they would take 100 MB."""
    look = "import sys, services.servers.registry as r; print({*sys.modules} & {'libcloud', 'proxmoxer', 'requests'})"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
