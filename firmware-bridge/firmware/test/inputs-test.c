/* Contacts that bounce: what counts, when, and how long it was. */
#include "../src/inputs.h"
#include "check.h"

static struct tp_input input;

static void begin(enum tp_role role, uint8_t bits, uint32_t raw, uint32_t now_ms)
{
    struct tp_input_config config = {role, 10, bits, raw};
    tp_input_init(&input, &config, false, now_ms);
}

/* The level holds from `from` until before `to`; looked at every millisecond. Counts changes. */
static int hold(bool active, uint32_t from, uint32_t to)
{
    int changes = 0;
    for (uint32_t now_ms = from; now_ms != to; now_ms++) {
        changes += tp_input_look(&input, active, now_ms) != TP_NOTHING;
    }
    return changes;
}

static void a_pulse_counts_when_it_is_over(void)
{
    begin(TP_ROLE_PULSE, 32, 41, 0);
    CHECK_NUMBER(hold(false, 0, 100), 0);
    CHECK_NUMBER(hold(true, 100, 150), 0);
    CHECK_NUMBER(hold(false, 150, 160), 0);
    CHECK_NUMBER(input.raw, 41);
    CHECK_NUMBER(hold(false, 160, 200), 1);
    CHECK_NUMBER(input.raw, 42);
    CHECK_NUMBER(input.length_ms, 50);
}

static void bouncing_is_no_pulse(void)
{
    begin(TP_ROLE_PULSE, 32, 0, 0);
    for (uint32_t at = 0; at < 1000; at += 10) {
        CHECK_NUMBER(hold(true, at, at + 9), 0);
        CHECK_NUMBER(hold(false, at + 9, at + 10), 0);
    }
    CHECK_NUMBER(input.raw, 0);
    /* A long pulse with a break of its contact in it is one pulse. */
    CHECK_NUMBER(hold(true, 1000, 1030) + hold(false, 1030, 1033) + hold(true, 1033, 1060), 0);
    CHECK_NUMBER(hold(false, 1060, 1100), 1);
    CHECK_NUMBER(input.raw, 1);
    CHECK_NUMBER(input.length_ms, 60);
}

static void counters_wrap_at_their_width(void)
{
    begin(TP_ROLE_PULSE, 8, 255, 0);
    CHECK_NUMBER(hold(true, 0, 50) + hold(false, 50, 100), 1);
    CHECK_NUMBER(input.raw, 0);
    begin(TP_ROLE_PULSE, 32, 0xffffffffu, 0);
    CHECK_NUMBER(hold(true, 0, 50) + hold(false, 50, 100), 1);
    CHECK_NUMBER(input.raw, 0);
}

static void clocks_wrap_too(void)
{
    begin(TP_ROLE_PULSE, 32, 0, 0xfffffff0u);
    CHECK_NUMBER(hold(true, 0xfffffff0u, 20) + hold(false, 20, 60), 1);
    CHECK_NUMBER(input.length_ms, 36);
}

static void a_stuck_contact_is_one_long_pulse(void)
{
    begin(TP_ROLE_PULSE, 32, 0, 0);
    CHECK_NUMBER(hold(true, 0, 70000), 0);
    CHECK_NUMBER(hold(false, 70000, 70100), 1);
    CHECK_NUMBER(input.length_ms, 65535);
}

static void a_door_changes_both_ways(void)
{
    begin(TP_ROLE_DOOR, 0, 0, 0);
    CHECK_NUMBER(hold(true, 0, 10), 0);
    CHECK_NUMBER(hold(true, 10, 11), 1);
    CHECK(input.is_active);
    CHECK_NUMBER(input.since_ms, 0);
    CHECK_NUMBER(hold(false, 11, 30), 1);
    CHECK(!input.is_active);
    CHECK_NUMBER(input.since_ms, 11);
}

void test_inputs(void)
{
    a_pulse_counts_when_it_is_over();
    bouncing_is_no_pulse();
    counters_wrap_at_their_width();
    clocks_wrap_too();
    a_stuck_contact_is_one_long_pulse();
    a_door_changes_both_ways();
}
