/*
 * Repeats among texts: exact ones (letters and digits, case folded, white space and punctuation
 * apart) and near ones (MinHash over runs of three words; Broder 1997). docs/data.md.
 */
#ifndef HONE_DATASETS_DEDUP_H
#define HONE_DATASETS_DEDUP_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

typedef enum hone_repeat { HONE_REPEAT_NONE, HONE_REPEAT_EXACT, HONE_REPEAT_NEAR } hone_repeat;

typedef struct hone_dedup_result {
    hone_repeat kind;
    size_t of;         /* index of the earlier text that it repeats */
    double similarity; /* estimated Jaccard similarity, 1 for exact */
} hone_dedup_result;

/* One result a text, in order. A text is a repeat of an earlier one only; keep: the first ones,
 * which are never repeats themselves (another file's texts, say, to find leaks). threshold: 0..1,
 * above 1 looks for exact repeats alone. */
int hone_dedup_find(hone_dedup_result *ret, const char *const *texts, size_t n, size_t keep,
                    double threshold, hone_err *err);
/* The same, one text after the other: a set that texts are looked up in and put into. */
typedef struct hone_near hone_near;
int hone_near_new(hone_near **ret, double threshold, hone_err *err);
void hone_near_free(hone_near *s); /* accepts NULL */
/* What text repeats of those in the set; ret->of counts texts in the order they were put in. */
void hone_near_find(hone_dedup_result *ret, const hone_near *s, const char *text);
int hone_near_add(hone_near *s, const char *text, hone_err *err);
/* Both with one signature: added if it repeats nothing. */
int hone_near_find_or_add(hone_dedup_result *ret, hone_near *s, const char *text, hone_err *err);

/* Hash of the letters and digits alone, case folded; never 0. */
uint64_t hone_dedup_hash(const char *text);

#endif
