"""What `python -m bot check` says of machines."""

from bot.channels.base import Finding, Level
from bot.clock import BusinessClock
from bot.server_services import open_provider
from bot.settings import Settings
from domain.servers_sandbox import SandboxMachine
from services.failures import Permanent

CLOUD = "libcloud"


def servers(settings: Settings) -> list[Finding]:
    """What is configured."""
    providers = settings.server_providers
    if settings.simulate:
        played = f"{', '.join(providers or ('libcloud', 'proxmox'))}: played on this machine (SIMULATE=1)"
        return [Finding(Level.FINE, "machines", played)]
    if not providers:
        return [Finding(Level.FINE, "machines", "off: none can be ordered until SERVERS names who makes them")]
    found = [
        Finding(Level.DOUBTFUL, _subject(each), "nothing runs: whoever orders one pays for nothing")
        for each in providers
        if each == "sandbox"
    ]
    if not settings.public_base_url:
        told = "the page that shows a first password is reached by nobody: set PUBLIC_BASE_URL"
        found.append(Finding(Level.DOUBTFUL, "machines", told))
    seller = {
        "BUSINESS_NAME": settings.business_name,
        "BUSINESS_TAX_ID": settings.business_tax_id,
        "BUSINESS_ADDRESS": settings.business_address,
    }
    if missing := [name for name, value in seller.items() if not value]:
        told = f"they do not say in full who sends them: set {', '.join(missing)}"
        found.append(Finding(Level.DOUBTFUL, "invoices", told))
    return found


async def ask_clouds(settings: Settings) -> list[Finding]:
    """Whether they can be used as they are set up; nothing is made or changed."""
    return [await _asked(settings, name) for name in settings.server_providers if name != "sandbox"]


async def _asked(settings: Settings, name: str) -> Finding:
    subject = _subject(name)
    try:
        provider = open_provider(name, settings, _NoMachines(), BusinessClock().now)
    except ValueError as problem:
        return Finding(Level.WRONG, subject, str(problem))
    failure = await provider.check()
    where = settings.libcloud_driver if name == CLOUD else settings.proxmox_url
    if failure is None:
        return Finding(
            Level.FINE, subject, f"{where} takes what it is given; the tax on machines is {settings.tax_rate} %"
        )
    level = Level.WRONG if isinstance(failure, Permanent) else Level.DOUBTFUL
    said = "refuses" if level is Level.WRONG else "cannot be asked now"
    return Finding(level, subject, f"{where} {said}: {failure.detail}")


def _subject(provider: str) -> str:
    return f"machines: {provider}"


class _NoMachines:
    async def get(self, machine: str) -> SandboxMachine | None:
        return None

    async def tagged(self, tag: str) -> tuple[SandboxMachine, ...]:
        return ()

    async def save(self, machine: SandboxMachine) -> bool:
        return False
