/*
 * Phrases: a small grammar language that turns templates into utterances while it keeps track of
 * which piece of the text is which argument. Word lists and frames of the offline teacher are
 * written in it.
 *
 *   (a|b|c)     one of them, each as likely as the others
 *   [text]      sometimes; with a slot inside: exactly when that argument is wanted
 *   <name>      an entry of the word list of that name, itself a template
 *   {role:form} an argument: the callback writes it (its text becomes a segment of its own)
 *   lead~value  in word lists: "the ~airport" says "the airport", and the value is "airport"
 *   a*          the article: "a" or "an" by the word that follows
 *
 * Word lists deal their entries like a deck of cards: all are used before one comes again.
 * Everything lives in the arena. One thread. The same calls with the same seed give the same bytes.
 */
#ifndef HONE_DATAGEN_PHRASE_H
#define HONE_DATAGEN_PHRASE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/error.h"
#include "common/rng.h"

typedef struct hone_words { /* a word list: entries separated by '|' */
    const char *name, *entries;
} hone_words;

typedef struct hone_seg {
    const char *text;
    size_t len;
    int slot; /* argument that this text gives; -1 = frame words, -2 = the words of a computed value
               */
} hone_seg;

typedef struct hone_phrase {
    hone_seg *segs;
    size_t count, cap;
} hone_phrase;

typedef struct hone_lexicon hone_lexicon; /* all word lists, with their decks */

typedef struct hone_teller hone_teller;
struct hone_teller {
    hone_lexicon *words;
    hone_rng *rng;
    hone_arena *a;
    hone_phrase *out;
    void *user;
    /* Is this argument wanted in the row? Unknown roles: false. */
    bool (*wanted)(void *user, const char *role, size_t len);
    /* Writes the argument with hone_phrase_add; false: it cannot be said (the phrase is dropped).
     */
    bool (*say)(hone_teller *t, const char *role, size_t len, const char *form, size_t form_len);
    int depth;
    bool failed;
};

/* tables: arrays of word lists that end with a NULL name. A list that appears twice is an error. */
int hone_lexicon_new(hone_lexicon **ret, hone_arena *a, const hone_words *const *tables,
                     size_t table_count, uint64_t seed, hone_err *err);
bool hone_lexicon_has(const hone_lexicon *x, const char *name, size_t len);
size_t hone_lexicon_size(const hone_lexicon *x, const char *name); /* entries; 0 = no such list */
/* The next card of the list's deck, or NULL if there is no such list. */
const char *hone_lexicon_deal(hone_lexicon *x, const char *name, size_t len, size_t *ret_len);
/* Calls each for every name that a template of the lists refers to and no list has. */
void hone_lexicon_check(const hone_lexicon *x,
                        void (*each)(void *user, const char *list, const char *missing),
                        void *user);

/* Expands a template into t->out; false when it cannot be said (unknown list, refused slot). */
bool hone_tell(hone_teller *t, const char *text, size_t len);
/* The same into plain text of its own ("" when it fails). lead, if not NULL, gets what stands
 * before
 * '~' of the outermost text. */
const char *hone_tell_text(hone_teller *t, const char *text, size_t len, const char **lead);

bool hone_phrase_add(hone_arena *a, hone_phrase *p, const char *text, size_t len, int slot);
/* Spaces that meet become one, none is left at the ends, and "a*" becomes "a" or "an". */
bool hone_phrase_tidy(hone_arena *a, hone_phrase *p);
const char *hone_phrase_text(hone_arena *a, const hone_phrase *p);
size_t hone_pick(hone_rng *rng, size_t n); /* 0 .. n-1 */
bool hone_chance(hone_rng *rng, int percent);

#endif
