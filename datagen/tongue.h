/*
 * The languages that the offline teacher speaks and the judge hears numbers in: word lists of their
 * own, ways to say times, lengths of time and numbers, and the few words that the code puts between
 * them. Adding one: a table here, a file of word lists, a file like datagen/german.c.
 */
#ifndef HONE_DATAGEN_TONGUE_H
#define HONE_DATAGEN_TONGUE_H

#include "common/buf.h"
#include "datagen/phrase.h"

typedef struct hone_unit_word {
    const char *word;
    int seconds;
} hone_unit_word;

typedef struct hone_tongue {
    const char *name; /* as hone_language_name says it: "German" */
    const hone_words *const *tables;
    size_t table_count;
    bool english; /* frames from schemas and seeds, restarts and their rules are English */
    /* As in datagen/clock.h, with the numbers of forms. */
    void (*number)(hone_buf *out, int n, bool other);
    bool (*clock)(hone_buf *out, int hour, int minute, int core, int part);
    bool (*span)(hone_buf *out, int seconds, int form, bool adjective);
    int clock_cores, clock_parts, span_forms;
    /* The number in words at s, up to 999,999; bytes read, 0 if there is none. */
    size_t (*read_words)(const char *s, double *ret);
    char decimal;               /* between a number and its fraction */
    const char *half;           /* "half": 0.5 */
    const char *and_half;       /* " and a half" behind a number, or NULL */
    const hone_unit_word *units; /* ends with NULL */
    /* Words that put a time into its half of the day; end with NULL. */
    const char *const *late, *const *early;
    const char *and, *at, *with, *without; /* with the spaces that they need */
    const char *const *joins;     /* six, between a context and a request */
    const char *const *questions; /* how a question begins; ends with NULL */
    const char *const *months;
} hone_tongue;

extern const hone_tongue hone_tongue_english, hone_tongue_german;
/* "de" or "German"; NULL: none that is known. */
const hone_tongue *hone_tongue_find(const char *language);
/* "en (English), de (German)": all that are known. */
void hone_tongue_list(hone_buf *out);

/* German (datagen/german.c). */
enum { HONE_GERMAN_CORES = 15, HONE_GERMAN_PARTS = 8, HONE_GERMAN_SPANS = 8 };
void hone_german_number(hone_buf *out, int n, bool other);
bool hone_german_clock(hone_buf *out, int hour, int minute, int core, int part);
bool hone_german_span(hone_buf *out, int seconds, int form, bool adjective);
size_t hone_german_read(const char *s, double *ret);

#endif
