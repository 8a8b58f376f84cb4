/*
 * What a remote run knows from its journal: finished requests with their replies, what was spent,
 * what was sent and never answered, and what each request number asked for. Kinds of records:
 * "sent" (worst cost, wish), "reply" (raw body, cost), "free" (certainly not billed), "unknown"
 * (broken after sending: the worst cost is spent), "format" (the server wanted a simpler response
 * format).
 */
#ifndef HONE_DATAGEN_LEDGER_H
#define HONE_DATAGEN_LEDGER_H

#include "common/journal.h"
#include "datagen/budget.h"
#include "datagen/wish.h"

typedef struct hone_known { /* what the journal knows of a key */
    char key[65];
    const char *reply; /* raw body of a finished request, or NULL */
    size_t reply_len;
    int64_t pending; /* worst cost of what was sent and never answered */
} hone_known;

typedef struct hone_ledger_wish {
    bool known;
    int64_t fields[HONE_WISH_FIELDS];
} hone_ledger_wish;

typedef struct hone_ledger {
    hone_arena *a;
    hone_journal *journal;
    hone_budget budget;
    hone_buf line; /* of the record that is written */
    hone_known *table;
    size_t count, room;
    hone_ledger_wish *wishes; /* by request number */
    int64_t wish_count;
    hone_format format;
    int64_t unknown; /* requests of earlier runs that were never answered */
} hone_ledger;

typedef struct hone_entry { /* one record */
    const char *kind, *key;
    int64_t cost, worst;
    const char *body; /* NULL: none */
    size_t body_len;
    int64_t number;        /* of the request */
    const hone_wish *wish; /* NULL: none */
} hone_entry;

/* Reads the journal of that path, creates it if there is none; what was never answered is spent. */
int hone_ledger_open(hone_ledger *l, hone_arena *a, const char *path, hone_err *err);
void hone_ledger_close(hone_ledger *l);
/* The key's place in the table, new if it was unknown; NULL when out of memory. Valid until the
 * next call. */
hone_known *hone_ledger_find(hone_ledger *l, const char *key);
/* What request `number` asked for in an earlier run, or NULL. */
const int64_t *hone_ledger_wish_of(const hone_ledger *l, int64_t number);
/* Not durable yet: a record that must be is followed by hone_ledger_sync. Only "free" and "format"
 * need not be: without them more counts as spent, never less. */
int hone_ledger_write(hone_ledger *l, const hone_entry *e, hone_err *err);
int hone_ledger_sync(hone_ledger *l, hone_err *err);

#endif
