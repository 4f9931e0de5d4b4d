/* CRC-32/ISO-HDLC: polynomial 04C11DB7h reflected; of "123456789" it is CBF43926h. */
#ifndef TILLPROOF_CRC32_H
#define TILLPROOF_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t tp_crc32(const uint8_t *bytes, size_t length);

#endif
