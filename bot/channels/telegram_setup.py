"""What the operator's `check` asks Telegram: who the bot is, where its updates go, what it may do in its groups."""

from typing import Any

from bot.channels.base import Finding, Level
from bot.channels.telegram_errors import detail_of
from bot.channels.telegram_http import Api, Refused, Unanswered, Unsent


async def check(api: Api, *, webhook: str, forum: str, group: str) -> list[Finding]:
    """`webhook`: where updates should go (empty: polling). `forum`, `group`: chat ids the bot works in, or empty."""
    try:
        me = await api.call("getMe", {})
        bot = f"@{me.get('username', '')}"
        findings = [
            Finding(Level.FINE, bot, "the token is accepted"),
            *_webhook(await api.call("getWebhookInfo", {}), webhook),
        ]
        if forum:
            findings.extend(await _group(api, me, forum, needs_topics=True))
        if group:
            findings.extend(await _group(api, me, group, needs_topics=False))
    except Refused as error:
        hint = "; see the bot's token" if error.status in (401, 404) else ""
        return [Finding(Level.WRONG, "Telegram", f"{detail_of(error)}{hint}")]
    except (Unsent, Unanswered) as error:
        return [Finding(Level.WRONG, "Telegram", f"not reached: {error}")]
    except (AttributeError, KeyError, TypeError):
        return [Finding(Level.WRONG, "Telegram", "who answers there is not the Bot API; see its base URL")]
    return findings


def _webhook(info: dict[str, Any], expected: str) -> list[Finding]:
    url = info.get("url") or ""
    findings = []
    if url != expected:
        detail = (
            f"updates go to {url or 'nobody (polling)'}, not to {expected or 'polling'}; a start of the service sets it"
        )
        findings.append(Finding(Level.DOUBTFUL, "webhook", detail))
    else:
        findings.append(Finding(Level.FINE, "webhook", url or "polling"))
    if info.get("last_error_message"):
        findings.append(Finding(Level.DOUBTFUL, "webhook", f"Telegram's last error: {info['last_error_message']}"))
    if info.get("pending_update_count"):
        findings.append(Finding(Level.DOUBTFUL, "webhook", f"{info['pending_update_count']} updates wait to be taken"))
    return findings


async def _group(api: Api, me: dict[str, Any], chat: str, *, needs_topics: bool) -> list[Finding]:
    subject = f"group {chat}"
    try:
        about = await api.call("getChat", {"chat_id": chat})
        member = await api.call("getChatMember", {"chat_id": chat, "user_id": me["id"]})
    except Refused as error:
        return [Finding(Level.WRONG, subject, f"{detail_of(error)}; add the bot to the group")]
    admin = member.get("status") in ("administrator", "creator")
    wrong = []
    if needs_topics and about.get("is_forum") is not True:
        wrong.append("the group has no topics: turn them on in its settings")
    if needs_topics and not (admin and (member.get("can_manage_topics") or member["status"] == "creator")):
        wrong.append("the bot may not manage topics: make it an administrator with that right")
    if member.get("status") in ("left", "kicked"):
        wrong.append("the bot is not in the group: add it")
    elif needs_topics and not admin and me.get("can_read_all_group_messages") is not True:
        wrong.append("the bot sees commands alone: make it an administrator, or turn its privacy mode off")
    return [Finding(Level.WRONG, subject, detail) for detail in wrong] or [
        Finding(Level.FINE, subject, about.get("title") or "the bot has what it needs there")
    ]
