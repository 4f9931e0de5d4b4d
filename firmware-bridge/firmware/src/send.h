/* What a bridge writes: one frame at a time, as far as the port takes it. */
#ifndef TILLPROOF_SEND_H
#define TILLPROOF_SEND_H

#include "bridge.h"

/* Results in `done`. */
#define TP_DONE_OK 0u
#define TP_NO_SUCH_OUTPUT 1u

/* Goes on with the frame under way, then writes what else is due; stops where the port is full. */
void tp_send_due(struct tp_bridge *bridge, uint32_t now_ms);

#endif
