/* Each run of up to 254 bytes without a zero, behind a byte that says how far the next zero is. */
#include "cobs.h"

#define LONGEST_RUN 0xffu

size_t tp_cobs_encode(const uint8_t *bytes, size_t length, uint8_t *out)
{
    size_t code_at = 0;
    size_t used = 1;
    uint8_t code = 1;

    for (size_t at = 0; at < length; at++) {
        if (bytes[at] != 0) {
            out[used++] = bytes[at];
            code++;
        }
        /* A full run stands for no zero, so it ends only where something follows. */
        if (bytes[at] == 0 || (code == LONGEST_RUN && at + 1 < length)) {
            out[code_at] = code;
            code_at = used++;
            code = 1;
        }
    }
    out[code_at] = code;
    return used;
}

size_t tp_cobs_decode(const uint8_t *bytes, size_t length, uint8_t *out)
{
    size_t at = 0;
    size_t used = 0;

    while (at < length) {
        uint8_t code = bytes[at++];
        size_t run = (size_t)code - 1;
        if (code == 0 || run > length - at) {
            return 0;
        }
        for (; run > 0; run--) {
            if (bytes[at] == 0) {
                return 0;
            }
            out[used++] = bytes[at++];
        }
        if (code != LONGEST_RUN && at < length) {
            out[used++] = 0;
        }
    }
    return used;
}
