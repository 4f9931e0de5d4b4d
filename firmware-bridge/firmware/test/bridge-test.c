/* Events, line and outputs of a whole bridge on the simulated board. */
#include "../src/bridge.h"

#include <string.h>

#include "../src/send.h"
#include "board.h"
#include "check.h"

/* Where a field lies in a body. */
enum { NUMBER_AT = 5, RAW_AT = 15, ACTIVE_AT = 15, OFFSET_AT = 5, BOOT_AT = 10, FIRST_AT = 14 };

static void check_frame(const struct heard *heard, const char *name)
{
    const struct vector *vector = bridge_vector(name);
    uint8_t frame[TP_MAX_FRAME];

    memcpy(&frame[1], heard->stuffed, heard->stuffed_length);
    frame[0] = 0;
    frame[heard->stuffed_length + 1] = 0;
    check_bytes(frame, heard->stuffed_length + 2, vector->frame, name);
}

/* A gateway that was never here says hello, takes all inputs as they are, and is quiet. */
static void meet(void)
{
    say_hello(BOARD_SESSION, 0, 0, 0);
    board_wait(5);
    board_listen(false);
    say_ack(BOARD_BOOT, 5);
}

static void an_answer_and_a_heartbeat_as_the_vectors_say(void)
{
    board_start(true);
    tp_bridge_poll(&board.bridge);
    board_wait(1000);
    board_listen(true);
    check_frame(&board.heard[1], "heartbeat before any hello");
    board_wait(1495);
    board_listen(true);
    say_hello(BOARD_SESSION, 0, 0, 0);
    board_wait(5);
    board_listen(false);
    check_frame(&board.heard[0], "welcome");

    board_restart(0xffffffffu);
    board.bridge.config.firmware = "bridge-2026.11.0 and more";
    board.bridge.session = BOARD_SESSION;
    board.bridge.started_ms = 0;
    board.bridge.first = 70000;
    board.bridge.lost_changes = 3;
    board.bridge.bad_frames = 258;
    board.bridge.unknown_types = 1;
    board.now_ms = 0xffffffffu - 5u;
    board_wait(5);
    board_listen(true);
    check_frame(&board.heard[0], "heartbeat of a bad day");
}

/* One frame and no more comes of what just happened; it is as the vector says. */
static void check_one(const char *name)
{
    board_wait(15);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 1);
    check_frame(&board.heard[0], name);
    say_ack(BOARD_BOOT, board.bridge.first);
}

static void events_as_the_vectors_say(void)
{
    uint8_t before[256] = {0};

    board_start(true);
    board.levels = 1u << 4;
    board_restart(BOARD_BOOT);
    tp_bridge_gnss(&board.bridge, before, sizeof before);
    meet();
    board.bridge.first = 5;
    board.bridge.inputs[0].raw = 1234566;
    board.now_ms = 60945;
    board_contact(0, true);
    board_wait(50);
    board_contact(0, false);
    check_one("pulse");
    board.bridge.inputs[2].raw = 65535;
    board_contact(2, true);
    board_wait(15);
    board.now_ms = 199995;
    board_contact(2, false);
    check_one("pulse of a counter that wrapped");
    board.now_ms = 289995;
    board_contact(3, true);
    check_one("door opened");
    board.now_ms = 290495;
    board_contact(4, false);
    check_one("tamper contact closed");
    tp_bridge_gnss(&board.bridge, (const uint8_t *)"$GPRMC\r\n", 8);
    board_wait(5);
    board_listen(false);
    check_frame(&board.heard[0], "gnss");
}

static void hello_tells_everything_once(void)
{
    board_start(true);
    board_pulse(0);
    board_contact(3, true);
    board_wait(100);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 0);
    say_hello(BOARD_SESSION, 0, 0, 0);
    board_wait(5);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 8);
    CHECK_NUMBER(board.heard[0].body[0], TP_WELCOME);
    for (uint32_t event = 1; event <= 7; event++) {
        CHECK_NUMBER(field_u32(&board.heard[event], NUMBER_AT), event);
    }
    CHECK_NUMBER(field_u32(&board.heard[1], RAW_AT), 1);
    CHECK_NUMBER(board.heard[2].body[0], TP_CONTACT);
    CHECK_NUMBER(board.heard[2].body[ACTIVE_AT], 1);
    /* The answer was lost: the same gateway asks again, and nothing is told a second time over. */
    say_hello(BOARD_SESSION, 0, 0, 0);
    board_wait(5);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 8);
    CHECK_NUMBER(field_u32(&board.heard[7], NUMBER_AT), 7);
}

