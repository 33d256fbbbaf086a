/* The load generator: two processes, customers and endpoint, that share what is declared here.
 * It depends on nothing but Linux (epoll, timerfd) and the C library. `main.c` says how it is used. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOST_STEPS 8
#define MOST_TEXTS 8
#define BUFFER 32768

enum provider { TELEGRAM, TWILIO };

/* What a customer writes at one point of the walk (one of `texts`), and words that the bot's reply must hold. */
struct step {
    const char *texts[MOST_TEXTS];
    int text_count;
    const char *expected;
};

struct options {
    enum provider provider;
    int port;          /* the bot's */
    int endpoint_port; /* where the bot finds "Telegram" and "Twilio" */
    const char *path;  /* of the webhook */
    const char *secret;
    const char *token;   /* Twilio's auth token: signs */
    const char *account; /* Twilio's account SID */
    const char *number;  /* the bot's WhatsApp number, with its plus */
    int connections;     /* messages in flight at most */
    int customers;
    double warm;       /* seconds before the measurement */
    double seconds;    /* of the measurement */
    double rate;       /* messages a second; 0: each connection sends as soon as its last message is answered */
    uint64_t messages; /* stop after so many, 0: after `seconds` */
    struct step steps[MOST_STEPS];
    int step_count;
};

/* Memory that both processes see. */
struct shared {
    volatile uint64_t calls;        /* of any method */
    volatile uint64_t sends;        /* messages sent */
    volatile uint64_t elsewhere;    /* of these, to nobody that we play */
    volatile uint64_t last_send;    /* CLOCK_MONOTONIC, in nanoseconds */
    volatile uint64_t endpoint_cpu; /* nanoseconds */
    volatile bool noting;           /* whether the customers listen */
};

/* What the endpoint tells the customers: somebody was sent the reply of this step. */
struct note {
    uint32_t customer;
    int32_t step; /* which step's words it held; -1: none's, or those of several */
    uint64_t at;
};

extern struct options options;
extern struct shared *shared;

/* http.c */
uint64_t now(void);
uint64_t cpu_time(void);
void die(const char *what);
int without_delay(int fd);
int listen_on(int port);
int connect_to(int port);
long http_length(char *bytes, long count, char **body, long *body_length);

/* requests.c: people are numbered from 0 on; here are their addresses and what they send */
#define FIRST_CHAT 700000000L
#define FIRST_PHONE 6281100000000L
int update_of(char *out, size_t room, uint32_t customer, uint64_t id, const char *text);
int form_of(char *out, size_t room, uint32_t customer, uint64_t id, const char *text);

/* signature.c */
#define SIGNATURE_SIZE 29
void sign(char out[SIGNATURE_SIZE], const char *key, const char *data, size_t length);

/* endpoint.c: never returns */
void endpoint(int notes);

/* customers.c: sends, waits, measures, prints the RESULT line */
void customers(int notes);

#endif
