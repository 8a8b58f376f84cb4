/*
 * Errors: one table of codes, one caller-owned record.
 *
 * Library code never prints and never exits. A function that can fail returns 0 or a negative
 * hone_code and fills the caller's hone_err with what went wrong, where, and what to do. The lowest
 * level that knows the cause fills it; callers may only put context in front.
 */
#ifndef HONE_COMMON_ERROR_H
#define HONE_COMMON_ERROR_H

#include <stdint.h>

/* code, number (stable, never reused), exit status (docs/exit-status.md), word */
#define HONE_CODES(X)                                                                              \
    X(HONE_OK, 0, 0, "ok")                                                                         \
    X(HONE_GATE_FAILED, -10, 1, "gate failed")                                                     \
    X(HONE_INCONCLUSIVE, -11, 2, "inconclusive")                                                   \
    X(HONE_UNMEASURABLE, -12, 3, "could not measure")                                              \
    X(HONE_E_MODEL, -13, 3, "model unusable")                                                      \
    X(HONE_E_USAGE, -20, 64, "usage")                                                              \
    X(HONE_E_DATA, -30, 65, "bad input data")                                                      \
    X(HONE_E_REMOTE, -40, 69, "remote service unavailable")                                        \
    X(HONE_E_INTERNAL, -50, 70, "internal error")                                                  \
    X(HONE_E_MEMORY, -51, 70, "out of memory")                                                     \
    X(HONE_E_IO, -60, 74, "input/output error")                                                    \
    X(HONE_E_NOT_FOUND, -61, 74, "not found")                                                      \
    X(HONE_E_STOPPED, -70, 75, "stopped, can be resumed")                                          \
    X(HONE_E_REFUSED, -80, 77, "refused for safety")                                               \
    X(HONE_E_INTERRUPTED, -90, 130, "interrupted")

typedef enum hone_code {
#define X(name, number, status, word) name = number,
    HONE_CODES(X)
#undef X
} hone_code;

typedef struct hone_err {
    int code;          /* a hone_code; 0 while nothing failed */
    int64_t line;      /* 1-based line in source, 0 if unknown */
    int64_t offset;    /* byte offset in source, -1 if unknown */
    char source[512];  /* file or URL that holds the bad data, "" if none */
    char message[768]; /* what is wrong: tensor, key, rule, both sides of a mismatch */
    char hint[384];    /* what the user can do, "" if nothing sensible */
} hone_err;

/* Resets err to "nothing failed". Accepts NULL, as all functions here do. */
void hone_err_clear(hone_err *err);

/* Fills err (source, line and offset are kept if already set by hone_err_at) and returns code. */
int hone_fail(hone_err *err, hone_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Names the file (may be NULL to keep), line (0 unknown) and byte offset (-1 unknown). */
void hone_err_at(hone_err *err, const char *source, int64_t line, int64_t offset);

/* Sets the hint: the next step for the user. */
void hone_err_hint(hone_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of the message. Returns err->code so that it can end a function. */
int hone_err_context(hone_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "name" of a code and its exit status. Unknown numbers give "internal error" and 70. */
const char *hone_code_word(int code);
int hone_code_exit_status(int code);

/* One line for the user: "source:line: message (hint)", newline excluded; always terminated. */
void hone_err_format(const hone_err *err, char *buf, int size);

/* Forward a failure: every fallible call on one line. */
#define HONE_TRY(expr)                                                                             \
    do {                                                                                           \
        int hone_try_rc_ = (expr);                                                                 \
        if (hone_try_rc_ < 0) return hone_try_rc_;                                                 \
    } while (0)

/* The same inside a function with one exit label: sets rc and jumps forward to it. */
#define HONE_GOTO(rc, label, expr)                                                                 \
    do {                                                                                           \
        (rc) = (expr);                                                                             \
        if ((rc) < 0) goto label;                                                                  \
    } while (0)

#endif
