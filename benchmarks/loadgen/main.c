/* The load generator of `make bench`.
 *
 *   load --port BOT --endpoint-port PORT [--NAME VALUE ...] [--step TEXTS WORDS ...]
 *
 * TEXTS are what a customer may write at that step, with | between them; WORDS must stand in the reply.
 * It starts the endpoint at once and prints READY. Then it is told what to do, a line at a time:
 *   GO     plays the customers once: prints START when the measurement begins, END when it is over, and RESULT {json}
 *          when what was in flight then has been answered, or was waited for long enough
 *   COUNT  prints COUNT calls sends elsewhere last-send (nanoseconds of CLOCK_MONOTONIC)
 * It ends when its input does. */
#define _GNU_SOURCE
#include "load.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct options options = {
    .path = "/webhook",
    .secret = "bench-secret",
    .token = "ffffffffffffffffffffffffffffffff",
    .account = "AC00000000000000000000000000000000",
    .number = "+6281000000000",
    .connections = 32,
    .customers = 5000,
    .warm = 2,
    .seconds = 10,
};
struct shared *shared;

static void add_step(char *texts, const char *expected)
{
    if (options.step_count == MOST_STEPS) {
        fprintf(stderr, "too many steps\n");
        exit(2);
    }
    struct step *step = &options.steps[options.step_count++];
    step->expected = expected;
    for (char *text = strtok(texts, "|"); text && step->text_count < MOST_TEXTS; text = strtok(NULL, "|"))
        step->texts[step->text_count++] = text;
}

/* This processor and no other, for both processes. */
static void stay_on(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one))
        die("processor");
}

static bool set(const char *name, const char *value)
{
    if (!strcmp(name, "--port"))
        options.port = atoi(value);
    else if (!strcmp(name, "--endpoint-port"))
        options.endpoint_port = atoi(value);
    else if (!strcmp(name, "--provider"))
        options.provider = strcmp(value, "twilio") ? TELEGRAM : TWILIO;
    else if (!strcmp(name, "--path"))
        options.path = value;
    else if (!strcmp(name, "--secret"))
        options.secret = value;
    else if (!strcmp(name, "--token"))
        options.token = value;
    else if (!strcmp(name, "--account"))
        options.account = value;
    else if (!strcmp(name, "--number"))
        options.number = value;
    else if (!strcmp(name, "--connections"))
        options.connections = atoi(value);
    else if (!strcmp(name, "--customers"))
        options.customers = atoi(value);
    else if (!strcmp(name, "--warm"))
        options.warm = atof(value);
    else if (!strcmp(name, "--seconds"))
        options.seconds = atof(value);
    else if (!strcmp(name, "--rate"))
        options.rate = atof(value);
    else if (!strcmp(name, "--messages"))
        options.messages = strtoull(value, NULL, 10);
    else if (!strcmp(name, "--cpu"))
        stay_on(atoi(value));
    else
        return false;
    return true;
}

static void read_arguments(int count, char **arguments)
{
    for (int i = 1; i < count;) {
        if (!strcmp(arguments[i], "--step") && i + 2 < count) {
            add_step(arguments[i + 1], arguments[i + 2]);
            i += 3;
        } else if (i + 1 < count && set(arguments[i], arguments[i + 1])) {
            i += 2;
        } else {
            fprintf(stderr, "not understood: %s\n", arguments[i]);
            exit(2);
        }
    }
    if (options.customers <= options.connections) {
        fprintf(stderr, "there must be more customers than connections\n");
        exit(2);
    }
}

static void obey(int notes)
{
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        if (!strncmp(line, "GO", 2))
            customers(notes);
        else if (!strncmp(line, "COUNT", 5)) {
            printf("COUNT %llu %llu %llu %llu\n", (unsigned long long)shared->calls,
                   (unsigned long long)shared->sends, (unsigned long long)shared->elsewhere,
                   (unsigned long long)shared->last_send);
            fflush(stdout);
        }
    }
}

int main(int count, char **arguments)
{
    int notes[2];
    read_arguments(count, arguments);
    signal(SIGPIPE, SIG_IGN);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || pipe(notes))
        die("memory");
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        endpoint(notes[1]);
    usleep(50000);
    if (waitpid(child, NULL, WNOHANG) == child)
        return 2;
    printf("READY\n");
    fflush(stdout);
    obey(notes[0]);
    kill(child, SIGKILL);
    return 0;
}
