/* Log lines and progress as a file sees them, and requests to stop. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/stop.h"
#include "tests/support.h"

static FILE *caught;

/* From here on stderr is a file. */
static void setup(void)
{
    caught = tmpfile();
    ck_assert_ptr_nonnull(caught);
    ck_assert_int_ge(dup2(fileno(caught), STDERR_FILENO), 0);
}

static void teardown(void)
{
    (void)fclose(caught);
}

static void expect(const char *want)
{
    static char got[1 << 16];
    rewind(caught);
    size_t n = fread(got, 1, sizeof(got) - 1, caught);
    got[n] = '\0';
    ck_assert_str_eq(got, want);
}

START_TEST(test_levels)
{
    hone_log("one %d", 1);
    hone_log_more("hidden");
    hone_log_set_level(HONE_LOG_VERBOSE);
    hone_log_more("two");
    hone_log_set_level(HONE_LOG_QUIET);
    ck_assert_int_eq(hone_log_get_level(), HONE_LOG_QUIET);
    hone_log("hidden");
    hone_warn("three");
    expect("one 1\ntwo\nwarning: three\n");
    ck_assert(!hone_log_color());
}
END_TEST

START_TEST(test_safe)
{
    hone_log("name %s\nnext line", "\x1B]0;x\a\xE2\x80\xAE");
    expect("name \\x1b]0;x\\x07\\u202e\nnext line\n");
}
END_TEST

/* No allocation, and a line of any length still fits its buffer after escaping. */
START_TEST(test_long_line)
{
    static char text[100000], want[4 * 4096];
    memset(text, '\x1B', sizeof(text) - 1);
    hone_mem_fail_after(1, true);
    hone_log("%s", text);
    want[0] = '\0';
    for (size_t i = 0; i < 4092; i++) memcpy(want + 4 * i, "\\x1b", 5);
    memcpy(want + 4 * 4092, "...\n", 5);
    expect(want);
}
END_TEST

START_TEST(test_short_step_is_silent)
{
    hone_progress p;
    hone_progress_start(&p, "reading", 10);
    for (int i = 0; i <= 10; i++) hone_progress_set(&p, i, "row %d", i);
    hone_progress_end(&p, NULL);
    expect("");
}
END_TEST

START_TEST(test_note_and_long_step)
{
    hone_progress p;
    hone_progress_start(&p, "reading", 10);
    hone_progress_set(&p, 10, NULL);
    hone_progress_end(&p, "%d rows", 10);
    hone_progress_start(&p, "training", 100);
    p.start -= 30; /* as if it had begun half a minute ago */
    p.last -= 30;
    hone_progress_set(&p, 25, "loss %.2f", 0.5);
    hone_progress_set(&p, 26, NULL); /* too soon */
    hone_progress_end(&p, NULL);
    expect("reading  10/10  10 rows  (0s)\n"
           "training  25/100  loss 0.50  ETA 1m30s\n"
           "training  26/100  (30s)\n");
}
END_TEST

START_TEST(test_process_facts)
{
    double a = hone_clock();
    ck_assert(hone_clock() >= a);
    ck_assert_int_gt(hone_peak_rss(), 1 << 20);
}
END_TEST

START_TEST(test_stop_signals)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    (void)signal(SIGHUP, SIG_DFL); /* nohup of the tests ignores it */
    hone_stop_install();
    ck_assert(!hone_stop_requested());
    ck_assert_int_eq(raise(SIGPIPE), 0);
    ck_assert(!hone_stop_requested());
    ck_assert_int_eq(raise(signals[_i]), 0);
    ck_assert(hone_stop_requested());
}
END_TEST

static int status_after(void (*act)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        act();
        _exit(7);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void interrupt_twice(void)
{
    hone_stop_install();
    (void)raise(SIGTERM);
    (void)raise(SIGINT);
    if (hone_stop_requested()) (void)raise(SIGINT);
}

static void hang_up_under_nohup(void)
{
    (void)signal(SIGHUP, SIG_IGN);
    hone_stop_install();
    (void)raise(SIGHUP);
    if (hone_stop_requested()) _exit(1);
}

START_TEST(test_stop_rules)
{
    ck_assert_int_eq(status_after(interrupt_twice), 130);
    ck_assert_int_eq(status_after(hang_up_under_nohup), 7);
    hone_stop_request();
    ck_assert(hone_stop_requested());
}
END_TEST

int main(void)
{
    TCase *t = support_case("log");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_levels);
    tcase_add_test(t, test_safe);
    tcase_add_test(t, test_long_line);
    tcase_add_test(t, test_short_step_is_silent);
    tcase_add_test(t, test_note_and_long_step);
    tcase_add_test(t, test_process_facts);
    tcase_add_loop_test(t, test_stop_signals, 0, 3);
    tcase_add_test(t, test_stop_rules);
    return support_run(t);
}
