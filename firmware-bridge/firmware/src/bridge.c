/* The main loop's side: what came in is dealt with at once, what goes out waits for `poll`. */
#include "bridge.h"

#include <string.h>

#include "send.h"

static uint32_t now(const struct tp_bridge *bridge)
{
    return bridge->config.port.now_ms(bridge->config.port.context);
}

static uint32_t levels(const struct tp_bridge *bridge)
{
    return bridge->config.port.read_inputs(bridge->config.port.context);
}

static void switch_output(struct tp_bridge *bridge, uint8_t output, bool on)
{
    bridge->config.port.set_output(bridge->config.port.context, output, on);
}

static uint8_t at_most(uint8_t value, uint8_t limit)
{
    return value > limit ? limit : value;
}

void tp_bridge_init(struct tp_bridge *bridge, const struct tp_config *config)
{
    uint32_t active;

    memset(bridge, 0, sizeof *bridge);
    bridge->config = *config;
    bridge->config.input_count = at_most(config->input_count, TP_MAX_INPUTS);
    bridge->config.output_count = at_most(config->output_count, TP_MAX_OUTPUTS);
    bridge->started_ms = now(bridge);
    bridge->heartbeat_ms = bridge->started_ms - TP_HEARTBEAT_MS;
    bridge->first = 1;
    active = levels(bridge);
    for (uint8_t input = 0; input < bridge->config.input_count; input++) {
        tp_input_init(&bridge->inputs[input], &config->inputs[input],
                      (active >> input & 1u) != 0, bridge->started_ms);
    }
    for (uint8_t output = 0; output < bridge->config.output_count; output++) {
        switch_output(bridge, output, false);
    }
}

/* ---- events ---- */

static void hold_event(struct tp_bridge *bridge, uint8_t input)
{
    const struct tp_input *seen = &bridge->inputs[input];
    uint32_t number = bridge->first + bridge->held;
    struct tp_event *event = &bridge->events[number % TP_MAX_EVENTS];

    event->input = input;
    event->active = seen->is_active ? 1 : 0;
    event->length_ms = seen->length_ms;
    event->raw = seen->raw;
    event->uptime_ms = seen->since_ms - bridge->started_ms;
    bridge->held++;
    bridge->owed &= ~(1u << input);
}

static void hold_what_is_owed(struct tp_bridge *bridge)
{
    for (uint8_t input = 0; input < bridge->config.input_count; input++) {
        if ((bridge->owed >> input & 1u) != 0 && bridge->held < TP_MAX_EVENTS) {
            hold_event(bridge, input);
        }
    }
}

static void note_change(struct tp_bridge *bridge, uint8_t input, enum tp_change change)
{
    const struct tp_port *port = &bridge->config.port;
    uint32_t bit = 1u << input;

    if (change == TP_COUNTED && port->keep_counter != NULL) {
        port->keep_counter(port->context, input, bridge->inputs[input].raw);
    }
    if (change == TP_CHANGED && (bridge->owed & bit) != 0) {
        bridge->lost_changes++;
    }
    bridge->owed |= bit;
}

static void look_at_inputs(struct tp_bridge *bridge, uint32_t now_ms)
{
    uint32_t active = levels(bridge);

    for (uint8_t input = 0; input < bridge->config.input_count; input++) {
        bool level = (active >> input & 1u) != 0;
        enum tp_change change = tp_input_look(&bridge->inputs[input], level, now_ms);
        if (change != TP_NOTHING) {
            note_change(bridge, input, change);
        }
    }
    hold_what_is_owed(bridge);
}

/* Only a number that was given out lies within what is held; any other changes nothing. */
static void drop_safe(struct tp_bridge *bridge, uint32_t received)
{
    uint32_t safe = received + 1u - bridge->first;

    if (safe > bridge->held) {
        return;
    }
    bridge->first += safe;
    bridge->held = (uint8_t)(bridge->held - safe);
    bridge->sent = (uint8_t)(bridge->sent > safe ? bridge->sent - safe : 0);
    hold_what_is_owed(bridge);
}

/* ---- what the gateway says ---- */

