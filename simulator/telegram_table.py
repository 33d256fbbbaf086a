"""Which parameters each supported Bot API method takes (Bot API 10.1); a test holds it against the published list.

A letter gives the kind: i integer, s string, b boolean, f float, j JSON, c chat, m file or string. "!" = required.
"""

from __future__ import annotations

from dataclasses import dataclass

_TO = "business_connection_id:s chat_id:c! message_thread_id:i direct_messages_topic_id:i "
_HOW = (
    " disable_notification:b protect_content:b allow_paid_broadcast:b message_effect_id:s suggested_post_parameters:j"
    " reply_parameters:j reply_markup:j"
)
_CAPTION = " caption:s parse_mode:s caption_entities:j"
_TOPIC = "chat_id:c! message_thread_id:i!"
_EDIT = "business_connection_id:s chat_id:c message_id:i inline_message_id:s reply_markup:j"

_METHODS = {
    "getMe": "",
    "setWebhook": "url:s! certificate:m ip_address:s max_connections:i allowed_updates:j drop_pending_updates:b"
    " secret_token:s",
    "deleteWebhook": "drop_pending_updates:b",
    "getWebhookInfo": "",
    "getUpdates": "offset:i limit:i timeout:i allowed_updates:j",
    "setMyCommands": "commands:j! scope:j language_code:s",
    "sendMessage": _TO + "text:s! parse_mode:s entities:j link_preview_options:j" + _HOW,
    "editMessageText": _EDIT + " text:s parse_mode:s entities:j link_preview_options:j rich_message:j",
    "editMessageReplyMarkup": _EDIT,
    "deleteMessage": "chat_id:c! message_id:i!",
    "answerCallbackQuery": "callback_query_id:s! text:s show_alert:b url:s cache_time:i",
    "sendChatAction": "business_connection_id:s chat_id:c! message_thread_id:i action:s!",
    "sendPhoto": _TO + "photo:m! show_caption_above_media:b has_spoiler:b" + _CAPTION + _HOW,
    "sendDocument": _TO + "document:m! thumbnail:m disable_content_type_detection:b" + _CAPTION + _HOW,
    "sendVoice": _TO + "voice:m! duration:i" + _CAPTION + _HOW,
    "sendAudio": _TO + "audio:m! duration:i performer:s title:s thumbnail:m" + _CAPTION + _HOW,
    "sendVideo": _TO
    + "video:m! duration:i width:i height:i thumbnail:m cover:m start_timestamp:i show_caption_above_media:b"
    + " has_spoiler:b supports_streaming:b"
    + _CAPTION
    + _HOW,
    "sendSticker": _TO + "sticker:m! emoji:s" + _HOW,
    "sendLocation": _TO
    + "latitude:f! longitude:f! horizontal_accuracy:f live_period:i heading:i proximity_alert_radius:i"
    + _HOW,
    "copyMessage": "chat_id:c! message_thread_id:i direct_messages_topic_id:i from_chat_id:c! message_id:i!"
    " video_start_timestamp:i show_caption_above_media:b" + _CAPTION + _HOW,
    "getFile": "file_id:s!",
    "getChat": "chat_id:c!",
    "getChatMember": "chat_id:c! user_id:i!",
    "getChatAdministrators": "chat_id:c! return_bots:b",
    "createForumTopic": "chat_id:c! name:s! icon_color:i icon_custom_emoji_id:s",
    "editForumTopic": _TOPIC + " name:s icon_custom_emoji_id:s",
    "closeForumTopic": _TOPIC,
    "reopenForumTopic": _TOPIC,
    "deleteForumTopic": _TOPIC,
    "setMessageReaction": "chat_id:c! message_id:i! reaction:j is_big:b",
    "pinChatMessage": "business_connection_id:s chat_id:c! message_id:i! disable_notification:b",
}

NOT_PLAYED = frozenset(
    "business_connection_id direct_messages_topic_id inline_message_id rich_message suggested_post_parameters".split()
)
"""Parameters of the real API that would change the meaning of a call and that the simulator does not play."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method."""

    kind: str
    required: bool


def _row(text: str) -> dict[str, Parameter]:
    row = {}
    for part in text.split():
        name, _, kind = part.partition(":")
        row[name] = Parameter(kind[0], kind.endswith("!"))
    return row


PARAMETERS: dict[str, dict[str, Parameter]] = {name: _row(text) for name, text in _METHODS.items()}

# Method names are case-insensitive at Telegram.
BY_LOWER_NAME: dict[str, str] = {name.lower(): name for name in PARAMETERS}

BUTTON_FIELDS = frozenset(
    "text icon_custom_emoji_id style url callback_data web_app login_url switch_inline_query"
    " switch_inline_query_current_chat switch_inline_query_chosen_chat copy_text callback_game pay".split()
)
BUTTON_ACTIONS = BUTTON_FIELDS - {"text", "icon_custom_emoji_id", "style"}
REPLY_FIELDS = frozenset(
    "message_id chat_id allow_sending_without_reply quote quote_parse_mode quote_entities quote_position"
    " checklist_task_id poll_option_id".split()
)
KEYBOARDS: dict[str, frozenset[str]] = {
    "inline_keyboard": frozenset({"inline_keyboard"}),
    "keyboard": frozenset(
        "keyboard is_persistent resize_keyboard one_time_keyboard input_field_placeholder selective".split()
    ),
    "remove_keyboard": frozenset({"remove_keyboard", "selective"}),
    "force_reply": frozenset({"force_reply", "input_field_placeholder", "selective"}),
}
ACTIONS = frozenset(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker"
    " find_location record_video_note upload_video_note".split()
)
TOPIC_COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
