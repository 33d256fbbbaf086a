/* Plays the customers: posts to the bot's webhook, waits for the answer and the reply, and measures.
 *
 * A message is handled once the webhook answered 2xx and the endpoint saw the bot's reply to it. Each customer walks the
 * steps round and round and has one message in flight at a time. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define MOST_LATENCIES 8000000
#define PATIENCE 5000000000u /* nanoseconds to wait, after the end, for what is in flight */
#define NOBODY (-1)

/* A connection to the bot, and the message in flight on it. */
struct line {
    int fd;
    bool busy, acknowledged, replied;
    uint32_t customer;
    uint64_t sent, acknowledged_at, replied_at;
    long held;
    char bytes[BUFFER + 1];
};

static struct {
    uint64_t handled, wrong, repeated, refused, reconnects, late, begun, measured_from, until;
    double *latencies, *acknowledgements;
    uint64_t latency_count;
    double longest; /* milliseconds, of those that came after the end too */
    bool measuring, over;
} tally;

static struct line *lines;
static int *line_of;  /* of each customer; NOBODY: no message in flight */
static uint8_t *stands; /* each customer's step */
static uint32_t next_customer;
static uint64_t next_id = 100000;
static int poll_fd;

/* Markers for what is not a line. */
static char notes_marker, timer_marker;

static void watch(int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* The next one in turn with no message in flight; there are more customers than lines. */
static uint32_t free_customer(void)
{
    uint32_t customer = next_customer;
    while (line_of[customer] != NOBODY)
        customer = (customer + 1) % (uint32_t)options.customers;
    next_customer = (customer + 1) % (uint32_t)options.customers;
    return customer;
}

static void post(struct line *line, uint64_t at)
{
    char request[4096];
    uint32_t customer = free_customer();
    uint64_t id = next_id++;
    const struct step *step = &options.steps[stands[customer]];
    const char *text = step->texts[(id >> 3) % (uint64_t)step->text_count];
    int length = options.provider == TWILIO ? form_of(request, sizeof request, customer, id, text)
                                            : update_of(request, sizeof request, customer, id, text);
    line_of[customer] = (int)(line - lines);
    line->customer = customer;
    line->busy = true;
    line->acknowledged = line->replied = false;
    line->sent = at;
    tally.begun++;
    if (write(line->fd, request, (size_t)length) != length)
        die("a request was cut short");
}

static bool enough(void) { return tally.over || (options.messages && tally.begun >= options.messages); }

/* Count a message whose answer and reply are both there, and go on. */
static void finish(struct line *line)
{
    if (!line->acknowledged || !line->replied)
        return;
    double latency = (double)(line->replied_at - line->sent) / 1e6;
    if (line->sent >= tally.measured_from && latency > tally.longest)
        tally.longest = latency;
    if (tally.measuring && !tally.over) {
        tally.handled++;
        if (line->sent >= tally.measured_from && tally.latency_count < MOST_LATENCIES) {
            tally.latencies[tally.latency_count] = latency;
            tally.acknowledgements[tally.latency_count++] = (double)(line->acknowledged_at - line->sent) / 1e6;
        }
    }
    line_of[line->customer] = NOBODY;
    line->busy = false;
    if (options.rate <= 0 && !enough())
        post(line, now());
}

static void read_notes(int notes)
{
    struct note read_in[256];
    long size;
    while ((size = read(notes, read_in, sizeof read_in)) > 0)
        for (long i = 0; i < size / (long)sizeof *read_in; i++) {
            struct note *note = &read_in[i];
            int number = line_of[note->customer];
            if (number == NOBODY || lines[number].replied) {
                tally.repeated++;
                continue;
            }
            uint8_t *step = &stands[note->customer];
            if (note->step != *step)
                tally.wrong++;
            *step = (uint8_t)((*step + 1) % options.step_count);
            lines[number].replied = true;
            lines[number].replied_at = note->at;
            finish(&lines[number]);
        }
}

static void reconnect(struct line *line)
{
    tally.reconnects++;
    close(line->fd);
    line->fd = connect_to(options.port);
    line->held = 0;
    watch(line->fd, line);
}

static void read_answer(struct line *line)
{
    long count = read(line->fd, line->bytes + line->held, (size_t)(BUFFER - line->held));
    if (count <= 0) {
        if (!(count < 0 && errno == EAGAIN))
            reconnect(line);
        return;
    }
    line->held += count;
    char *body;
    long body_length, length = http_length(line->bytes, line->held, &body, &body_length);
    if (!length)
        return;
    if (strncmp(line->bytes + 9, "20", 2) != 0) {
        if (!tally.refused++)
            fprintf(stderr, "the first refusal: %.300s\n", line->bytes);
        line->replied = true; /* none will come */
        line->replied_at = now();
    }
    memmove(line->bytes, line->bytes + length, (size_t)(line->held - length));
    line->held -= length;
    if (line->busy && !line->acknowledged) {
        line->acknowledged = true;
        line->acknowledged_at = now();
        finish(line);
    }
}

static struct line *free_line(void)
{
    for (int i = 0; i < options.connections; i++)
        if (!lines[i].busy)
            return &lines[i];
    return NULL;
}

/* Open loop: post whatever is due by now. A message that finds no free line is late, and its time runs all the same. */
static void post_due(double *due, uint64_t at)
{
    while (*due <= (double)at && !enough()) {
        struct line *line = free_line();
        if (!line) {
            tally.late++;
            return;
        }
        post(line, (uint64_t)*due);
        *due += 1e9 / options.rate;
    }
}

static void set_timer(int timer, double due)
{
    uint64_t at = (uint64_t)due;
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(at / 1000000000u), .tv_nsec = (long)(at % 1000000000u)}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const double *sorted, double part)
{
    uint64_t i = (uint64_t)(part * (double)tally.latency_count);
    return tally.latency_count ? sorted[i < tally.latency_count ? i : tally.latency_count - 1] : -1;
}

