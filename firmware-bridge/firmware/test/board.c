/* The simulated port, and a gateway's voice. */
#include "board.h"

#include <string.h>

#include "check.h"

struct board board;
static struct tp_config config;
static struct tp_input_config inputs[5];

static uint32_t now_ms(void *context)
{
    return ((struct board *)context)->now_ms;
}

static size_t write_line(void *context, const uint8_t *bytes, size_t length)
{
    struct board *to = context;
    size_t taken = length < to->room ? length : to->room;

    CHECK(to->line_length + taken <= sizeof to->line);
    memcpy(&to->line[to->line_length], bytes, taken);
    to->line_length += taken;
    to->room -= taken;
    return taken;
}

static uint32_t read_inputs(void *context)
{
    return ((struct board *)context)->levels;
}

static void set_output(void *context, uint8_t output, bool on)
{
    ((struct board *)context)->outputs[output] = on;
    ((struct board *)context)->switched++;
}

static void keep_counter(void *context, uint8_t input, uint32_t raw)
{
    ((struct board *)context)->kept[input] = raw;
}

static void configure(uint8_t input, enum tp_role role, uint8_t bits)
{
    inputs[input].role = role;
    inputs[input].debounce_ms = 10;
    inputs[input].bits = bits;
    inputs[input].raw = board.kept[input];
}

void board_restart(uint32_t boot)
{
    configure(0, TP_ROLE_PULSE, 32);
    configure(1, TP_ROLE_PULSE, 8);
    configure(2, TP_ROLE_PULSE, 16);
    configure(3, TP_ROLE_DOOR, 0);
    configure(4, TP_ROLE_TAMPER, 0);
    config.boot = boot;
    tp_bridge_init(&board.bridge, &config);
}

void board_start(bool keeps_counters)
{
    const struct tp_port port = {&board,      now_ms,
                                 write_line,  read_inputs,
                                 set_output,  keeps_counters ? keep_counter : NULL};

    memset(&board, 0, sizeof board);
    board.room = sizeof board.line;
    config.port = port;
    config.unit = BOARD_UNIT;
    config.firmware = "1.0.0";
    config.inputs = inputs;
    config.input_count = 5;
    config.output_count = 2;
    board_restart(BOARD_BOOT);
}

void board_wait(uint32_t ms)
{
    for (uint32_t passed = 0; passed < ms; passed += 5) {
        board.now_ms += 5;
        tp_bridge_poll(&board.bridge);
    }
}

void board_contact(uint8_t input, bool active)
{
    uint32_t bit = 1u << input;
    board.levels = active ? board.levels | bit : board.levels & ~bit;
}

void board_pulse(uint8_t input)
{
    board_contact(input, true);
    board_wait(20);
    board_contact(input, false);
    board_wait(20);
}

static void say(struct tp_body *body)
{
    uint8_t frame[TP_MAX_FRAME];
    tp_bridge_receive(&board.bridge, frame, tp_seal(body, frame));
}

void say_hello(uint32_t session, uint32_t unit, uint32_t boot, uint32_t received)
{
    struct tp_body body;
    tp_begin(&body, TP_HELLO);
    tp_put_u8(&body, TP_WIRE_VERSION);
    tp_put_u32(&body, session);
    tp_put_u32(&body, unit);
    tp_put_u32(&body, boot);
    tp_put_u32(&body, received);
    say(&body);
}

void say_ack(uint32_t boot, uint32_t received)
{
    struct tp_body body;
    tp_begin(&body, TP_ACK);
    tp_put_u32(&body, boot);
    tp_put_u32(&body, received);
    say(&body);
}

void say_output(uint32_t session, uint32_t number, uint8_t output, bool on, uint16_t for_ms)
{
    struct tp_body body;
    tp_begin(&body, TP_OUTPUT);
    tp_put_u32(&body, session);
    tp_put_u32(&body, number);
    tp_put_u8(&body, output);
    tp_put_u8(&body, on ? 1 : 0);
    tp_put_u16(&body, for_ms);
    say(&body);
}

static void take(const uint8_t *stuffed, size_t length, bool with_heartbeats)
{
    struct heard *heard = &board.heard[board.heard_count];
    uint8_t body[TP_MAX_STUFFED];
    size_t body_length;

    CHECK(length <= TP_MAX_STUFFED);
    body_length = tp_cobs_decode(stuffed, length, body);
    CHECK(body_length >= TP_MIN_BODY);
    if (body[0] == TP_HEARTBEAT && !with_heartbeats) {
        return;
    }
    memcpy(heard->body, body, body_length - 4);
    heard->length = body_length - 4;
    memcpy(heard->stuffed, stuffed, length);
    heard->stuffed_length = length;
    board.heard_count++;
}

void board_listen(bool with_heartbeats)
{
    size_t from = 0;

    board.heard_count = 0;
    for (size_t at = 0; at < board.line_length; at++) {
        if (board.line[at] == 0) {
            if (at > from) {
                take(&board.line[from], at - from, with_heartbeats);
            }
            from = at + 1;
        }
    }
    board.line_length = 0;
}

uint32_t field_u32(const struct heard *heard, size_t at)
{
    const uint8_t *bytes = &heard->body[at];
    CHECK(at + 4 <= heard->length);
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16
           | (uint32_t)bytes[3] << 24;
}
