/* What the tests need: a check that says where it failed, and the shared vectors. */
#ifndef TILLPROOF_CHECK_H
#define TILLPROOF_CHECK_H

#include <stddef.h>
#include <stdint.h>

#define CHECK(holds) check((holds), #holds, __FILE__, __LINE__)
#define CHECK_NUMBER(actual, wanted) \
    check_number((unsigned long)(actual), (unsigned long)(wanted), #actual, __FILE__, __LINE__)

void check(int holds, const char *what, const char *file, int line);
void check_number(unsigned long actual, unsigned long wanted, const char *what, const char *file,
                  int line);
/* Compares with bytes written as hex, which name the case when they differ. */
void check_bytes(const uint8_t *actual, size_t length, const char *hex, const char *name);

/* Bytes written as hex; answers how many. */
size_t from_hex(const char *hex, uint8_t *out);

/* One of vectors.json; `fields` are a gateway's message's numbers in the order of its table. */
struct vector {
    const char *name;
    const char *body;
    const char *frame;
    int field_count;
    uint32_t fields[5];
};
struct stuffing {
    const char *bytes;
    const char *stuffed;
};

extern const struct vector bridge_vectors[], gateway_vectors[], ignored_vectors[];
extern const struct vector refused_vectors[];
extern const struct stuffing stuffings[];

const struct vector *bridge_vector(const char *name);

void test_cobs(void);
void test_crc32(void);
void test_wire(void);
void test_inputs(void);
void test_events(void);
void test_line(void);
void test_outputs(void);

#endif
