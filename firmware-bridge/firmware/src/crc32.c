/* Bit by bit: a frame has at most 92 bytes under it, and a table would cost a kilobyte of flash. */
#include "crc32.h"

#define REFLECTED 0xedb88320u

uint32_t tp_crc32(const uint8_t *bytes, size_t length)
{
    uint32_t crc = 0xffffffffu;

    for (size_t at = 0; at < length; at++) {
        crc ^= bytes[at];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1u) != 0 ? (crc >> 1) ^ REFLECTED : crc >> 1;
        }
    }
    return ~crc;
}
