/* Just enough of clocks, sockets and HTTP/1.1. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static uint64_t nanoseconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t now(void) { return nanoseconds(CLOCK_MONOTONIC); }

uint64_t cpu_time(void) { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }

void die(const char *what)
{
    perror(what);
    exit(2);
}

int without_delay(int fd)
{
    int on = 1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = loopback(port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1024))
        die("the endpoint cannot listen");
    return without_delay(fd);
}

int connect_to(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address))
        die("the bot does not listen");
    return without_delay(fd);
}

/* The length of a chunked body that begins at `bytes`; 0 if it is not all there. */
static long chunked_length(const char *bytes, long count)
{
    const char *at = bytes, *end = bytes + count;
    for (;;) {
        const char *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
        if (!line_end)
            return 0;
        long size = strtol(at, NULL, 16);
        if (line_end + 2 + size + 2 > end)
            return 0;
        at = line_end + 2 + size + 2;
        if (size == 0)
            return at - bytes;
    }
}

/* The length of the request or answer that `bytes` begin with; 0 if it is not all there. There is room for one byte
 * behind them. A chunked body is left as it came: nothing that is looked for in it is long enough to be cut. */
long http_length(char *bytes, long count, char **body, long *body_length)
{
    bytes[count] = 0;
    char *end = strstr(bytes, "\r\n\r\n");
    if (!end)
        return 0;
    long head = end - bytes + 4;
    *body = bytes + head;
    end[2] = 0;
    const char *length = strcasestr(bytes, "\r\ncontent-length:");
    const char *chunked = strcasestr(bytes, "\r\ntransfer-encoding: chunked");
    *body_length = length ? atol(length + 17) : 0;
    end[2] = '\r';
    if (chunked) {
        *body_length = chunked_length(*body, count - head);
        return *body_length ? head + *body_length : 0;
    }
    return count < head + *body_length ? 0 : head + *body_length;
}
