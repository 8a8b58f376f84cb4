/*
 * Answers to evaluation rows and the prediction file: JSON lines, one a row, written as rows end.
 *
 *   {"id":"..","row_hash":"..","text":"raw text, control tokens kept","token_ids":[..],
 *    "stop":"stop_token|length|error","stop_id":50,"prompt_tokens":635,"gen_tokens":45,
 *    "margin_min":0.41,"logprob":-0.02}
 *
 * Reading needs id and text (or result, as other tools write) only. docs/evaluation.md.
 */
#ifndef HONE_EVAL_PREDICTIONS_H
#define HONE_EVAL_PREDICTIONS_H

#include "datasets/rows.h"
#include "eval/outcome.h"

typedef struct hone_answer {
    bool present;
    const char *text;
    size_t text_len;
    hone_stop stop;
    int32_t stop_id;            /* -1: none or unknown */
    const int32_t *ids;         /* NULL if unknown */
    int32_t num_ids;            /* gen_tokens; -1 unknown */
    int32_t prompt_tokens;      /* -1 unknown */
    double margin_min;          /* NaN: unknown */
    double logprob;             /* ln of the probability of the whole answer; NaN: unknown */
} hone_answer;

/* One line without its newline. */
void hone_prediction_write(hone_buf *out, const hone_row *row, const hone_answer *answer);

typedef struct hone_predictions_stats {
    size_t matched;
    size_t unknown;   /* predictions whose id no row has */
    size_t other_row; /* left out: the row_hash is another one */
    size_t no_hash;   /* paired by id alone */
    size_t twice;     /* left out: the id came before */
} hone_predictions_stats;

/* Reads path and pairs by id (and row_hash where given) with rows; answers[rows->count] is
 * filled, texts live in a. torn_end: a last line that is no JSON is left out, as after a kill. */
int hone_predictions_load(hone_answer *answers, hone_arena *a, const hone_rows *rows,
                          const char *path, bool torn_end, hone_predictions_stats *ret,
                          hone_err *err);
/* The same from lines in memory; name is what messages call them. */
int hone_predictions_parse(hone_answer *answers, hone_arena *a, const hone_rows *rows,
                           const char *name, const char *text, size_t len,
                           hone_predictions_stats *ret, hone_err *err);

#endif
