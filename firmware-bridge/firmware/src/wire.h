/*
 * The messages of docs/wire/bridge.md as bytes: what a bridge writes and what it reads.
 *
 *   | 00 | COBS( type | payload | CRC-32 ) | 00 |
 */
#ifndef TILLPROOF_WIRE_H
#define TILLPROOF_WIRE_H

#include "cobs.h"

#define TP_WIRE_VERSION 1u
#define TP_MAX_BODY 96u
#define TP_MIN_BODY 5u
#define TP_MAX_STUFFED TP_COBS_ROOM(TP_MAX_BODY)
#define TP_MAX_FRAME (TP_MAX_STUFFED + 2u)
#define TP_MAX_GNSS 64u
#define TP_MAX_FIRMWARE 16u

enum tp_type {
    TP_WELCOME = 0x01,
    TP_HEARTBEAT = 0x02,
    TP_PULSE = 0x03,
    TP_CONTACT = 0x04,
    TP_GNSS = 0x05,
    TP_DONE = 0x06,
    TP_HELLO = 0x41,
    TP_ACK = 0x42,
    TP_OUTPUT = 0x43
};

/* A body under way: filled by the tp_put_ functions, then made a frame. */
struct tp_body {
    uint8_t bytes[TP_MAX_BODY];
    size_t length;
};

void tp_begin(struct tp_body *body, uint8_t type);
void tp_put_u8(struct tp_body *body, uint8_t value);
void tp_put_u16(struct tp_body *body, uint16_t value);
void tp_put_u32(struct tp_body *body, uint32_t value);
/* A byte of length, then the bytes. */
void tp_put_bytes(struct tp_body *body, const uint8_t *bytes, uint8_t length);

/* Adds the checksum and stuffs; `frame` has room for TP_MAX_FRAME. Answers the frame's length. */
size_t tp_seal(struct tp_body *body, uint8_t *frame);

struct tp_hello {
    uint8_t version;
    uint32_t session;
    uint32_t unit;
    uint32_t boot;
    uint32_t received;
};

struct tp_ack {
    uint32_t boot;
    uint32_t received;
};

struct tp_output {
    uint32_t session;
    uint32_t number;
    uint8_t output;
    uint8_t on;
    uint16_t for_ms;
};

struct tp_message {
    uint8_t type;
    union {
        struct tp_hello hello;
        struct tp_ack ack;
        struct tp_output output;
    } as;
};

enum tp_read {
    TP_READ_OK,
    /* Not COBS, too short, or another checksum. */
    TP_READ_BAD,
    /* Whole, but of a type or length that this version does not know. */
    TP_READ_UNKNOWN
};

/* Reads what stood between two zeros; `stuffed` is decoded in place. */
enum tp_read tp_open(uint8_t *stuffed, size_t length, struct tp_message *message);

#endif
