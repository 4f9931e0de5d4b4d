/*
 * A bridge as a program: the same library on a computer, for simulators and for trying things out.
 * It speaks on a serial device or pseudo-terminal and takes what happens to its wires as lines on
 * standard input; with "--line -" standard input and output are the line, and nothing happens.
 */
#define _DEFAULT_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../src/bridge.h"

#define INPUTS 5u
#define OUTPUTS 2u
#define HALF_PULSE_MS 10u

struct host {
    struct tp_bridge bridge;
    int line_in;
    int line_out;
    int control;
    FILE *say;
    const char *memory;
    uint32_t boot;
    uint32_t counters[INPUTS];
    uint32_t levels;
    /* Edges of pulses still to come, and when the next one is due. */
    uint32_t edges[INPUTS];
    uint32_t edge_ms[INPUTS];
};

static const char usage[] =
    "Usage: bridge-host --line <device | -> [--memory <file>] [--unit <number>]\n"
    "\n"
    "A microcontroller bridge as a program (docs/wire/bridge.md): inputs 0 and 1 count with 32\n"
    "bits, 2 with 16, 3 is a door, 4 a tamper contact; two relays.\n"
    "\n"
    "  --line    serial device or pseudo-terminal; - for standard input and output\n"
    "  --memory  keeps the counters and the number of starts over a restart\n"
    "  --unit    tells this bridge from another (default: 1)\n"
    "\n"
    "Lines on standard input, when the line is a device:\n"
    "  pulse <input> [count]    contact <input> <0 | 1>    gnss <sentence>\n";

static void stop(int code, const char *cause, const char *next)
{
    fprintf(stderr, "bridge-host: %s\n  next: %s\n", cause, next);
    exit(code);
}

static uint32_t now_ms(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u);
}

static size_t write_line(void *context, const uint8_t *bytes, size_t length)
{
    struct host *host = context;
    ssize_t written = write(host->line_out, bytes, length);

    if (written >= 0) {
        return (size_t)written;
    }
    if (errno != EAGAIN && errno != EINTR) {
        stop(1, "the line is gone", "start the bridge again when the device is back");
    }
    return 0;
}

static uint32_t read_inputs(void *context)
{
    return ((struct host *)context)->levels;
}

static void set_output(void *context, uint8_t output, bool on)
{
    struct host *host = context;
    fprintf(host->say, "output %u %s\n", output, on ? "on" : "off");
    fflush(host->say);
}

/* A new file in place of the old one: a kill at any moment leaves one of the two whole. */
static void keep(const struct host *host)
{
    char fresh[4096];
    FILE *file;

    if (host->memory == NULL) {
        return;
    }
    snprintf(fresh, sizeof fresh, "%s.new", host->memory);
    file = fopen(fresh, "w");
    if (file == NULL) {
        stop(1, "the memory can't be written", "name a file in a folder of yours");
    }
    fprintf(file, "%lu", (unsigned long)host->boot);
    for (unsigned input = 0; input < INPUTS; input++) {
        fprintf(file, " %lu", (unsigned long)host->counters[input]);
    }
    fprintf(file, "\n");
    if (fclose(file) != 0 || rename(fresh, host->memory) != 0) {
        stop(1, "the memory can't be written", "look at the disk");
    }
}

static void keep_counter(void *context, uint8_t input, uint32_t raw)
{
    struct host *host = context;
    host->counters[input] = raw;
    keep(host);
}

static void remember(struct host *host)
{
    FILE *file = host->memory == NULL ? NULL : fopen(host->memory, "r");
    unsigned long number;

    host->boot = host->memory == NULL ? (uint32_t)time(NULL) ^ (uint32_t)getpid() << 16 : 0;
    if (file != NULL) {
        if (fscanf(file, "%lu", &number) == 1) {
            host->boot = (uint32_t)number;
        }
        for (unsigned input = 0; input < INPUTS && fscanf(file, "%lu", &number) == 1; input++) {
            host->counters[input] = (uint32_t)number;
        }
        fclose(file);
    }
    host->boot = host->boot + 1u == 0 ? 1u : host->boot + 1u;
    keep(host);
}

static void begin(struct host *host, uint32_t unit)
{
    static struct tp_input_config inputs[INPUTS] = {
        {TP_ROLE_PULSE, 5, 32, 0}, {TP_ROLE_PULSE, 5, 32, 0}, {TP_ROLE_PULSE, 5, 16, 0},
        {TP_ROLE_DOOR, 5, 0, 0},   {TP_ROLE_TAMPER, 5, 0, 0},
    };
    struct tp_config config = {0};

    for (unsigned input = 0; input < INPUTS; input++) {
        inputs[input].raw = host->counters[input];
    }
    config.port.context = host;
    config.port.now_ms = now_ms;
    config.port.write = write_line;
    config.port.read_inputs = read_inputs;
    config.port.set_output = set_output;
    config.port.keep_counter = host->memory == NULL ? NULL : keep_counter;
    config.unit = unit;
    config.boot = host->boot;
    config.firmware = "host-1.0.0";
    config.inputs = inputs;
    config.input_count = INPUTS;
    config.output_count = OUTPUTS;
    tp_bridge_init(&host->bridge, &config);
}

