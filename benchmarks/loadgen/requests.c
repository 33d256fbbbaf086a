/* What customers send, in the form that Telegram and Twilio give it. */
#include "load.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *NAMES[] = {"Ana", "Bruno", "Chiara", "Dmitri", "Eszter", "Farid", "Grace", "Hiro"};

static const char *name_of(uint32_t customer) { return NAMES[customer % (sizeof NAMES / sizeof *NAMES)]; }

/* A whole HTTP request with Telegram's update; its length. Texts hold nothing that JSON would escape. */
int update_of(char *out, size_t room, uint32_t customer, uint64_t id, const char *text)
{
    char json[1024];
    const char *name = name_of(customer);
    long chat = FIRST_CHAT + customer;
    int length = snprintf(json, sizeof json,
                          "{\"update_id\":%llu,\"message\":{\"message_id\":%llu,"
                          "\"from\":{\"id\":%ld,\"is_bot\":false,\"first_name\":\"%s\",\"last_name\":\"Silva\","
                          "\"username\":\"%s_%u\",\"language_code\":\"id\"},"
                          "\"chat\":{\"id\":%ld,\"first_name\":\"%s\",\"last_name\":\"Silva\","
                          "\"username\":\"%s_%u\",\"type\":\"private\"},\"date\":1760000000,\"text\":\"%s\"}}",
                          (unsigned long long)id, (unsigned long long)(id % 1000000), chat, name, name, customer, chat,
                          name, name, customer, text);
    return snprintf(out, room,
                    "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                    "X-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: %d\r\nConnection: keep-alive\r\n"
                    "Accept-Encoding: gzip, deflate\r\n\r\n%s",
                    options.path, options.port, options.secret, length, json);
}

struct form {
    char body[2048];
    char signed_text[2048];
    size_t body_length, signed_length;
};

static void put_encoded(struct form *form, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (isalnum(c) || c == '-' || c == '_' || c == '.')
            form->body[form->body_length++] = (char)c;
        else if (c == ' ')
            form->body[form->body_length++] = '+';
        else {
            form->body[form->body_length++] = '%';
            form->body[form->body_length++] = digits[c >> 4];
            form->body[form->body_length++] = digits[c & 15];
        }
    }
}

/* Add a field to the body and, as name and value, to what is signed. To be called in the order of the names. */
static void field(struct form *form, const char *name, const char *format, ...)
{
    char value[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    if (form->body_length)
        form->body[form->body_length++] = '&';
    put_encoded(form, name);
    form->body[form->body_length++] = '=';
    put_encoded(form, value);
    form->signed_length += (size_t)snprintf(form->signed_text + form->signed_length,
                                            sizeof form->signed_text - form->signed_length, "%s%s", name, value);
}

/* A whole HTTP request with Twilio's form, signed; its length. */
int form_of(char *out, size_t room, uint32_t customer, uint64_t id, const char *text)
{
    struct form form = {.body_length = 0};
    long phone = FIRST_PHONE + customer;
    char sid[35], signature[SIGNATURE_SIZE];
    snprintf(sid, sizeof sid, "SM%032llx", (unsigned long long)id);
    form.signed_length = (size_t)snprintf(form.signed_text, sizeof form.signed_text, "http://127.0.0.1:%d%s",
                                          options.port, options.path);
    field(&form, "AccountSid", "%s", options.account);
    field(&form, "ApiVersion", "2010-04-01");
    field(&form, "Body", "%s", text);
    field(&form, "From", "whatsapp:+%ld", phone);
    field(&form, "MessageSid", "%s", sid);
    field(&form, "MessageType", "text");
    field(&form, "NumMedia", "0");
    field(&form, "NumSegments", "1");
    field(&form, "ProfileName", "%s Silva", name_of(customer));
    field(&form, "ReferralNumMedia", "0");
    field(&form, "SmsMessageSid", "%s", sid);
    field(&form, "SmsSid", "%s", sid);
    field(&form, "SmsStatus", "received");
    field(&form, "To", "whatsapp:%s", options.number);
    field(&form, "WaId", "%ld", phone);
    sign(signature, options.token, form.signed_text, form.signed_length);
    return snprintf(out, room,
                    "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
                    "X-Twilio-Signature: %s\r\nI-Twilio-Idempotency-Token: %s\r\nContent-Length: %zu\r\n"
                    "User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n%.*s",
                    options.path, options.port, signature, sid + 2, form.body_length, (int)form.body_length, form.body);
}