static void events_come_again_until_they_are_safe(void)
{
    board_start(false);
    meet();
    board_pulse(0);
    board_pulse(0);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 2);
    board_wait(250);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 2);
    say_ack(BOARD_BOOT, 6);
    board_wait(250);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 1);
    CHECK_NUMBER(field_u32(&board.heard[0], NUMBER_AT), 7);
    CHECK_NUMBER(field_u32(&board.heard[0], RAW_AT), 2);
    say_ack(BOARD_BOOT, 8);
    say_ack(BOARD_BOOT - 1, 7);
    board_wait(250);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 1);
    say_ack(BOARD_BOOT, 7);
    board_wait(1000);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 0);
}

static void no_more_than_the_window_is_on_the_way(void)
{
    board_start(false);
    meet();
    for (int pulse = 0; pulse < 12; pulse++) {
        board_pulse((uint8_t)(pulse % 3));
    }
    board_listen(false);
    say_ack(BOARD_BOOT, 5);
    board_wait(240);
    board_listen(false);
    CHECK(board.heard_count <= TP_WINDOW);
    CHECK_NUMBER(board.bridge.sent, TP_WINDOW);
    CHECK_NUMBER(board.bridge.held, 12);
}

static void a_full_memory_loses_no_pulse(void)
{
    board_start(false);
    meet();
    for (int pulse = 0; pulse < 100; pulse++) {
        board_pulse(0);
    }
    CHECK_NUMBER(board.bridge.held, TP_MAX_EVENTS);
    say_ack(BOARD_BOOT, 5 + TP_MAX_EVENTS);
    board_listen(false);
    board_wait(5);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 1);
    CHECK_NUMBER(field_u32(&board.heard[0], NUMBER_AT), 6 + TP_MAX_EVENTS);
    CHECK_NUMBER(field_u32(&board.heard[0], RAW_AT), 100);
    CHECK_NUMBER(board.bridge.lost_changes, 0);
}

static void a_full_memory_counts_what_doors_did(void)
{
    board_start(false);
    meet();
    for (int change = 0; change < (int)TP_MAX_EVENTS + 5; change++) {
        board_contact(3, change % 2 == 0);
        board_wait(20);
    }
    CHECK_NUMBER(board.bridge.held, TP_MAX_EVENTS);
    CHECK_NUMBER(board.bridge.lost_changes, 4);
    say_ack(BOARD_BOOT, 5 + TP_MAX_EVENTS);
    board_listen(false);
    board_wait(5);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 1);
    CHECK_NUMBER(board.heard[0].body[ACTIVE_AT], 1);
}

static void a_restart_keeps_what_the_board_keeps(void)
{
    board_start(true);
    meet();
    for (int pulse = 0; pulse < 3; pulse++) {
        board_pulse(0);
    }
    board_restart(BOARD_BOOT + 1);
    board_listen(false);
    say_hello(BOARD_SESSION, BOARD_UNIT, BOARD_BOOT, 5);
    board_wait(5);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 6);
    CHECK_NUMBER(field_u32(&board.heard[0], BOOT_AT), BOARD_BOOT + 1);
    CHECK_NUMBER(field_u32(&board.heard[0], FIRST_AT), 1);
    CHECK_NUMBER(field_u32(&board.heard[1], RAW_AT), 3);
}

static void numbers_wrap(void)
{
    board_start(false);
    meet();
    board.bridge.first = 0xffffffffu;
    board_pulse(0);
    board_pulse(0);
    board_pulse(0);
    say_ack(BOARD_BOOT, 0);
    CHECK_NUMBER(board.bridge.held, 1);
    CHECK_NUMBER(board.bridge.first, 1);
}

void test_events(void)
{
    an_answer_and_a_heartbeat_as_the_vectors_say();
    events_as_the_vectors_say();
    hello_tells_everything_once();
    events_come_again_until_they_are_safe();
    no_more_than_the_window_is_on_the_way();
    a_full_memory_loses_no_pulse();
    a_full_memory_counts_what_doors_did();
    a_restart_keeps_what_the_board_keeps();
    numbers_wrap();
}

static void a_slow_line_tears_no_frame(void)
{
    board_start(false);
    say_hello(BOARD_SESSION, 0, 0, 0);
    board.room = 0;
    board_wait(100);
    for (int byte = 0; byte < 400; byte++) {
        board.room = 1;
        tp_bridge_poll(&board.bridge);
    }
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 6);
}