static void on_hello(struct tp_bridge *bridge, const struct tp_hello *hello)
{
    if (hello->session == 0) {
        bridge->unknown_types++;
        return;
    }
    if (hello->unit == bridge->config.unit && hello->boot == bridge->config.boot) {
        drop_safe(bridge, hello->received);
    }
    /* The same gateway that heard no answer needs nothing new, but the answer. */
    if (hello->session != bridge->session) {
        bridge->session = hello->session;
        bridge->command = 0;
        bridge->done_due = false;
        bridge->owed |= (1u << bridge->config.input_count) - 1u;
        hold_what_is_owed(bridge);
    }
    bridge->sent = 0;
    bridge->welcome_due = true;
}

static void on_ack(struct tp_bridge *bridge, const struct tp_ack *ack)
{
    if (ack->boot == bridge->config.boot) {
        drop_safe(bridge, ack->received);
    }
}

static void carry_out(struct tp_bridge *bridge, const struct tp_output *asked)
{
    bool on = asked->on != 0;

    if (asked->output >= bridge->config.output_count) {
        bridge->result = TP_NO_SUCH_OUTPUT;
        return;
    }
    switch_output(bridge, asked->output, on);
    bridge->is_timed[asked->output] = asked->for_ms != 0;
    bridge->back_to[asked->output] = !on;
    bridge->back_since_ms[asked->output] = now(bridge);
    bridge->back_after_ms[asked->output] = asked->for_ms;
    bridge->result = TP_DONE_OK;
}

static void on_output(struct tp_bridge *bridge, const struct tp_output *asked)
{
    uint32_t newer = asked->number - bridge->command;

    if (bridge->session == 0 || asked->session != bridge->session || newer >= 0x80000000u) {
        return;
    }
    if (newer != 0) {
        bridge->command = asked->number;
        carry_out(bridge, asked);
    }
    bridge->done_due = true;
}

static void take_frame(struct tp_bridge *bridge)
{
    struct tp_message message;

    switch (tp_open(bridge->received, bridge->received_length, &message)) {
    case TP_READ_BAD:
        bridge->bad_frames++;
        return;
    case TP_READ_UNKNOWN:
        bridge->unknown_types++;
        return;
    case TP_READ_OK:
        break;
    }
    if (message.type == TP_HELLO) {
        on_hello(bridge, &message.as.hello);
    } else if (message.type == TP_ACK) {
        on_ack(bridge, &message.as.ack);
    } else {
        on_output(bridge, &message.as.output);
    }
}

static void end_of_frame(struct tp_bridge *bridge)
{
    if (bridge->is_oversize) {
        bridge->bad_frames++;
    } else if (bridge->received_length > 0) {
        take_frame(bridge);
    }
    bridge->received_length = 0;
    bridge->is_oversize = false;
}

void tp_bridge_receive(struct tp_bridge *bridge, const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (bytes[at] == 0) {
            end_of_frame(bridge);
        } else if (bridge->received_length == sizeof bridge->received) {
            bridge->is_oversize = true;
        } else {
            bridge->received[bridge->received_length++] = bytes[at];
        }
    }
}

/* What is lost leaves a jump in the offsets, so nothing may follow it before the ring is empty. */
void tp_bridge_gnss(struct tp_bridge *bridge, const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (bridge->session == 0) {
            bridge->gnss_offset++;
        } else if (bridge->gnss_lost > 0 || bridge->gnss_held == TP_GNSS_ROOM) {
            bridge->gnss_lost++;
        } else {
            bridge->gnss[(bridge->gnss_at + bridge->gnss_held) % TP_GNSS_ROOM] = bytes[at];
            bridge->gnss_held++;
        }
    }
}

static void end_timed_outputs(struct tp_bridge *bridge, uint32_t now_ms)
{
    for (uint8_t output = 0; output < bridge->config.output_count; output++) {
        uint32_t for_ms = now_ms - bridge->back_since_ms[output];
        if (bridge->is_timed[output] && for_ms >= bridge->back_after_ms[output]) {
            bridge->is_timed[output] = false;
            switch_output(bridge, output, bridge->back_to[output]);
        }
    }
}

void tp_bridge_poll(struct tp_bridge *bridge)
{
    uint32_t now_ms = now(bridge);

    look_at_inputs(bridge, now_ms);
    end_timed_outputs(bridge, now_ms);
    tp_send_due(bridge, now_ms);
}