static void report(uint64_t end, double load_cpu, double endpoint_cpu)
{
    uint64_t at = now();
    double seconds = (double)(end - tally.measured_from) / 1e9;
    int stuck = 0;
    for (int i = 0; i < options.connections; i++)
        if (lines[i].busy) {
            double waited = (double)(at - lines[i].sent) / 1e6;
            stuck++;
            if (waited > tally.longest)
                tally.longest = waited;
        }
    qsort(tally.latencies, tally.latency_count, sizeof(double), ascending);
    qsort(tally.acknowledgements, tally.latency_count, sizeof(double), ascending);
    printf("RESULT {\"handled\":%llu,\"seconds\":%.3f,\"per_second\":%.1f,\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,"
           "\"max\":%.3f,\"ack_p50\":%.3f,\"ack_p99\":%.3f,\"wrong\":%llu,\"repeated\":%llu,\"refused\":%llu,"
           "\"stuck\":%d,\"elsewhere\":%llu,\"reconnects\":%llu,\"late\":%llu,\"load_cpu\":%.3f,"
           "\"endpoint_cpu\":%.3f}\n",
           (unsigned long long)tally.handled, seconds, (double)tally.handled / seconds,
           percentile(tally.latencies, .5), percentile(tally.latencies, .95), percentile(tally.latencies, .99),
           tally.longest, percentile(tally.acknowledgements, .5), percentile(tally.acknowledgements, .99),
           (unsigned long long)tally.wrong, (unsigned long long)tally.repeated, (unsigned long long)tally.refused,
           stuck, (unsigned long long)shared->elsewhere, (unsigned long long)tally.reconnects,
           (unsigned long long)tally.late, load_cpu, endpoint_cpu);
    fflush(stdout);
}

static bool all_idle(void)
{
    for (int i = 0; i < options.connections; i++)
        if (lines[i].busy)
            return false;
    return true;
}

/* Take in whatever there is, or wait a moment for it. */
static void listen_to_all(int notes, int timer)
{
    struct epoll_event events[256];
    int count = epoll_wait(poll_fd, events, 256, 50);
    for (int i = 0; i < count; i++) {
        void *what = events[i].data.ptr;
        uint64_t expirations;
        if (what == &notes_marker)
            read_notes(notes);
        else if (what == &timer_marker) {
            if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
                die("timer");
        } else
            read_answer(what);
    }
}

void customers(int notes)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    poll_fd = epoll_create1(0);
    fcntl(notes, F_SETFL, O_NONBLOCK);
    watch(notes, &notes_marker);
    watch(timer, &timer_marker);
    lines = calloc((size_t)options.connections, sizeof *lines);
    stands = calloc((size_t)options.customers, sizeof *stands);
    line_of = malloc((size_t)options.customers * sizeof *line_of);
    tally.latencies = malloc(MOST_LATENCIES * sizeof(double));
    tally.acknowledgements = malloc(MOST_LATENCIES * sizeof(double));
    for (int i = 0; i < options.customers; i++)
        line_of[i] = NOBODY;
    for (int i = 0; i < options.connections; i++) {
        lines[i].fd = connect_to(options.port);
        watch(lines[i].fd, &lines[i]);
    }
    shared->noting = true;
    uint64_t begin = now(), cpu_before = 0, endpoint_before = 0;
    double due = (double)begin;
    tally.measured_from = begin + (uint64_t)(options.warm * 1e9);
    tally.until = UINT64_MAX;
    if (options.rate <= 0)
        for (int i = 0; i < options.connections && !enough(); i++)
            post(&lines[i], now());
    for (;;) {
        uint64_t at = now();
        if (!tally.measuring && at >= tally.measured_from) {
            tally.measuring = true;
            tally.measured_from = at;
            tally.until = at + (uint64_t)(options.seconds * 1e9);
            cpu_before = cpu_time();
            endpoint_before = shared->endpoint_cpu;
            printf("START\n");
            fflush(stdout);
        }
        if (at >= tally.until || (enough() && all_idle()))
            break;
        if (options.rate > 0) {
            post_due(&due, at);
            set_timer(timer, due > (double)at ? due : (double)at + 100000);
        }
        listen_to_all(notes, timer);
    }
    uint64_t end = now();
    double load_cpu = (double)(cpu_time() - cpu_before) / 1e9;
    double endpoint_cpu = (double)(shared->endpoint_cpu - endpoint_before) / 1e9;
    tally.over = true;
    printf("END\n");
    fflush(stdout);
    while (!all_idle() && now() < end + PATIENCE)
        listen_to_all(notes, timer);
    report(end, load_cpu, endpoint_cpu);
    shared->noting = false;
}
