/*
 * The judge: is a row fit to be trained on? Each refusal has a stable reason code, and is counted.
 * Checks: calls parse back from the text that the model will be taught, schema, words that must
 * stand in the utterance, numbers grounded in it, hostile text, length, duplicates, excluded rows.
 */
#ifndef HONE_DATAGEN_JUDGE_H
#define HONE_DATAGEN_JUDGE_H

#include "datagen/infer.h"
#include "datagen/tongue.h"
#include "model/row.h"

#define HONE_VERDICTS(X)                                                                           \
    X(OK, "ok")                                                                                    \
    X(NO_USER, "no_user_text")                                                                     \
    X(CONTROL, "control_token")                                                                    \
    X(HOSTILE, "hostile_text")                                                                     \
    X(ENCODING, "not_utf8")                                                                        \
    X(TOO_LONG, "too_long")                                                                        \
    X(SCHEMA, "schema")                                                                            \
    X(ROUND_TRIP, "round_trip")                                                                    \
    X(NOT_GROUNDED, "not_in_utterance")                                                            \
    X(NUMBER, "number_not_in_utterance")                                                           \
    X(EMPTY_VALUE, "empty_value")                                                                  \
    X(CUT_VALUE, "device_cuts_value")                                                              \
    X(DUPLICATE, "duplicate")                                                                      \
    X(NEAR_DUPLICATE, "near_duplicate")                                                            \
    X(EXCLUDED, "excluded")                                                                        \
    X(NEAR_EXCLUDED, "near_excluded")                                                              \
    X(EMPTY_ANSWER, "empty_answer")                                                                \
    X(SHAPE, "row_shape")

typedef enum hone_verdict {
#define X(name, word) HONE_VERDICT_##name,
    HONE_VERDICTS(X)
#undef X
        HONE_VERDICTS_COUNT
} hone_verdict;

typedef struct hone_judge hone_judge;

/* functions: as inferred from tools, in their order. */
int hone_judge_new(hone_judge **ret, hone_arena *a, const hone_json *tools,
                   const hone_function *functions, int count, hone_err *err);
void hone_judge_free(hone_judge *j); /* accepts NULL */
/* Numbers, times and lengths of time must be said by the utterance, too, in this language: for
 * teachers that did not make the words from the values. NULL: they need not. */
void hone_judge_check_numbers(hone_judge *j, const hone_tongue *language);
/* Rows whose user text equals one of these (case, punctuation and spaces apart), or nearly, are
 * refused. Only hashes are kept. */
int hone_judge_exclude(hone_judge *j, const char *path, hone_err *err);
int hone_judge_exclude_text(hone_judge *j, const char *text, hone_err *err);
/* The same without repeats and evaluation rows: what depends on the row alone. */
hone_verdict hone_judge_look(const hone_judge *j, const char *user, const hone_calls *calls,
                             const char *answer, char *why);
/* Judges one row: user text and calls (none: answer is the text). Accepted ones are remembered for
 * the duplicate check. why (may be NULL, 256 bytes) gets a phrase. */
hone_verdict hone_judge_row(hone_judge *j, const char *user, const hone_calls *calls,
                            const char *answer, char *why);
const char *hone_verdict_word(hone_verdict v);

#endif
