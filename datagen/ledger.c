/* The ledger of a remote run (datagen/ledger.h). */
#include "datagen/ledger.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"

enum { WISHES_MAX = 1 << 24 };

static hone_known *find(hone_known *table, size_t room, const char *key)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *c = key; *c; c++) h = (h ^ (unsigned char)*c) * 0x100000001b3u;
    size_t at = (h ^ h >> 29) & (room - 1);
    while (table[at].key[0] && strcmp(table[at].key, key) != 0) at = (at + 1) & (room - 1);
    return &table[at];
}

hone_known *hone_ledger_find(hone_ledger *l, const char *key)
{
    if (4 * (l->count + 1) > 3 * l->room) {
        size_t room = l->room ? l->room * 2 : 256;
        hone_known *grown = hone_calloc(room, sizeof *grown);
        if (!grown) return NULL;
        for (size_t i = 0; i < l->room; i++)
            if (l->table[i].key[0]) *find(grown, room, l->table[i].key) = l->table[i];
        hone_free(l->table);
        l->table = grown;
        l->room = room;
    }
    hone_known *k = find(l->table, l->room, key);
    if (!k->key[0]) {
        (void)snprintf(k->key, sizeof k->key, "%s", key);
        l->count++;
    }
    return k;
}

const int64_t *hone_ledger_wish_of(const hone_ledger *l, int64_t number)
{
    return number < l->wish_count && l->wishes[number].known ? l->wishes[number].fields : NULL;
}

static int keep_wish(hone_ledger *l, const hone_json *record, hone_err *err)
{
    int64_t number = -1;
    int64_t fields[HONE_WISH_FIELDS];
    const hone_json *wish = hone_json_get(record, "wish");
    hone_json_i64(hone_json_get(record, "n"), &number);
    if (!wish || number < 0 || number >= WISHES_MAX) return 0;
    for (int i = 0; i < HONE_WISH_FIELDS; i++)
        if (!hone_json_i64(hone_json_at(wish, (size_t)i), &fields[i])) return 0;
    if (number >= l->wish_count) {
        int64_t count = number < 64 ? 128 : 2 * number;
        hone_ledger_wish *grown = hone_arena_alloc(l->a, (size_t)count * sizeof *grown);
        if (!grown) return hone_err_memory(err, "journal", (size_t)count);
        if (l->wish_count) memcpy(grown, l->wishes, (size_t)l->wish_count * sizeof *grown);
        l->wishes = grown;
        l->wish_count = count;
    }
    l->wishes[number].known = true;
    memcpy(l->wishes[number].fields, fields, sizeof fields);
    return 0;
}

static int on_answer(hone_ledger *l, hone_known *k, const hone_json *record, int64_t cost,
                     hone_err *err)
{
    int64_t worst = 0;
    hone_json_i64(hone_json_get(record, "worst"), &worst);
    k->pending -= worst < k->pending ? worst : k->pending;
    l->budget.spent += cost;
    const hone_json *body = hone_json_get(record, "body");
    if (!hone_json_str_eq(hone_json_get(record, "t"), "reply") ||
        !hone_json_is(body, HONE_JSON_STRING))
        return 0;
    k->reply = hone_arena_strndup(l->a, body->text, body->len);
    k->reply_len = body->len;
    return k->reply ? 0 : hone_err_memory(err, "journal", body->len);
}

static int on_record(void *user, const hone_json *record, hone_err *err)
{
    hone_ledger *l = user;
    const hone_json *kind = hone_json_get(record, "t");
    const hone_json *key = hone_json_get(record, "key");
    int64_t cost = 0;
    hone_json_i64(hone_json_get(record, "cost"), &cost);
    if (hone_json_str_eq(kind, "format")) {
        bool known = cost >= 0 && cost <= HONE_FORMAT_NONE;
        l->format = known ? (hone_format)cost : HONE_FORMAT_NONE;
        return 0;
    }
    if (!hone_json_is(key, HONE_JSON_STRING) || key->len != 64) return 0;
    hone_known *k = hone_ledger_find(l, key->text);
    if (!k) return hone_err_memory(err, "journal", 1);
    if (!hone_json_str_eq(kind, "sent")) return on_answer(l, k, record, cost, err);
    k->pending += cost;
    return keep_wish(l, record, err);
}

int hone_ledger_open(hone_ledger *l, hone_arena *a, const char *path, hone_err *err)
{
    l->a = a;
    hone_buf_init(&l->line, HONE_BUF_TEXT_MAX);
    HONE_TRY(hone_journal_open(&l->journal, path, on_record, l, err));
    for (size_t i = 0; i < l->room; i++) {
        l->budget.spent += l->table[i].pending; /* it may have been billed */
        l->unknown += l->table[i].pending > 0;
    }
    return 0;
}

void hone_ledger_close(hone_ledger *l)
{
    hone_journal_close(l->journal);
    l->journal = NULL;
    hone_buf_done(&l->line);
    hone_free(l->table);
    l->table = NULL;
    l->count = l->room = 0;
}

static void write_wish(hone_buf *b, const hone_entry *e)
{
    int64_t fields[HONE_WISH_FIELDS];
    hone_wish_write(e->wish, fields);
    hone_buf_str(b, ",\"n\":");
    hone_buf_i64(b, e->number);
    for (int i = 0; i < HONE_WISH_FIELDS; i++) {
        hone_buf_str(b, i ? "," : ",\"wish\":[");
        hone_buf_i64(b, fields[i]);
    }
    hone_buf_char(b, ']');
}

/* Kinds are our words, keys hexadecimal: only a body needs escapes. */
int hone_ledger_write(hone_ledger *l, const hone_entry *e, hone_err *err)
{
    hone_buf *b = &l->line;
    hone_buf_clear(b);
    hone_buf_str(b, "{\"t\":\"");
    hone_buf_str(b, e->kind);
    hone_buf_str(b, "\",\"key\":\"");
    hone_buf_str(b, e->key);
    hone_buf_str(b, "\",\"cost\":");
    hone_buf_i64(b, e->cost);
    hone_buf_str(b, ",\"worst\":");
    hone_buf_i64(b, e->worst);
    if (e->wish) write_wish(b, e);
    if (e->body) {
        hone_buf_str(b, ",\"body\":");
        hone_json_write_str(b, e->body, e->body_len);
    }
    hone_buf_char(b, '}');
    if (!hone_buf_ok(b)) return hone_err_memory(err, "journal", e->body_len);
    return hone_journal_append_text(l->journal, b->data, b->len, err);
}

int hone_ledger_sync(hone_ledger *l, hone_err *err)
{
    return hone_journal_sync(l->journal, err);
}
