/* Twilio's signature: base64(HMAC-SHA1(token, data)). SHA-1 after FIPS 180-4, HMAC after RFC 2104. */
#include "load.h"

#include <string.h>

#define BLOCK 64
#define DIGEST 20

struct sha1 {
    uint32_t state[5];
    uint64_t length;
    unsigned char pending[BLOCK];
};

static uint32_t rotated(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

static void take_block(struct sha1 *hash, const unsigned char *block)
{
    uint32_t w[80], a = hash->state[0], b = hash->state[1], c = hash->state[2], d = hash->state[3], e = hash->state[4];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t mixed, constant;
        if (i < 20)
            mixed = (b & c) | (~b & d), constant = 0x5a827999;
        else if (i < 40)
            mixed = b ^ c ^ d, constant = 0x6ed9eba1;
        else if (i < 60)
            mixed = (b & c) | (b & d) | (c & d), constant = 0x8f1bbcdc;
        else
            mixed = b ^ c ^ d, constant = 0xca62c1d6;
        uint32_t next = rotated(a, 5) + mixed + e + constant + w[i];
        e = d, d = c, c = rotated(b, 30), b = a, a = next;
    }
    hash->state[0] += a, hash->state[1] += b, hash->state[2] += c, hash->state[3] += d, hash->state[4] += e;
}

static void begin(struct sha1 *hash)
{
    static const uint32_t start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    memcpy(hash->state, start, sizeof start);
    hash->length = 0;
}

static void take(struct sha1 *hash, const void *data, size_t length)
{
    const unsigned char *bytes = data;
    size_t held = hash->length % BLOCK;
    hash->length += length;
    while (held + length >= BLOCK) {
        size_t part = BLOCK - held;
        memcpy(hash->pending + held, bytes, part);
        take_block(hash, hash->pending);
        bytes += part, length -= part, held = 0;
    }
    memcpy(hash->pending + held, bytes, length);
}

static void end(struct sha1 *hash, unsigned char out[DIGEST])
{
    static const unsigned char padding[BLOCK] = {0x80};
    unsigned char bits[8];
    for (int i = 0; i < 8; i++)
        bits[i] = (unsigned char)(hash->length * 8 >> (56 - 8 * i));
    size_t held = hash->length % BLOCK;
    take(hash, padding, held < 56 ? 56 - held : 120 - held);
    take(hash, bits, sizeof bits);
    for (int i = 0; i < DIGEST; i++)
        out[i] = (unsigned char)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

/* The key is at most a block long. */
static void hmac(unsigned char out[DIGEST], const char *key, const char *data, size_t length)
{
    unsigned char inner[BLOCK] = {0}, outer[BLOCK];
    struct sha1 hash;
    memcpy(inner, key, strlen(key));
    for (int i = 0; i < BLOCK; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    begin(&hash), take(&hash, inner, BLOCK), take(&hash, data, length), end(&hash, out);
    begin(&hash), take(&hash, outer, BLOCK), take(&hash, out, DIGEST), end(&hash, out);
}

void sign(char out[SIGNATURE_SIZE], const char *key, const char *data, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char digest[DIGEST + 1] = {0};
    hmac(digest, key, data, length);
    for (int i = 0; i < 7; i++) {
        uint32_t three = (uint32_t)digest[3 * i] << 16 | (uint32_t)digest[3 * i + 1] << 8 | digest[3 * i + 2];
        for (int j = 0; j < 4; j++)
            out[4 * i + j] = letters[three >> (18 - 6 * j) & 63];
    }
    out[27] = '='; /* 20 bytes are one short of seven threes */
    out[28] = 0;
}
