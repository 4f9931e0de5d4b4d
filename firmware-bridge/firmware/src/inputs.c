/* One input. Times are differences of a clock that may wrap. */
#include "inputs.h"

#define LONGEST_MS 0xffffu

void tp_input_init(struct tp_input *input, const struct tp_input_config *config, bool active,
                   uint32_t now_ms)
{
    input->config = *config;
    input->raw = config->raw;
    input->is_active = active;
    input->seen_active = active;
    input->seen_ms = now_ms;
    input->since_ms = now_ms;
    input->length_ms = 0;
}

static uint32_t counted(uint32_t raw, uint8_t bits)
{
    uint32_t next = raw + 1u;
    return bits >= 32 ? next : next & ((1u << bits) - 1u);
}

static enum tp_change turn(struct tp_input *input)
{
    uint32_t length = input->seen_ms - input->since_ms;

    input->is_active = input->seen_active;
    input->since_ms = input->seen_ms;
    if (input->config.role != TP_ROLE_PULSE) {
        return TP_CHANGED;
    }
    if (input->is_active) {
        return TP_NOTHING;
    }
    input->length_ms = (uint16_t)(length > LONGEST_MS ? LONGEST_MS : length);
    input->raw = counted(input->raw, input->config.bits);
    return TP_COUNTED;
}

enum tp_change tp_input_look(struct tp_input *input, bool active, uint32_t now_ms)
{
    if (active != input->seen_active) {
        input->seen_active = active;
        input->seen_ms = now_ms;
    }
    if (active == input->is_active || now_ms - input->seen_ms < input->config.debounce_ms) {
        return TP_NOTHING;
    }
    return turn(input);
}
