/* A board without hardware: its clock, its contacts, its relays and both ends of its line. */
#ifndef TILLPROOF_BOARD_H
#define TILLPROOF_BOARD_H

#include "../src/bridge.h"

#define BOARD_SESSION 0x11223344u
#define BOARD_UNIT 0xa1b2c3d4u
#define BOARD_BOOT 7u

/* What came out of the bridge, frame by frame, without stuffing and checksum. */
struct heard {
    uint8_t body[TP_MAX_BODY];
    size_t length;
    uint8_t stuffed[TP_MAX_FRAME];
    size_t stuffed_length;
};

struct board {
    struct tp_bridge bridge;
    uint32_t now_ms;
    uint32_t levels;
    bool outputs[TP_MAX_OUTPUTS];
    int switched;
    uint32_t kept[TP_MAX_INPUTS];
    /* What the line takes at once, and what is on it. */
    size_t room;
    uint8_t line[65536];
    size_t line_length;
    struct heard heard[512];
    size_t heard_count;
};

/* Inputs 0 and 2 count (32 and 16 bits), 3 is a door, 4 a tamper contact; two relays. */
extern struct board board;
void board_start(bool keeps_counters);
/* Another bridge in its place, as after a power cut; the levels stay. */
void board_restart(uint32_t boot);

/* Time passes, with a look every 5 ms. */
void board_wait(uint32_t ms);
void board_pulse(uint8_t input);
void board_contact(uint8_t input, bool active);

void say_hello(uint32_t session, uint32_t unit, uint32_t boot, uint32_t received);
void say_ack(uint32_t boot, uint32_t received);
void say_output(uint32_t session, uint32_t number, uint8_t output, bool on, uint16_t for_ms);

/* Reads the line anew into `heard`, without heartbeats unless they are asked for. */
void board_listen(bool with_heartbeats);
uint32_t field_u32(const struct heard *heard, size_t at);

#endif
