"""The data centre on the simulator's page: machines appear, run, are stopped, break and disappear."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.web.stand_in import Service, phone

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

NASTY = '#cloud-config\n# <img src=x onerror="document.title=1">'


async def centre(page: Page) -> Locator:
    await page.get_by_role("button", name="Machines", exact=True).click()
    return page.get_by_role("tabpanel", name="Data centre")


def unit(pane: Locator, name: str) -> Locator:
    return pane.locator(f'.unit[data-machine="{name}"]')


async def order(service: Service, name: str = "server-1", status: int = 202, **more: Any) -> Any:
    """A machine at DigitalOcean, as the service asks for one."""
    body = {"name": name, "region": "sgp1", "size": "c-2", "image": "ubuntu-24-04-x64", "user_data": NASTY} | more
    return await droplets(service, "POST", "/v2/droplets", status, body)


async def droplets(service: Service, method: str, path: str, status: int, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {service.sim.config.digitalocean_token}"}
    async with service.http.request(method, service.sim.url + path, json=body, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json() if status != 204 else None


async def clone(service: Service, name: str) -> None:
    """A machine at Proxmox, which is off."""
    headers = {"Authorization": f"PVEAPIToken={service.sim.config.proxmox_token}"}
    url = f"{service.sim.url}/api2/json/nodes/pve1/qemu/9000/clone"
    async with service.http.post(url, data={"newid": "100", "name": name}, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def running(service: Service, name: str = "server-1") -> Any:
    return await service.sim.world.wait(lambda: (m := service.sim.datacentre.named(name)) and m.online and m)


async def test_a_machine_is_built_and_runs(page: Page, service: Service) -> None:
    pane = await centre(page)
    await expect(pane.get_by_text("No machines yet")).to_be_visible()
    service.sim.datacentre.hold()
    await order(service)
    one = unit(pane, "server-1")
    await expect(one).to_contain_text("building")
    await expect(one.locator(".progress")).to_be_visible()
    service.sim.datacentre.release()
    machine = await running(service)
    await expect(one).to_contain_text("running")
    await expect(one).to_contain_text(f"{machine.address}:{service.sim.datacentre.ssh_port}")
    await expect(one).to_contain_text("c-2 · 2 vCPU · 4 GB · 25 GB disk · ubuntu-24-04-x64")
    await expect(one.locator(".progress")).to_be_hidden()
    await expect(pane.get_by_role("region", name="Rack Singapore 1")).to_contain_text("server-1")
    await expect(pane.locator(".head-sub")).to_have_text("1 machine · 1 running")
    trace = pane.get_by_role("region", name="What happened").get_by_role("listitem")
    await expect(trace.first).to_contain_text(f"server-1answers at {machine.address}")
    await expect(trace).to_have_count(3)


async def test_a_machine_is_stopped_and_disappears_with_a_trace(page: Page, service: Service) -> None:
    pane = await centre(page)
    number = (await order(service))["droplet"]["id"]
    await running(service)
    await droplets(service, "POST", f"/v2/droplets/{number}/actions", 201, {"type": "shutdown"})
    one = unit(pane, "server-1")
    await expect(one).to_contain_text("off")
    await expect(one.get_by_role("button", name="Stop")).to_be_hidden()
    await droplets(service, "DELETE", f"/v2/droplets/{number}", 204)
    await expect(one).to_have_count(0)
    await expect(pane.get_by_text("no machines", exact=True)).to_have_count(2)
    await expect(pane.locator(".happened li").first).to_contain_text("server-1is destroyed")


async def test_what_can_befall_a_machine(page: Page, service: Service) -> None:
    pane = await centre(page)
    await order(service)
    await running(service)
    one = unit(pane, "server-1")
    await one.get_by_role("button", name="Stop server-1").click()
    await expect(one).to_contain_text("off")
    await one.get_by_role("button", name="Break server-1").click()
    await expect(one).to_contain_text("broken")
    await expect(one.get_by_role("button", name="Break")).to_be_hidden()
    await one.get_by_role("button", name="Lose server-1").click()
    await expect(one).to_have_count(0)
    said = [text for text in await pane.locator(".happened .bad").all_text_contents() if "server-1" in text]
    assert [words for text in said for words in ("lost", "broken", "stopped by hand") if words in text] == [
        "lost",
        "broken",
        "stopped by hand",
    ]
    assert service.sim.datacentre.machines == {}


async def test_what_becomes_of_the_next_one(page: Page, service: Service) -> None:
    pane = await centre(page)
    ocean = pane.get_by_role("region", name="DigitalOcean")
    quota = ocean.get_by_role("button", name="no quota")
    await quota.click()
    await expect(quota).to_have_attribute("aria-pressed", "true")
    await order(service, status=422)
    await expect(quota).to_have_attribute("aria-pressed", "false")

    await ocean.get_by_role("button", name="fails").click()
    await expect(ocean.get_by_role("button", name="fails")).to_have_attribute("aria-pressed", "true")
    await order(service, "server-2")
    await expect(pane.locator(".happened .bad").first).to_contain_text("server-2could not be built")

    mute = ocean.get_by_role("button", name="no address")
    await mute.click()
    await expect(mute).to_have_attribute("aria-pressed", "true")
    await order(service, "server-3")
    await expect(unit(pane, "server-3")).to_contain_text("no address yet")

    await mute.click()
    await expect(mute).to_have_attribute("aria-pressed", "true")
    await mute.click()
    await expect(mute).to_have_attribute("aria-pressed", "false")
    assert service.sim.faults.list() == []


async def test_both_providers_have_their_racks(page: Page, service: Service) -> None:
    pane = await centre(page)
    await order(service, "server-1")
    await order(service, "server-2", region="fra1")
    await clone(service, "server-3")
    ocean = pane.get_by_role("region", name="DigitalOcean")
    await expect(ocean.locator(".rack h5")).to_have_text(["sgp1Singapore 1", "fra1Frankfurt 1"])
    proxmox = pane.get_by_role("region", name="Proxmox")
    await expect(proxmox.locator(".rack h5")).to_have_text(["pve1Jakarta, first rack"])
    await expect(unit(pane, "server-3")).to_contain_text("off")
    await page.reload()
    await expect(pane.locator(".unit")).to_have_count(3)


async def test_what_a_machine_was_told_is_shown_as_text(page: Page, service: Service) -> None:
    pane = await centre(page)
    await order(service, tags=["sahut"])
    one = unit(pane, "server-1")
    about = one.get_by_role("button", name="About server-1")
    await about.click()
    await expect(one.get_by_label("User data")).to_have_text(NASTY)
    await expect(one.locator("dd", has_text="sahut")).to_be_visible()
    assert await page.title() == "Sahut · simulator"
    await about.click()
    await expect(one.get_by_label("User data")).to_be_hidden()


async def test_scenes_share_the_desk(page: Page) -> None:
    await centre(page)
    await expect(phone(page, "Data centre")).to_be_in_viewport(ratio=0.95)
    for name in ("Budi", "Sari"):
        await expect(phone(page, name)).to_be_in_viewport(ratio=0.95)
    await expect(phone(page, "Andi")).to_have_count(0)
    await page.get_by_role("button", name="Mentoring").click()
    await expect(phone(page, "Mail & calendar")).to_be_visible()
    await expect(phone(page, "Andi")).to_be_visible()
    await page.get_by_role("button", name="Care", exact=True).click()
    await expect(phone(page, "Mail & calendar")).to_have_count(0)


async def test_faults_of_machines_are_set_by_the_list_too(page: Page, service: Service) -> None:
    await page.get_by_role("button", name="Faults").click()
    form = page.locator("#fault-form")
    for name in ("Proxmox", "Machines", "gets no address"):
        await form.get_by_role("radio", name=name, exact=True).check()
    await form.get_by_role("button", name="Add").click()
    await expect(page.locator("#fault-list")).to_contain_text("Proxmox machine gets no address")
    (fault,) = service.sim.faults.list()
    assert (fault.provider, fault.method, fault.kind) == ("proxmox", "machine", "no_address")


async def test_on_a_small_screen(small_page: Page, service: Service) -> None:
    await order(service)
    machine = await running(service)
    await small_page.get_by_role("tab", name="Mail & calendar").click()
    await small_page.get_by_role("tab", name="Data centre").click()
    one = unit(small_page.get_by_role("tabpanel", name="Data centre"), "server-1")
    await expect(one).to_be_in_viewport(ratio=0.99)
    await expect(one).to_contain_text(machine.address)
    wide = await one.evaluate("one => one.closest('.desk').getBoundingClientRect().width")
    assert wide <= 390
