/* Answers first, then events, then the heartbeat; a receiver's bytes take what is left. */
#include "send.h"

#include <string.h>

/* Answers whether all of the frame is out. */
static bool flush(struct tp_bridge *bridge)
{
    const struct tp_port *port = &bridge->config.port;
    size_t left = bridge->frame_length - bridge->frame_at;

    if (left > 0) {
        bridge->frame_at += port->write(port->context, &bridge->frame[bridge->frame_at], left);
    }
    return bridge->frame_at >= bridge->frame_length;
}

static void put_firmware(const struct tp_bridge *bridge, struct tp_body *body)
{
    size_t length = 0;

    while (length < TP_MAX_FIRMWARE && bridge->config.firmware[length] != '\0') {
        length++;
    }
    tp_put_bytes(body, (const uint8_t *)bridge->config.firmware, (uint8_t)length);
}

static void write_welcome(const struct tp_bridge *bridge, struct tp_body *body, uint32_t now_ms)
{
    tp_begin(body, TP_WELCOME);
    tp_put_u8(body, TP_WIRE_VERSION);
    tp_put_u32(body, bridge->session);
    tp_put_u32(body, bridge->config.unit);
    tp_put_u32(body, bridge->config.boot);
    tp_put_u32(body, bridge->first);
    tp_put_u32(body, now_ms - bridge->started_ms);
    tp_put_u8(body, bridge->config.port.keep_counter != NULL ? 1 : 0);
    put_firmware(bridge, body);
}

static void write_heartbeat(const struct tp_bridge *bridge, struct tp_body *body, uint32_t now_ms)
{
    tp_begin(body, TP_HEARTBEAT);
    tp_put_u32(body, bridge->config.boot);
    tp_put_u32(body, bridge->session);
    tp_put_u32(body, now_ms - bridge->started_ms);
    tp_put_u32(body, bridge->first + bridge->held);
    tp_put_u32(body, bridge->lost_changes);
    tp_put_u32(body, bridge->bad_frames);
    tp_put_u32(body, bridge->unknown_types);
    put_firmware(bridge, body);
}

static void write_event(const struct tp_bridge *bridge, struct tp_body *body, uint32_t number)
{
    const struct tp_event *event = &bridge->events[number % TP_MAX_EVENTS];
    const struct tp_input_config *input = &bridge->inputs[event->input].config;
    bool is_pulse = input->role == TP_ROLE_PULSE;

    tp_begin(body, is_pulse ? TP_PULSE : TP_CONTACT);
    tp_put_u32(body, bridge->config.boot);
    tp_put_u32(body, number);
    tp_put_u32(body, event->uptime_ms);
    tp_put_u8(body, event->input);
    if (is_pulse) {
        tp_put_u8(body, input->bits);
        tp_put_u32(body, event->raw);
        tp_put_u16(body, event->length_ms);
    } else {
        tp_put_u8(body, (uint8_t)input->role);
        tp_put_u8(body, event->active);
    }
}

static void write_gnss(struct tp_bridge *bridge, struct tp_body *body)
{
    uint8_t bytes[TP_MAX_GNSS];
    uint16_t length = bridge->gnss_held < TP_MAX_GNSS ? bridge->gnss_held : TP_MAX_GNSS;

    for (uint16_t at = 0; at < length; at++) {
        bytes[at] = bridge->gnss[(bridge->gnss_at + at) % TP_GNSS_ROOM];
    }
    tp_begin(body, TP_GNSS);
    tp_put_u32(body, bridge->config.boot);
    tp_put_u32(body, bridge->gnss_offset);
    tp_put_bytes(body, bytes, (uint8_t)length);
    bridge->gnss_at = (uint16_t)((bridge->gnss_at + length) % TP_GNSS_ROOM);
    bridge->gnss_held = (uint16_t)(bridge->gnss_held - length);
    bridge->gnss_offset += length;
    if (bridge->gnss_held == 0) {
        bridge->gnss_offset += bridge->gnss_lost;
        bridge->gnss_lost = 0;
    }
}

static void write_done(const struct tp_bridge *bridge, struct tp_body *body)
{
    tp_begin(body, TP_DONE);
    tp_put_u32(body, bridge->session);
    tp_put_u32(body, bridge->command);
    tp_put_u8(body, bridge->result);
}

/* The next event of the window; after a silence all of them again, from the oldest. */
static bool take_event(struct tp_bridge *bridge, struct tp_body *body, uint32_t now_ms)
{
    if (bridge->session == 0) {
        return false;
    }
    if (bridge->sent > 0 && now_ms - bridge->sent_ms >= TP_RESEND_MS) {
        bridge->sent = 0;
    }
    if (bridge->sent >= bridge->held || bridge->sent >= TP_WINDOW) {
        return false;
    }
    write_event(bridge, body, bridge->first + bridge->sent);
    bridge->sent++;
    bridge->sent_ms = now_ms;
    return true;
}

static bool take_next(struct tp_bridge *bridge, struct tp_body *body, uint32_t now_ms)
{
    if (bridge->welcome_due) {
        bridge->welcome_due = false;
        write_welcome(bridge, body, now_ms);
    } else if (bridge->done_due) {
        bridge->done_due = false;
        write_done(bridge, body);
    } else if (take_event(bridge, body, now_ms)) {
        return true;
    } else if (now_ms - bridge->heartbeat_ms >= TP_HEARTBEAT_MS) {
        bridge->heartbeat_ms = now_ms;
        write_heartbeat(bridge, body, now_ms);
    } else if (bridge->session != 0 && bridge->gnss_held > 0) {
        write_gnss(bridge, body);
    } else {
        return false;
    }
    return true;
}

void tp_send_due(struct tp_bridge *bridge, uint32_t now_ms)
{
    struct tp_body body;

    while (flush(bridge) && take_next(bridge, &body, now_ms)) {
        bridge->frame_length = tp_seal(&body, bridge->frame);
        bridge->frame_at = 0;
    }
}