static void obey(struct host *host, char *line)
{
    unsigned input;
    unsigned value = 1;

    line[strcspn(line, "\r\n")] = '\0';
    if (strncmp(line, "gnss ", 5) == 0) {
        tp_bridge_gnss(&host->bridge, (const uint8_t *)line + 5, strlen(line + 5));
        tp_bridge_gnss(&host->bridge, (const uint8_t *)"\r\n", 2);
    } else if (sscanf(line, "pulse %u %u", &input, &value) >= 1 && input < INPUTS) {
        host->edges[input] += 2 * value;
    } else if (sscanf(line, "contact %u %u", &input, &value) == 2 && input < INPUTS) {
        host->levels = value != 0 ? host->levels | 1u << input : host->levels & ~(1u << input);
    } else {
        fprintf(stderr, "bridge-host: not understood: %s\n", line);
    }
}

static void take_control(struct host *host)
{
    static char line[1024];
    static size_t used;
    char byte;

    while (host->control >= 0) {
        ssize_t count = read(host->control, &byte, 1);
        if (count == 0) {
            exit(0);
        }
        if (count < 0) {
            return;
        }
        if (used < sizeof line - 1) {
            line[used++] = byte;
        }
        if (byte == '\n') {
            line[used] = '\0';
            used = 0;
            obey(host, line);
        }
    }
}

static void take_line(struct host *host)
{
    uint8_t bytes[512];
    ssize_t count = read(host->line_in, bytes, sizeof bytes);

    if (count > 0) {
        tp_bridge_receive(&host->bridge, bytes, (size_t)count);
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        stop(1, "the line is gone", "start the bridge again when the device is back");
    }
}

static void move_contacts(struct host *host)
{
    uint32_t now = now_ms(NULL);

    for (unsigned input = 0; input < INPUTS; input++) {
        if (host->edges[input] > 0 && now - host->edge_ms[input] >= HALF_PULSE_MS) {
            host->levels ^= 1u << input;
            host->edges[input]--;
            host->edge_ms[input] = now;
        }
    }
}

static void run(struct host *host)
{
    struct pollfd watched[2] = {{0}};

    watched[0].fd = host->line_in;
    watched[0].events = POLLIN;
    watched[1].fd = host->control;
    watched[1].events = POLLIN;
    for (;;) {
        if (poll(watched, 2, 2) > 0) {
            if (watched[0].revents != 0) {
                take_line(host);
            }
            take_control(host);
        }
        /* Looked at before and after: however late this loop comes, no edge goes unseen. */
        tp_bridge_poll(&host->bridge);
        move_contacts(host);
        tp_bridge_poll(&host->bridge);
    }
}

static void open_line(struct host *host, const char *path)
{
    struct termios raw;

    if (strcmp(path, "-") == 0) {
        host->line_in = STDIN_FILENO;
        host->line_out = STDOUT_FILENO;
        host->control = -1;
        host->say = stderr;
    } else {
        host->line_in = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
        if (host->line_in < 0 || tcgetattr(host->line_in, &raw) != 0) {
            stop(1, "the line can't be opened", "name a serial device or a pseudo-terminal");
        }
        cfmakeraw(&raw);
        cfsetspeed(&raw, B115200);
        tcsetattr(host->line_in, TCSANOW, &raw);
        host->line_out = host->line_in;
        host->control = STDIN_FILENO;
        host->say = stdout;
    }
    fcntl(host->line_in, F_SETFL, fcntl(host->line_in, F_GETFL) | O_NONBLOCK);
    fcntl(host->line_out, F_SETFL, fcntl(host->line_out, F_GETFL) | O_NONBLOCK);
    if (host->control >= 0) {
        fcntl(host->control, F_SETFL, fcntl(host->control, F_GETFL) | O_NONBLOCK);
    }
}

/* A simulator's terminals, if inherited, would stay open here after it has unplugged them. */
static void close_inherited(void)
{
    for (int descriptor = 3; descriptor < 1024; descriptor++) {
        close(descriptor);
    }
}

int main(int count, char **arguments)
{
    static struct host host;
    const char *line = NULL;
    unsigned long unit = 1;

    close_inherited();

    for (int at = 1; at < count; at += 2) {
        const char *name = arguments[at];
        const char *value = at + 1 < count ? arguments[at + 1] : NULL;
        if (strcmp(name, "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (value != NULL && strcmp(name, "--line") == 0) {
            line = value;
        } else if (value != NULL && strcmp(name, "--memory") == 0) {
            host.memory = value;
        } else if (value != NULL && strcmp(name, "--unit") == 0) {
            unit = strtoul(value, NULL, 10);
        } else {
            stop(2, "wrong usage", "bridge-host --help");
        }
    }
    if (line == NULL) {
        stop(2, "no line is named", "bridge-host --help");
    }
    remember(&host);
    open_line(&host, line);
    begin(&host, (uint32_t)unit);
    run(&host);
    return 0;
}
