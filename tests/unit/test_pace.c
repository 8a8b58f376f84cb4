/* How fast to ask: buckets, the shared wait, the breaker - on a clock that the test turns. */
#include "datagen/pace.h"
#include "tests/support.h"

/* Sends whatever may go for so many seconds, answered at once; returns how many went out. */
static int run_for(hone_pace *p, double from, double seconds, double tokens)
{
    int sent = 0;
    for (double t = from; t < from + seconds; t += 0.01)
        while (hone_pace_may(p, 0, tokens, t)) {
            hone_pace_sent(p, tokens, t);
            sent++;
        }
    return sent;
}

START_TEST(buckets)
{
    hone_pace p;
    hone_pace_start(&p, 100, 60, 0, 0, 0, 1000);
    int sent = run_for(&p, 1000, 120, 10);
    ck_assert_int_ge(sent, 120);
    ck_assert_int_le(sent, 120 + 6); /* what the bucket held */
    hone_pace_start(&p, 100, 0, 6000, 0, 0, 1000);
    sent = run_for(&p, 1000, 120, 500);
    ck_assert_int_ge(sent, 23);
    ck_assert_int_le(sent, 25);
    hone_pace_start(&p, 100, 0, 600, 0, 0, 1000); /* dearer than the bucket: now and then */
    sent = run_for(&p, 1000, 600, 1000);
    ck_assert_int_ge(sent, 5);
    ck_assert_int_le(sent, 7);
    hone_pace_used(&p, 1000, 10); /* it was cheaper than thought */
    ck_assert(hone_pace_may(&p, 0, 50, 1600));
}
END_TEST

START_TEST(grows_and_shrinks)
{
    hone_pace p;
    hone_pace_start(&p, 64, 0, 0, 0, 0, 10);
    ck_assert(hone_pace_may(&p, 3, 1, 10) && !hone_pace_may(&p, 4, 1, 10));
    for (int i = 0; i < 200; i++)
        hone_pace_good(&p);
    ck_assert(hone_pace_may(&p, 63, 1, 10) && !hone_pace_may(&p, 64, 1, 10));
    for (int i = 0; i < 40; i++)
        hone_pace_slower(&p, 11, 2, 12); /* one storm is one cut */
    ck_assert_double_eq(p.in_flight, 48);
    ck_assert(!hone_pace_may(&p, 0, 1, 13.9) && hone_pace_may(&p, 0, 1, 14.1));
    hone_pace_slower(&p, 13, 0, 20);
    ck_assert_double_eq(p.in_flight, 36);
    for (int i = 0; i < 30; i++)
        hone_pace_slower(&p, 30 + i, 0, 30.5 + i);
    ck_assert(hone_pace_may(&p, 0, 1, 100) && !hone_pace_may(&p, 1, 1, 100));
}
END_TEST

START_TEST(breaker)
{
    hone_pace p;
    hone_pace_start(&p, 8, 0, 0, 180, 60, 0);
    ck_assert(!hone_pace_bad(&p, 1) && !hone_pace_bad(&p, 100));
    hone_pace_good(&p); /* one answer in between: it begins anew */
    ck_assert(!hone_pace_bad(&p, 150) && !hone_pace_bad(&p, 329));
    ck_assert(hone_pace_bad(&p, 331));
    ck_assert(!hone_pace_may(&p, 0, 1, 380) && hone_pace_may(&p, 0, 1, 392));
    ck_assert(!hone_pace_may(&p, 1, 1, 392)); /* one probe */
    ck_assert(hone_pace_bad(&p, 393) && !hone_pace_may(&p, 0, 1, 440));
    ck_assert_double_eq(hone_pace_failing(&p, 450), 300);
    hone_pace_good(&p);
    ck_assert(hone_pace_may(&p, 1, 1, 460) && hone_pace_failing(&p, 460) == 0);
}
END_TEST

int main(void)
{
    TCase *t = support_case("pace");
    tcase_add_test(t, buckets);
    tcase_add_test(t, grows_and_shrinks);
    tcase_add_test(t, breaker);
    return support_run(t);
}
