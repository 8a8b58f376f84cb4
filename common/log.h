/*
 * What a person sees while the program works: log lines and one live progress line, all on stderr.
 * Terminal escapes, control characters and bidi marks in arguments are shown escaped.
 */
#ifndef HONE_COMMON_LOG_H
#define HONE_COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

typedef enum hone_log_level { HONE_LOG_QUIET, HONE_LOG_NORMAL, HONE_LOG_VERBOSE } hone_log_level;

void hone_log_set_level(hone_log_level level);
hone_log_level hone_log_get_level(void);
void hone_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));      /* normal */
void hone_log_more(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* verbose */
/* Always, with "warning: " in front. */
void hone_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool hone_log_color(void); /* stderr is a terminal and NO_COLOR is unset */

/* Progress of one step: "label  done/total  extra  ETA". On a terminal one line redrawn at most ten
 * times a second; otherwise a plain line at most every 10 s and at the end. Nothing is printed for
 * steps that end within 2 s unless there is a final note. fmt may be NULL. */
typedef struct hone_progress {
    const char *label;
    int64_t total, done;
    double start, last;
    bool drawn;
} hone_progress;
void hone_progress_start(hone_progress *p, const char *label, int64_t total);
void hone_progress_set(hone_progress *p, int64_t done, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void hone_progress_end(hone_progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

double hone_clock(void);      /* monotonic seconds */
double hone_cpu_seconds(void); /* of all threads of this process so far */
int64_t hone_peak_rss(void);  /* bytes, of this process so far */

#endif
