/*
 * The main loop of a board without an operating system. What is declared `board_` is the porter's:
 * a few lines each with the registers or the vendor's library of the chip at hand.
 */
#include "../src/bridge.h"

#define VERSION "1.0.0"

/* A timer that counts milliseconds. */
uint32_t board_millis(void);
/* Feeds the watchdog: a loop that hangs restarts the board. */
void board_watchdog(void);
/* Bit n: opto-coupler or switch n conducts. */
uint32_t board_inputs(void);
void board_relay(uint8_t relay, bool on);
/* Puts bytes into the ring that the transmit interrupt empties; answers how many fitted. */
size_t board_gateway_write(const uint8_t *bytes, size_t length);
/* Takes bytes out of the rings that the receive interrupts fill; answers how many there were. */
size_t board_gateway_read(uint8_t *bytes, size_t room);
size_t board_gnss_read(uint8_t *bytes, size_t room);
/* Lasting memory, such as FRAM or an EEPROM with wear levelling. */
uint32_t board_count_start(void);
uint32_t board_load_counter(uint8_t input);
void board_keep_counter(uint8_t input, uint32_t raw);
/* The chip's serial number, folded to 32 bits. */
uint32_t board_unit(void);

static uint32_t millis(void *context)
{
    (void)context;
    return board_millis();
}

static size_t gateway_write(void *context, const uint8_t *bytes, size_t length)
{
    (void)context;
    return board_gateway_write(bytes, length);
}

static uint32_t inputs(void *context)
{
    (void)context;
    return board_inputs();
}

static void relay(void *context, uint8_t output, bool on)
{
    (void)context;
    board_relay(output, on);
}

static void keep_counter(void *context, uint8_t input, uint32_t raw)
{
    (void)context;
    board_keep_counter(input, raw);
}

static const struct tp_port port = {
    .context = NULL,
    .now_ms = millis,
    .write = gateway_write,
    .read_inputs = inputs,
    .set_output = relay,
    .keep_counter = keep_counter,
};

/* A coin acceptor's credit line, a product sensor, the service door, the lid of the housing. */
static struct tp_input_config wires[] = {
    {.role = TP_ROLE_PULSE, .debounce_ms = 10, .bits = 32},
    {.role = TP_ROLE_PULSE, .debounce_ms = 20, .bits = 32},
    {.role = TP_ROLE_DOOR, .debounce_ms = 50},
    {.role = TP_ROLE_TAMPER, .debounce_ms = 50},
};

#define WIRES (sizeof wires / sizeof wires[0])

int main(void)
{
    static struct tp_bridge bridge;
    struct tp_config config = {
        .port = port,
        .unit = board_unit(),
        .boot = board_count_start(),
        .firmware = VERSION,
        .inputs = wires,
        .input_count = WIRES,
        .output_count = 1,
    };

    for (uint8_t input = 0; input < WIRES; input++) {
        wires[input].raw = board_load_counter(input);
    }
    tp_bridge_init(&bridge, &config);
    for (;;) {
        uint8_t bytes[64];
        tp_bridge_receive(&bridge, bytes, board_gateway_read(bytes, sizeof bytes));
        tp_bridge_gnss(&bridge, bytes, board_gnss_read(bytes, sizeof bytes));
        tp_bridge_poll(&bridge);
        board_watchdog();
    }
}
