/* Stuffing, checksum and messages against the shared vectors. */
#include <string.h>

#include "../src/crc32.h"
#include "../src/wire.h"
#include "check.h"

static void there_and_back(const uint8_t *bytes, size_t length)
{
    uint8_t stuffed[TP_COBS_ROOM(600)];
    size_t used = tp_cobs_encode(bytes, length, stuffed);

    CHECK(used <= TP_COBS_ROOM(length));
    CHECK(memchr(stuffed, 0, used) == NULL);
    CHECK_NUMBER(tp_cobs_decode(stuffed, used, stuffed), length);
    CHECK(memcmp(stuffed, bytes, length) == 0);
}

static void runs_of_all_lengths(void)
{
    uint8_t bytes[600];

    for (size_t at = 0; at < sizeof bytes; at++) {
        bytes[at] = (uint8_t)(1 + at % 255);
    }
    for (size_t length = 1; length <= sizeof bytes; length++) {
        there_and_back(bytes, length);
    }
    for (size_t zero = 0; zero < sizeof bytes; zero++) {
        bytes[zero] = 0;
        there_and_back(bytes, sizeof bytes);
        bytes[zero] = 7;
    }
}

void test_cobs(void)
{
    for (const struct stuffing *each = stuffings; each->bytes != NULL; each++) {
        uint8_t bytes[64], out[64];
        size_t length = from_hex(each->bytes, bytes);
        size_t used = tp_cobs_encode(bytes, length, out);
        check_bytes(out, used, each->stuffed, "stuffed");
        used = tp_cobs_decode(out, used, out);
        check_bytes(out, used, each->bytes, "taken out");
    }
    runs_of_all_lengths();
    const uint8_t beyond[] = {9, 1, 2};
    const uint8_t zero_inside[] = {4, 1, 0, 2};
    uint8_t out[16];
    CHECK_NUMBER(tp_cobs_decode(beyond, sizeof beyond, out), 0);
    CHECK_NUMBER(tp_cobs_decode(zero_inside, sizeof zero_inside, out), 0);
    CHECK_NUMBER(tp_cobs_decode(beyond, 0, out), 0);
}

void test_crc32(void)
{
    CHECK_NUMBER(tp_crc32((const uint8_t *)"123456789", 9), 0xcbf43926ul);
    CHECK_NUMBER(tp_crc32((const uint8_t *)"", 0), 0);
}

/* A body as the vectors write it, sealed into a frame. */
static void check_sealed(const struct vector *vector)
{
    struct tp_body body;
    uint8_t frame[TP_MAX_FRAME];

    body.length = from_hex(vector->body, body.bytes);
    check_bytes(frame, tp_seal(&body, frame), vector->frame, vector->name);
}

static enum tp_read read_frame(const struct vector *vector, struct tp_message *message)
{
    uint8_t frame[256];
    size_t length = from_hex(vector->frame, frame);

    CHECK(length > 2 && frame[0] == 0 && frame[length - 1] == 0);
    return tp_open(&frame[1], length - 2, message);
}

static void check_fields(const struct vector *vector, const struct tp_message *message)
{
    const uint32_t *wanted = vector->fields;

    if (message->type == TP_HELLO) {
        CHECK_NUMBER(message->as.hello.version, wanted[0]);
        CHECK_NUMBER(message->as.hello.session, wanted[1]);
        CHECK_NUMBER(message->as.hello.unit, wanted[2]);
        CHECK_NUMBER(message->as.hello.boot, wanted[3]);
        CHECK_NUMBER(message->as.hello.received, wanted[4]);
    } else if (message->type == TP_ACK) {
        CHECK_NUMBER(message->as.ack.boot, wanted[0]);
        CHECK_NUMBER(message->as.ack.received, wanted[1]);
    } else {
        CHECK_NUMBER(message->type, TP_OUTPUT);
        CHECK_NUMBER(message->as.output.session, wanted[0]);
        CHECK_NUMBER(message->as.output.number, wanted[1]);
        CHECK_NUMBER(message->as.output.output, wanted[2]);
        CHECK_NUMBER(message->as.output.on, wanted[3]);
        CHECK_NUMBER(message->as.output.for_ms, wanted[4]);
    }
}

/* No length that a caller asks for runs over a body. */
static void a_full_body_takes_no_more(void)
{
    struct tp_body body;
    uint8_t bytes[255] = {0};
    uint8_t frame[TP_MAX_FRAME];

    tp_begin(&body, TP_GNSS);
    tp_put_bytes(&body, bytes, 91);
    CHECK_NUMBER(body.length, 1);
    tp_put_bytes(&body, bytes, 90);
    CHECK_NUMBER(body.length, 92);
    tp_put_u8(&body, 1);
    CHECK_NUMBER(body.length, 92);
    CHECK_NUMBER(tp_seal(&body, frame), TP_MAX_FRAME);
}

void test_wire(void)
{
    struct tp_message message;

    for (const struct vector *each = bridge_vectors; each->name != NULL; each++) {
        check_sealed(each);
        CHECK_NUMBER(read_frame(each, &message), TP_READ_UNKNOWN);
    }
    for (const struct vector *each = gateway_vectors; each->name != NULL; each++) {
        check_sealed(each);
        CHECK_NUMBER(read_frame(each, &message), TP_READ_OK);
        check_fields(each, &message);
    }
    for (const struct vector *each = ignored_vectors; each->name != NULL; each++) {
        check_sealed(each);
        CHECK_NUMBER(read_frame(each, &message), TP_READ_UNKNOWN);
    }
    for (const struct vector *each = refused_vectors; each->name != NULL; each++) {
        CHECK_NUMBER(read_frame(each, &message), TP_READ_BAD);
    }
    a_full_body_takes_no_more();
}
