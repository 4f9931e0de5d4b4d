/*
 * Contacts that bounce, as levels that hold. An input has to show a level without a break for its
 * time before it counts; a pulse counts when it is over, because then its length is known.
 */
#ifndef TILLPROOF_INPUTS_H
#define TILLPROOF_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

enum tp_role {
    TP_ROLE_PULSE = 0,
    TP_ROLE_DOOR = 1,
    TP_ROLE_TAMPER = 2
};

struct tp_input_config {
    enum tp_role role;
    /* Milliseconds that a level has to hold; a pulse shorter than this is none. */
    uint16_t debounce_ms;
    /* Width of the counter, 8 to 32; pulses only. */
    uint8_t bits;
    /* Where the counter begins: what was kept from before, or 0. */
    uint32_t raw;
};

struct tp_input {
    struct tp_input_config config;
    uint32_t raw;
    bool is_active;
    bool seen_active;
    /* Since when `seen_active` was seen without a break, and when `is_active` began. */
    uint32_t seen_ms;
    uint32_t since_ms;
    uint16_t length_ms;
};

enum tp_change {
    TP_NOTHING,
    TP_COUNTED,
    TP_CHANGED
};

void tp_input_init(struct tp_input *input, const struct tp_input_config *config, bool active,
                   uint32_t now_ms);
/* To be called with the level as it is, often: what falls between two calls is not seen. */
enum tp_change tp_input_look(struct tp_input *input, bool active, uint32_t now_ms);

#endif