static void noise_is_counted_and_forgotten(void)
{
    uint8_t noise[1000];

    board_start(false);
    memset(noise, 0x55, sizeof noise);
    tp_bridge_receive(&board.bridge, noise, sizeof noise);
    meet();
    CHECK_NUMBER(board.heard_count, 6);
    CHECK_NUMBER(board.bridge.bad_frames, 1);
    tp_bridge_receive(&board.bridge, noise, 20);
    say_ack(BOARD_BOOT, 5);
    CHECK_NUMBER(board.bridge.bad_frames, 2);
    CHECK_NUMBER(board.bridge.unknown_types, 0);
}

static void a_million_random_bytes_change_nothing(void)
{
    uint32_t state = 1;

    board_start(false);
    meet();
    for (int at = 0; at < 1000000; at++) {
        uint8_t byte;
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        byte = (uint8_t)(state >> 9);
        tp_bridge_receive(&board.bridge, &byte, 1);
    }
    CHECK_NUMBER(board.bridge.session, BOARD_SESSION);
    CHECK_NUMBER(board.switched, 2);
    CHECK(board.bridge.bad_frames > 1000);
}

static void gnss_tells_what_is_missing(void)
{
    uint8_t bytes[300];

    board_start(false);
    for (size_t at = 0; at < sizeof bytes; at++) {
        bytes[at] = (uint8_t)at;
    }
    tp_bridge_gnss(&board.bridge, bytes, 50);
    meet();
    tp_bridge_gnss(&board.bridge, bytes, 300);
    tp_bridge_gnss(&board.bridge, bytes, 10);
    board_wait(5);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 4);
    CHECK_NUMBER(field_u32(&board.heard[0], OFFSET_AT), 50);
    CHECK_NUMBER(field_u32(&board.heard[3], OFFSET_AT), 50 + 192);
    CHECK_NUMBER(board.heard[3].body[10], 192);
    tp_bridge_gnss(&board.bridge, bytes, 1);
    board_wait(5);
    board_listen(false);
    CHECK_NUMBER(field_u32(&board.heard[0], OFFSET_AT), 50 + 310);
}

void test_line(void)
{
    a_slow_line_tears_no_frame();
    noise_is_counted_and_forgotten();
    a_million_random_bytes_change_nothing();
    gnss_tells_what_is_missing();
}

static void a_command_is_done_once(void)
{
    board_start(false);
    meet();
    CHECK_NUMBER(board.switched, 2);
    say_output(BOARD_SESSION, 1, 1, true, 0);
    say_output(BOARD_SESSION, 1, 1, true, 0);
    CHECK(board.outputs[1]);
    CHECK_NUMBER(board.switched, 3);
    board_wait(5);
    say_output(BOARD_SESSION, 1, 1, true, 0);
    board_wait(5);
    board_listen(false);
    CHECK_NUMBER(board.heard_count, 2);
    check_frame(&board.heard[1], "done");
    CHECK_NUMBER(board.switched, 3);
    say_output(BOARD_SESSION, 2, 9, false, 0);
    board_wait(5);
    board_listen(false);
    check_frame(&board.heard[0], "done: no such output");
}

static void a_timed_output_goes_back(void)
{
    board_start(false);
    meet();
    say_output(BOARD_SESSION, 1, 0, true, 500);
    board_wait(495);
    CHECK(board.outputs[0]);
    board_wait(5);
    CHECK(!board.outputs[0]);
    say_output(BOARD_SESSION, 2, 0, true, 100);
    say_output(BOARD_SESSION, 3, 0, true, 0);
    board_wait(1000);
    CHECK(board.outputs[0]);
}

static void strange_and_old_commands_do_nothing(void)
{
    board_start(false);
    say_output(0, 1, 0, true, 0);
    meet();
    say_output(BOARD_SESSION + 1, 1, 0, true, 0);
    say_output(BOARD_SESSION, 5, 0, true, 0);
    say_output(BOARD_SESSION, 4, 0, false, 0);
    CHECK(board.outputs[0]);
    CHECK_NUMBER(board.switched, 3);
    /* A new gateway begins its numbers anew. */
    say_hello(BOARD_SESSION + 1, BOARD_UNIT, BOARD_BOOT, 5);
    say_output(BOARD_SESSION + 1, 1, 0, false, 0);
    CHECK(!board.outputs[0]);
}

void test_outputs(void)
{
    a_command_is_done_once();
    a_timed_output_goes_back();
    strange_and_old_commands_do_nothing();
}
