/* How fast to ask (datagen/pace.h). */
#include "datagen/pace.h"

enum { START = 4, BURST_SECONDS = 6 }; /* a bucket holds what six seconds bring */

static double room_of(double per_minute)
{
    double room = per_minute * BURST_SECONDS / 60;
    return room < 1 ? 1 : room;
}

void hone_pace_start(hone_pace *p, int max, double per_minute, double tokens_per_minute,
                     double quiet, double probe, double now)
{
    *p = (hone_pace){ .per_minute = per_minute,
                      .tokens_per_minute = tokens_per_minute,
                      .max = max,
                      .quiet = quiet > 0 ? quiet : 180,
                      .probe = probe > 0 ? probe : 60,
                      .requests = room_of(per_minute),
                      .tokens = room_of(tokens_per_minute),
                      .filled_at = now,
                      .in_flight = max < START ? max : START,
                      .last_cut = now };
}

static void fill(hone_pace *p, double now)
{
    double minutes = (now - p->filled_at) / 60;
    if (!(minutes > 0)) return;
    p->filled_at = now;
    p->requests += minutes * p->per_minute;
    p->tokens += minutes * p->tokens_per_minute;
    if (p->requests > room_of(p->per_minute)) p->requests = room_of(p->per_minute);
    if (p->tokens > room_of(p->tokens_per_minute)) p->tokens = room_of(p->tokens_per_minute);
}

bool hone_pace_may(hone_pace *p, int in_flight, double tokens, double now)
{
    fill(p, now);
    if (now < p->hold_until) return false;
    if (p->open) return in_flight == 0;
    if (in_flight >= (int)p->in_flight) return false;
    if (p->per_minute > 0 && p->requests < 1) return false;
    /* A request dearer than the bucket goes out when the bucket is full, and puts it into debt. */
    double room = room_of(p->tokens_per_minute);
    return !(p->tokens_per_minute > 0) || p->tokens >= (tokens < room ? tokens : room);
}

void hone_pace_sent(hone_pace *p, double tokens, double now)
{
    fill(p, now);
    p->requests -= 1;
    p->tokens -= tokens;
}

void hone_pace_used(hone_pace *p, double estimated, double used)
{
    p->tokens += estimated - used;
}

void hone_pace_good(hone_pace *p)
{
    p->failing = p->open = false;
    if (p->in_flight < p->max) p->in_flight += 1;
    if (p->in_flight > p->max) p->in_flight = p->max;
}

void hone_pace_slower(hone_pace *p, double sent_at, double wait, double now)
{
    if (p->hold_until < now + wait) p->hold_until = now + wait;
    if (sent_at < p->last_cut) return; /* went out before the last cut: it says nothing new */
    p->last_cut = now;
    p->in_flight = p->in_flight * 0.75 < 1 ? 1 : p->in_flight * 0.75;
}

bool hone_pace_bad(hone_pace *p, double now)
{
    if (!p->failing) p->failing_since = now;
    p->failing = true;
    if (!p->open && now - p->failing_since < p->quiet) return false;
    p->open = true;
    p->in_flight = 1;
    if (p->hold_until < now + p->probe) p->hold_until = now + p->probe;
    return true;
}

double hone_pace_failing(const hone_pace *p, double now)
{
    return p->failing ? now - p->failing_since : 0;
}
