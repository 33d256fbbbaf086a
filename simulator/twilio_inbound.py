"""The form that Twilio posts for a WhatsApp message ("Twilio's request to your incoming message webhook URL")."""

from __future__ import annotations

import json

from simulator.model import Chat, Json, Message, Person
from simulator.twilio_messages import API_VERSION
from simulator.world import World

_TYPES = {"photo": "image", "voice": "audio", "document": "document", "sticker": "sticker", "location": "location"}


def inbound_fields(world: World, base_url: str, chat: Chat, person: Person, message: Message) -> Json:
    """The fields by name; every value is a string, as in a form."""
    config = world.config
    number = chat.id.removeprefix("whatsapp:").lstrip("+")
    fields = {
        "SmsMessageSid": message.id,
        "NumMedia": "0",
        "ProfileName": person.name,
        "MessageType": message.raw.get("message_type") or _TYPES.get(message.kind, "text"),
        "SmsSid": message.id,
        "WaId": number,
        "SmsStatus": "received",
        "Body": message.text,
        "To": config.whatsapp_from,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": message.id,
        "AccountSid": config.twilio_account_sid,
        "ChannelMetadata": json.dumps(
            {"type": "whatsapp", "data": {"context": {"ProfileName": person.name, "WaId": number}}}
        ),
        "From": chat.id,
        "ApiVersion": API_VERSION,
    }
    raw = message.raw
    if "media" in raw:
        path = f"/{API_VERSION}/Accounts/{config.twilio_account_sid}/Messages/{message.id}/Media/ME{raw['media']}"
        fields["NumMedia"] = "1"
        fields["MediaUrl0"] = base_url + path
        fields["MediaContentType0"] = str(message.media["type"]) if message.media else ""
    if message.location is not None:
        fields["Latitude"], fields["Longitude"] = str(message.location["lat"]), str(message.location["lon"])
        if message.location["name"]:
            fields["Label"] = fields["Address"] = str(message.location["name"])
    if "button" in raw:
        fields["MessageType"] = "button" if raw["button"]["approved"] else "interactive"
        fields["ButtonText"], fields["ButtonPayload"] = raw["button"]["text"], raw["button"]["id"]
        fields["ButtonType"] = "QUICK_REPLY"
    if "row" in raw:
        fields["MessageType"] = "interactive"
        fields["ListId"], fields["ListTitle"] = raw["row"]["id"], raw["row"]["title"]
        if raw["row"]["description"]:
            fields["ListDescription"] = raw["row"]["description"]
    if message.reply_to is not None:
        fields["OriginalRepliedMessageSid"] = message.reply_to
        answered = chat.messages.get(message.reply_to)
        own = answered is not None and not answered.outgoing
        fields["OriginalRepliedMessageSender"] = chat.id if own else config.whatsapp_from
    if raw.get("forwarded"):
        fields["Forwarded"] = "true"
    return fields
