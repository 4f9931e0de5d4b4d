/* Runs all tests; says each fault, exits with 1 when there was one. */
#include <stdio.h>
#include <string.h>

#include "../src/bridge.h"
#include "check.h"

static int checks;
static int faults;

void check(int holds, const char *what, const char *file, int line)
{
    checks++;
    if (!holds) {
        faults++;
        printf("%s:%d: not so: %s\n", file, line, what);
    }
}

void check_number(unsigned long actual, unsigned long wanted, const char *what, const char *file,
                  int line)
{
    checks++;
    if (actual != wanted) {
        faults++;
        printf("%s:%d: %s is %lu, not %lu\n", file, line, what, actual, wanted);
    }
}

static unsigned digit(char hex)
{
    return (unsigned)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

size_t from_hex(const char *hex, uint8_t *out)
{
    size_t length = strlen(hex) / 2;
    for (size_t at = 0; at < length; at++) {
        out[at] = (uint8_t)(digit(hex[2 * at]) << 4 | digit(hex[2 * at + 1]));
    }
    return length;
}

void check_bytes(const uint8_t *actual, size_t length, const char *hex, const char *name)
{
    uint8_t wanted[512];
    size_t wanted_length = from_hex(hex, wanted);

    checks++;
    if (length == wanted_length && memcmp(actual, wanted, length) == 0) {
        return;
    }
    faults++;
    printf("%s: not %s but ", name, hex);
    for (size_t at = 0; at < length; at++) {
        printf("%02x", actual[at]);
    }
    printf("\n");
}

const struct vector *bridge_vector(const char *name)
{
    const struct vector *vector = bridge_vectors;
    while (vector->name != NULL && strcmp(vector->name, name) != 0) {
        vector++;
    }
    return vector;
}

static void run(const char *name, void (*test)(void))
{
    int before = faults;
    test();
    printf("%s %s\n", faults == before ? "ok" : "FAILED", name);
}

int main(void)
{
    run("COBS", test_cobs);
    run("CRC-32", test_crc32);
    run("messages", test_wire);
    run("inputs", test_inputs);
    run("events", test_events);
    run("line", test_line);
    run("outputs", test_outputs);
    printf("%d checks, %d faults, %u bytes a bridge\n", checks, faults,
           (unsigned)sizeof(struct tp_bridge));
    return faults == 0 ? 0 : 1;
}
