/* Plays the Bot API and Twilio for one bot: answers every call at once, counts what is sent, and tells the customers. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct caller {
    int fd;
    long held;
    char bytes[BUFFER + 1];
};

static int notes_out;

static void answer(struct caller *caller, const char *status, const char *json, int length)
{
    char out[2048];
    int size = snprintf(out, sizeof out,
                        "HTTP/1.1 %s\r\nServer: nginx\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                        "Connection: keep-alive\r\n\r\n%.*s",
                        status, length, length, json);
    if (write(caller->fd, out, (size_t)size) != size)
        fprintf(stderr, "endpoint: an answer was cut short\n");
}

/* Whether the words stand in a body, be it JSON or a form, where a space is a plus. */
static bool holds(const char *body, const char *words)
{
    for (; *body; body++) {
        size_t i = 0;
        while (words[i] && (body[i] == words[i] || (words[i] == ' ' && body[i] == '+')))
            i++;
        if (!words[i])
            return true;
    }
    return false;
}

static int step_of(const char *body)
{
    int found = -1;
    for (int i = 0; i < options.step_count; i++)
        if (holds(body, options.steps[i].expected)) {
            if (found >= 0)
                return -1;
            found = i;
        }
    return found;
}

/* The number behind a name, whatever stands between them that is no digit. */
static long number_after(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    if (!at)
        return -1;
    at += strlen(name);
    bool negative = false;
    for (; *at && (*at < '0' || *at > '9'); at++)
        negative = *at == '-';
    return negative ? -1 : atol(at);
}

static void count_send(long customer, const char *body)
{
    uint64_t at = now();
    shared->sends++;
    shared->last_send = at;
    if (customer < 0 || customer >= options.customers) {
        shared->elsewhere++;
    } else if (shared->noting) {
        struct note note = {(uint32_t)customer, step_of(body), at};
        if (write(notes_out, &note, sizeof note) != sizeof note)
            die("the customers do not listen");
    }
}

static int telegram_sent(char *json, size_t room, long chat)
{
    return snprintf(json, room,
                    "{\"ok\":true,\"result\":{\"message_id\":%llu,\"from\":{\"id\":42,\"is_bot\":true,"
                    "\"first_name\":\"Bench\",\"username\":\"bench_bot\"},\"chat\":{\"id\":%ld,"
                    "\"first_name\":\"Ana\",\"last_name\":\"Silva\",\"username\":\"ana_%ld\",\"type\":\"private\"},"
                    "\"date\":1760000000,\"text\":\"ok\"}}",
                    (unsigned long long)shared->sends, chat, chat);
}

static int telegram_me(char *json, size_t room)
{
    return snprintf(json, room,
                    "{\"ok\":true,\"result\":{\"id\":42,\"is_bot\":true,\"first_name\":\"Bench\","
                    "\"username\":\"bench_bot\",\"can_join_groups\":true,\"can_read_all_group_messages\":false,"
                    "\"supports_inline_queries\":false}}");
}

static int twilio_created(char *json, size_t room, long phone)
{
    return snprintf(json, room,
                    "{\"sid\":\"SM%032llx\",\"account_sid\":\"%s\",\"status\":\"queued\","
                    "\"to\":\"whatsapp:+%ld\",\"from\":\"whatsapp:%s\",\"body\":\"ok\","
                    "\"num_segments\":\"1\",\"num_media\":\"0\",\"direction\":\"outbound-api\","
                    "\"api_version\":\"2010-04-01\",\"price\":null,\"price_unit\":\"USD\",\"error_code\":null,"
                    "\"error_message\":null,\"uri\":\"/x.json\",\"date_created\":\"Thu, 24 Aug 2023 05:01:45 +0000\","
                    "\"date_updated\":\"Thu, 24 Aug 2023 05:01:45 +0000\",\"date_sent\":null,"
                    "\"messaging_service_sid\":null,\"subresource_uris\":{\"media\":\"/m.json\"}}",
                    0xbeef00000000ull + shared->sends, options.account, phone, options.number);
}

static void handle(struct caller *caller, char *bytes, long length, char *body, long body_length)
{
    char json[1024], *line_end = memchr(bytes, '\n', (size_t)length), after = body[body_length];
    int size;
    shared->calls++;
    *line_end = 0; /* only the request line is looked at for the method */
    body[body_length] = 0;
    if (strcasestr(bytes, "/sendmessage")) {
        long chat = number_after(body, "chat_id");
        if (chat < 0)
            chat = number_after(bytes, "chat_id"); /* it may also travel in the query */
        count_send(chat - FIRST_CHAT, body);
        size = telegram_sent(json, sizeof json, chat);
        answer(caller, "200 OK", json, size);
    } else if (strcasestr(bytes, "/messages.json")) {
        long phone = number_after(body, "To=whatsapp%3A%2B");
        count_send(phone - FIRST_PHONE, body);
        size = twilio_created(json, sizeof json, phone);
        answer(caller, "201 CREATED", json, size);
    } else if (strcasestr(bytes, "/getme")) {
        size = telegram_me(json, sizeof json);
        answer(caller, "200 OK", json, size);
    } else {
        size = snprintf(json, sizeof json, "{\"ok\":true,\"result\":true}");
        answer(caller, "200 OK", json, size);
    }
    *line_end = '\n';
    body[body_length] = after;
}

static void accept_all(int listening, int poll)
{
    int fd;
    while ((fd = accept(listening, NULL, NULL)) >= 0) {
        struct caller *caller = calloc(1, sizeof *caller);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = caller};
        caller->fd = without_delay(fd);
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void read_calls(struct caller *caller)
{
    long count = read(caller->fd, caller->bytes + caller->held, (size_t)(BUFFER - caller->held));
    if (count <= 0) {
        if (count < 0 && errno == EAGAIN)
            return;
        close(caller->fd);
        free(caller);
        return;
    }
    caller->held += count;
    char *body;
    long body_length, length;
    while (caller->held && (length = http_length(caller->bytes, caller->held, &body, &body_length))) {
        handle(caller, caller->bytes, length, body, body_length);
        memmove(caller->bytes, caller->bytes + length, (size_t)(caller->held - length));
        caller->held -= length;
    }
}

void endpoint(int notes)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    notes_out = notes;
    int listening = listen_on(options.endpoint_port), poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, listening, &event);
    for (;;) {
        int count = epoll_wait(poll, events, 256, 200);
        shared->endpoint_cpu = cpu_time();
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                read_calls(events[i].data.ptr);
            else
                accept_all(listening, poll);
        }
    }
}
