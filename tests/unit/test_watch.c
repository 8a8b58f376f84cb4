/* Sockets that are due (common/watch.h): idle ones are silent, new ones with an old number are
 * new. */
#include <sys/socket.h>
#include <unistd.h>

#include "common/watch.h"
#include "tests/support.h"

static hone_watch *watch;
static hone_err err;
static int ends[2];

static void setup(void)
{
    hone_err_clear(&err);
    ck_assert_int_eq(hone_watch_new(&watch, &err), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static void teardown(void)
{
    hone_watch_free(watch);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* What is due of ends[0], 0 if it is not. */
static int due(int milliseconds)
{
    hone_watch_due d[4];
    int n = hone_watch_wait(watch, d, 4, milliseconds, &err);
    ck_assert_int_ge(n, 0);
    ck_assert_int_le(n, 1);
    if (n == 0) return 0;
    ck_assert_int_eq(d[0].fd, ends[0]);
    ck_assert_int_eq(d[0].tag, 7);
    return d[0].what;
}

static void put(void)
{
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
}

START_TEST(an_idle_socket_is_silent)
{
    if (_i == 1) ck_assert(hone_watch_keep(watch, ends[0]));
    ck_assert(hone_watch_set(watch, ends[0], 7, HONE_WATCH_IN));
    ck_assert_int_eq(due(0), 0);
    ck_assert(hone_watch_set(watch, ends[0], 7, HONE_WATCH_IN | HONE_WATCH_OUT));
    ck_assert_int_eq(due(1000), HONE_WATCH_OUT);
    put();
    ck_assert_int_eq(due(1000), HONE_WATCH_IN | HONE_WATCH_OUT);
    ck_assert(hone_watch_set(watch, ends[0], 7, 0));
    ck_assert_int_eq(due(0), 0);
    ck_assert_int_eq(due(0), 0);
    ck_assert(hone_watch_set(watch, ends[0], 7, HONE_WATCH_IN)); /* the byte still waits */
    ck_assert_int_eq(due(1000), HONE_WATCH_IN);
    ck_assert(hone_watch_set(watch, ends[0], 7, 0));
    ck_assert(hone_watch_set(watch, ends[0], 7, HONE_WATCH_IN)); /* without a look between */
    ck_assert_int_eq(due(1000), HONE_WATCH_IN);
}
END_TEST

/* The number of a closed socket comes back at once: what was known of it must be gone. */
START_TEST(a_new_socket_with_an_old_number_is_new)
{
    int number = ends[0];
    ck_assert(hone_watch_keep(watch, number));
    ck_assert(hone_watch_set(watch, number, 7, HONE_WATCH_IN));
    ck_assert(hone_watch_set(watch, number, 7, 0));
    if (_i == 0) hone_watch_closed(watch, number);
    (void)close(ends[0]);
    (void)close(ends[1]);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(ends[0], number);
    if (_i == 1) ck_assert(hone_watch_keep(watch, number));
    put();
    ck_assert(hone_watch_set(watch, number, 7, HONE_WATCH_IN));
    ck_assert_int_eq(due(1000), HONE_WATCH_IN);
}
END_TEST

START_TEST(a_hang_up_is_something_to_read)
{
    ck_assert(hone_watch_set(watch, ends[0], 7, HONE_WATCH_IN));
    (void)shutdown(ends[1], SHUT_RDWR);
    ck_assert_int_eq(due(1000) & HONE_WATCH_IN, HONE_WATCH_IN);
    ck_assert(!hone_watch_set(watch, -1, 7, HONE_WATCH_IN));
    ck_assert(!hone_watch_keep(watch, -1));
}
END_TEST

int main(void)
{
    TCase *t = support_case("watch");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, an_idle_socket_is_silent, 0, 2);
    tcase_add_loop_test(t, a_new_socket_with_an_old_number_is_new, 0, 2);
    tcase_add_test(t, a_hang_up_is_something_to_read);
    return support_run(t);
}
