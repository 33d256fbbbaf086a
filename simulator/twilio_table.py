"""Which parameters each supported call of Twilio takes; a test holds it against Twilio's own specs."""

from __future__ import annotations

CREATE_MESSAGE = frozenset(
    "To StatusCallback ApplicationSid MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention"
    " AddressRetention SmartEncoded PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms"
    " ContentVariables RiskCheck From FallbackFrom MessagingServiceSid Body MediaUrl ContentSid".split()
)
REPEATED = frozenset({"MediaUrl", "PersistentAction"})
LIST_MESSAGES = frozenset({"To", "From", "DateSent", "DateSent<", "DateSent>", "PageSize", "Page", "PageToken"})
LIST_CONTENT = frozenset({"PageSize", "Page", "PageToken"})

NOT_PLAYED = frozenset(
    "ApplicationSid MessagingServiceSid FallbackFrom ScheduleType SendAt SendAsMms ShortenUrls".split()
)
"""Parameters of the real API that would change the meaning of a send and that the simulator does not play."""

MEDIA_TYPES = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "audio/ogg",
        "audio/opus",
        "audio/amr",
        "audio/aac",
        "audio/mp4",
        "audio/mpeg",
        "audio/3gpp",
        "video/mp4",
        "video/3gpp",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "text/plain",
        "text/csv",
        "text/vcard",
    }
)
"""What WhatsApp takes as media ("Guide to WhatsApp media messages", Twilio)."""

MESSAGES = {
    11200: "HTTP retrieval failure",
    20001: "Invalid parameter",
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21211: "Invalid 'To' Phone Number",
    21212: "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID",
    21603: "A 'From' or 'MessagingServiceSid' parameter is required",
    21604: "A 'To' phone number is required",
    21609: "The StatusCallback URL is not a valid URL",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21619: "At least one of body, media or content is required",
    21620: "Invalid media URL(s)",
    21623: "Number of media files exceeds allowed limit",
    21655: "The ContentSid is Invalid",
    21656: "The ContentVariables Parameter is invalid",
    63003: "Channel could not find To address",
    63007: "Twilio could not find a Channel with the specified From address",
    63013: "Channel policy violation",
    63016: "Failed to send freeform message because you are outside the allowed window. If you are using WhatsApp,"
    " please use a Message Template.",
    63019: "Media failed to download",
    63021: "Channel invalid content error",
    63031: "Channels message cannot have same From and To",
}
