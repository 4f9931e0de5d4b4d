/*
 * A bridge between a machine's wires and the gateway, as docs/wire/bridge.md describes it.
 *
 *   contacts ─▶ inputs ─▶ events, kept until they are safe ─▶ frames ─▶ gateway
 *   relays  ◀─ outputs ◀───────── commands, each done once ◀─ frames ◀─
 *
 * No memory is asked for, nothing blocks, and nothing of the system is used but what struct tp_port
 * gives. All functions belong to one thread: bytes that an interrupt received wait in a ring of the
 * port's own until the main loop hands them over.
 */
#ifndef TILLPROOF_BRIDGE_H
#define TILLPROOF_BRIDGE_H

#include "inputs.h"
#include "wire.h"

#define TP_MAX_INPUTS 8u
#define TP_MAX_OUTPUTS 4u
#define TP_MAX_EVENTS 32u
/* Events on the way that are not acknowledged yet. */
#define TP_WINDOW 8u
#define TP_GNSS_ROOM 256u
#define TP_RESEND_MS 250u
#define TP_HEARTBEAT_MS 1000u

struct tp_port {
    void *context;
    /* Milliseconds from any beginning; may wrap. */
    uint32_t (*now_ms)(void *context);
    /* Takes as many bytes as it has room for, without waiting; answers how many. */
    size_t (*write)(void *context, const uint8_t *bytes, size_t length);
    /* Bit n set: input n is active, whatever that is in volts. */
    uint32_t (*read_inputs)(void *context);
    void (*set_output)(void *context, uint8_t output, bool on);
    /* Keeps a counter over a restart, before it is told; NULL where there is no such memory. */
    void (*keep_counter)(void *context, uint8_t input, uint32_t raw);
};

struct tp_config {
    struct tp_port port;
    /* Tells this board from another, such as a hash of the chip's serial; 0 when it can't. */
    uint32_t unit;
    /* Another one after each start: a counter in lasting memory, else a random number. Not 0. */
    uint32_t boot;
    /* 1 to 16 ASCII characters; has to outlive the bridge. */
    const char *firmware;
    /* At most TP_MAX_INPUTS and TP_MAX_OUTPUTS; what is beyond is left out. */
    const struct tp_input_config *inputs;
    uint8_t input_count;
    uint8_t output_count;
};

struct tp_event {
    uint8_t input;
    uint8_t active;
    uint16_t length_ms;
    uint32_t raw;
    uint32_t uptime_ms;
};

struct tp_bridge {
    struct tp_config config;
    uint32_t started_ms;
    /* 0 before the first hello. */
    uint32_t session;
    bool welcome_due;

    struct tp_input inputs[TP_MAX_INPUTS];
    /* Inputs whose newest state is in no event yet. */
    uint32_t owed;
    uint32_t lost_changes;

    /* A ring: `first` is the number of the oldest event, the first `sent` of `held` are out. */
    struct tp_event events[TP_MAX_EVENTS];
    uint32_t first;
    uint8_t held;
    uint8_t sent;
    uint32_t sent_ms;

    uint32_t command;
    uint8_t result;
    bool done_due;
    bool is_timed[TP_MAX_OUTPUTS];
    bool back_to[TP_MAX_OUTPUTS];
    uint32_t back_since_ms[TP_MAX_OUTPUTS];
    uint16_t back_after_ms[TP_MAX_OUTPUTS];

    /* `gnss_offset`: bytes before the oldest one held. Broken: some were lost behind those held. */
    uint8_t gnss[TP_GNSS_ROOM];
    uint16_t gnss_at;
    uint16_t gnss_held;
    uint32_t gnss_offset;
    uint32_t gnss_lost;

    uint8_t received[TP_MAX_STUFFED];
    size_t received_length;
    bool is_oversize;
    uint32_t bad_frames;
    uint32_t unknown_types;

    uint8_t frame[TP_MAX_FRAME];
    size_t frame_length;
    size_t frame_at;
    uint32_t heartbeat_ms;
};

/* Reads the inputs as they are and switches all outputs off. */
void tp_bridge_init(struct tp_bridge *bridge, const struct tp_config *config);

/* Bytes from the gateway, in pieces of any length. */
void tp_bridge_receive(struct tp_bridge *bridge, const uint8_t *bytes, size_t length);

/* Bytes from a receiver, to be passed on. Where there is no room they are left out, and counted. */
void tp_bridge_gnss(struct tp_bridge *bridge, const uint8_t *bytes, size_t length);

/* Looks at the inputs, ends timed outputs, writes what is due. To be called at least every 5 ms. */
void tp_bridge_poll(struct tp_bridge *bridge);

#endif
