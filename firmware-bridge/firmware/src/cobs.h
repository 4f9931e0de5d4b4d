/* Consistent overhead byte stuffing (Cheshire and Baker, 1999): bytes without a zero. */
#ifndef TILLPROOF_COBS_H
#define TILLPROOF_COBS_H

#include <stddef.h>
#include <stdint.h>

/* Room that `length` bytes need at most when they are stuffed. */
#define TP_COBS_ROOM(length) ((length) + (length) / 254u + 1u)

/* Stuffs `length` bytes into `out`; answers how many they became. The two must not overlap. */
size_t tp_cobs_encode(const uint8_t *bytes, size_t length, uint8_t *out);

/*
 * Takes the stuffing out; `out` has room for `length` bytes and may be `bytes` itself.
 * Answers how many there were, 0 when this is not the form of anything.
 */
size_t tp_cobs_decode(const uint8_t *bytes, size_t length, uint8_t *out);

#endif
