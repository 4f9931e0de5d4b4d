/*
 * A disk as slow as an SD card: preloaded, it lets every sync take 20 ms and does nothing else. What
 * is lost when the power fails is not measured with it.
 */
#include <time.h>

static int wait_for_the_card(void)
{
    const struct timespec sync = {0, 20 * 1000 * 1000};
    nanosleep(&sync, NULL);
    return 0;
}

int fsync(int descriptor)
{
    (void)descriptor;
    return wait_for_the_card();
}

int fdatasync(int descriptor)
{
    (void)descriptor;
    return wait_for_the_card();
}
