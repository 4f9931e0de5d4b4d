/* Bytes one by one: no structure is laid over a buffer, so neither order nor padding matters. */
#include "wire.h"

#include <stdbool.h>
#include <string.h>

#include "crc32.h"

#define CHECK_BYTES 4u

static bool has_room(const struct tp_body *body, size_t length)
{
    return body->length + length + CHECK_BYTES <= TP_MAX_BODY;
}

void tp_begin(struct tp_body *body, uint8_t type)
{
    body->length = 0;
    tp_put_u8(body, type);
}

void tp_put_u8(struct tp_body *body, uint8_t value)
{
    if (has_room(body, 1)) {
        body->bytes[body->length++] = value;
    }
}

void tp_put_u16(struct tp_body *body, uint16_t value)
{
    tp_put_u8(body, (uint8_t)(value & 0xffu));
    tp_put_u8(body, (uint8_t)(value >> 8));
}

void tp_put_u32(struct tp_body *body, uint32_t value)
{
    tp_put_u16(body, (uint16_t)(value & 0xffffu));
    tp_put_u16(body, (uint16_t)(value >> 16));
}

void tp_put_bytes(struct tp_body *body, const uint8_t *bytes, uint8_t length)
{
    if (has_room(body, (size_t)length + 1)) {
        tp_put_u8(body, length);
        memcpy(&body->bytes[body->length], bytes, length);
        body->length += length;
    }
}

size_t tp_seal(struct tp_body *body, uint8_t *frame)
{
    uint32_t crc = tp_crc32(body->bytes, body->length);
    size_t stuffed;

    for (int byte = 0; byte < 4; byte++) {
        body->bytes[body->length++] = (uint8_t)(crc >> (8 * byte));
    }
    frame[0] = 0;
    stuffed = tp_cobs_encode(body->bytes, body->length, &frame[1]);
    frame[1 + stuffed] = 0;
    return stuffed + 2;
}

/* What is left to be read. Beyond the end there are zeros, and `is_short` says so. */
struct reader {
    const uint8_t *bytes;
    size_t left;
    bool is_short;
};

static uint32_t take(struct reader *reader, size_t count)
{
    uint32_t value = 0;

    if (reader->left < count) {
        reader->is_short = true;
        return 0;
    }
    for (size_t byte = 0; byte < count; byte++) {
        value |= (uint32_t)reader->bytes[byte] << (8 * byte);
    }
    reader->bytes += count;
    reader->left -= count;
    return value;
}

static void read_hello(struct reader *reader, struct tp_hello *hello)
{
    hello->version = (uint8_t)take(reader, 1);
    hello->session = take(reader, 4);
    hello->unit = take(reader, 4);
    hello->boot = take(reader, 4);
    hello->received = take(reader, 4);
}

static void read_ack(struct reader *reader, struct tp_ack *ack)
{
    ack->boot = take(reader, 4);
    ack->received = take(reader, 4);
}

static void read_output(struct reader *reader, struct tp_output *output)
{
    output->session = take(reader, 4);
    output->number = take(reader, 4);
    output->output = (uint8_t)take(reader, 1);
    output->on = (uint8_t)take(reader, 1);
    output->for_ms = (uint16_t)take(reader, 2);
}

enum tp_read tp_open(uint8_t *stuffed, size_t length, struct tp_message *message)
{
    size_t body = tp_cobs_decode(stuffed, length, stuffed);
    struct reader check = {0};
    struct reader payload = {0};

    if (body < TP_MIN_BODY || body > TP_MAX_BODY) {
        return TP_READ_BAD;
    }
    check.bytes = &stuffed[body - CHECK_BYTES];
    check.left = CHECK_BYTES;
    if (take(&check, CHECK_BYTES) != tp_crc32(stuffed, body - CHECK_BYTES)) {
        return TP_READ_BAD;
    }
    message->type = stuffed[0];
    payload.bytes = &stuffed[1];
    payload.left = body - CHECK_BYTES - 1;
    switch (message->type) {
    case TP_HELLO:
        read_hello(&payload, &message->as.hello);
        break;
    case TP_ACK:
        read_ack(&payload, &message->as.ack);
        break;
    case TP_OUTPUT:
        read_output(&payload, &message->as.output);
        break;
    default:
        return TP_READ_UNKNOWN;
    }
    return payload.is_short ? TP_READ_UNKNOWN : TP_READ_OK;
}
