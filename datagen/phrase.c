/*
 * The grammar language of datagen/phrase.h: an expander by recursive descent over the template text
 * itself. Lists are cut into entries once; a deck is a shuffled order that is dealt to its end.
 */
#include "datagen/phrase.h"

#include <string.h>

#include "common/buf.h"
#include "common/mem.h"

enum { DEPTH_MAX = 24, TEXT_MAX = 1 << 16 };

typedef struct word_list {
    const char *name;
    const char **entries;
    uint32_t *lens, *order;
    size_t count, next;
    uint32_t round;
} word_list;

struct hone_lexicon {
    word_list *lists;
    size_t count;
    uint64_t seed;
};

size_t hone_pick(hone_rng *rng, size_t n)
{
    return n < 2 ? 0 : (size_t)hone_rng_next_below(rng, n);
}

bool hone_chance(hone_rng *rng, int percent)
{
    return (int)hone_rng_next_below(rng, 100) < percent;
}

/* End of the alternative that starts at s: the next '|' outside brackets, or the end. */
static size_t alternative_end(const char *s, size_t len, size_t at)
{
    int open = 0;
    for (; at < len; at++) {
        char c = s[at];
        if (c == '(' || c == '[' || c == '{' || c == '<') open++;
        if (c == ')' || c == ']' || c == '}' || c == '>') open--;
        if (c == '|' && open == 0) return at;
    }
    return len;
}

static size_t alternatives(const char *s, size_t len)
{
    size_t n = 0;
    size_t at = 0;
    do {
        at = alternative_end(s, len, at) + 1;
        n++;
    } while (at <= len);
    return n;
}

static int list_build(word_list *l, hone_arena *a, const hone_words *w, hone_err *err)
{
    size_t len = strlen(w->entries);
    size_t n = alternatives(w->entries, len);
    l->name = w->name;
    l->entries = hone_arena_alloc(a, n * sizeof *l->entries);
    l->lens = hone_arena_alloc(a, n * sizeof *l->lens);
    l->order = hone_arena_alloc(a, n * sizeof *l->order);
    if (!l->entries || !l->lens || !l->order) return hone_err_memory(err, "word list", n);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        size_t end = alternative_end(w->entries, len, at);
        l->entries[i] = w->entries + at;
        l->lens[i] = (uint32_t)(end - at);
        at = end + 1;
    }
    l->count = n;
    l->next = n; /* shuffled at the first deal */
    return 0;
}

static word_list *find_list(const hone_lexicon *x, const char *name, size_t len)
{
    size_t low = 0;
    size_t high = x->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const char *have = x->lists[mid].name;
        int c = strncmp(have, name, len);
        if (c == 0 && have[len]) c = 1;
        if (c == 0) return &x->lists[mid];
        if (c < 0) low = mid + 1;
        else high = mid;
    }
    return NULL;
}

/* Insertion sort by name: a few hundred lists, once. */
static int sort_lists(hone_lexicon *x, hone_err *err)
{
    for (size_t i = 1; i < x->count; i++) {
        word_list l = x->lists[i];
        size_t j = i;
        while (j > 0 && strcmp(x->lists[j - 1].name, l.name) > 0) {
            x->lists[j] = x->lists[j - 1];
            j--;
        }
        x->lists[j] = l;
        if (j > 0 && strcmp(x->lists[j - 1].name, l.name) == 0)
            return hone_fail(err, HONE_E_INTERNAL, "word list %s exists twice", l.name);
    }
    return 0;
}

int hone_lexicon_new(hone_lexicon **ret, hone_arena *a, const hone_words *const *tables,
                     size_t table_count, uint64_t seed, hone_err *err)
{
    size_t total = 0;
    for (size_t t = 0; t < table_count; t++)
        for (const hone_words *w = tables[t]; w->name; w++) total++;
    hone_lexicon *x = hone_arena_alloc(a, sizeof *x);
    if (!x) return hone_err_memory(err, "word lists", sizeof *x);
    x->lists = hone_arena_alloc(a, total * sizeof *x->lists);
    if (!x->lists) return hone_err_memory(err, "word lists", total);
    x->seed = seed;
    for (size_t t = 0; t < table_count; t++)
        for (const hone_words *w = tables[t]; w->name; w++)
            HONE_TRY(list_build(&x->lists[x->count++], a, w, err));
    HONE_TRY(sort_lists(x, err));
    *ret = x;
    return 0;
}

bool hone_lexicon_has(const hone_lexicon *x, const char *name, size_t len)
{
    return find_list(x, name, len) != NULL;
}

size_t hone_lexicon_size(const hone_lexicon *x, const char *name)
{
    const word_list *l = find_list(x, name, strlen(name));
    return l ? l->count : 0;
}

const char *hone_lexicon_deal(hone_lexicon *x, const char *name, size_t len, size_t *ret_len)
{
    word_list *l = find_list(x, name, len);
    if (!l) return NULL;
    if (l->next == l->count) {
        uint64_t seed = x->seed * 1000003u + (uint64_t)(l - x->lists);
        hone_rng_shuffle(seed, HONE_RNG_DATAGEN, l->round, l->order, l->count);
        l->round++;
        l->next = 0;
    }
    uint32_t i = l->order[l->next++];
    *ret_len = l->lens[i];
    return l->entries[i];
}

void hone_lexicon_check(const hone_lexicon *x,
                        void (*each)(void *user, const char *list, const char *missing), void *user)
{
    for (size_t i = 0; i < x->count; i++) {
        for (size_t e = 0; e < x->lists[i].count; e++) {
            const char *s = x->lists[i].entries[e];
            size_t n = x->lists[i].lens[e];
            const char *open = NULL;
            for (size_t k = 0; k < n; k++) {
                if (s[k] == '<') open = s + k + 1;
                if (s[k] != '>' || !open) continue;
                char name[64];
                size_t len = (size_t)(s + k - open);
                if (len >= sizeof name) len = sizeof name - 1;
                memcpy(name, open, len);
                name[len] = 0;
                if (!find_list(x, name, len)) each(user, x->lists[i].name, name);
                open = NULL;
            }
        }
    }
}

bool hone_phrase_add(hone_arena *a, hone_phrase *p, const char *text, size_t len, int slot)
{
    if (len == 0) return true;
    if (p->count == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 16;
        hone_seg *grown = hone_arena_alloc(a, cap * sizeof *grown);
        if (!grown) return false;
        if (p->count) memcpy(grown, p->segs, p->count * sizeof *grown);
        p->segs = grown;
        p->cap = cap;
    }
    char *copy = hone_arena_strndup(a, text, len);
    if (!copy) return false;
    p->segs[p->count++] = (hone_seg){ copy, len, slot };
    return true;
}

/* Position behind the bracket that closes the one at s[at]. */
static size_t matching(const char *s, size_t len, size_t at)
{
    int open = 0;
    for (; at < len; at++) {
        char c = s[at];
        if (c == '(' || c == '[' || c == '{' || c == '<') open++;
        if (c == ')' || c == ']' || c == '}' || c == '>') open--;
        if (open == 0) return at + 1;
    }
    return len + 1; /* not closed: our own template is wrong */
}

/* Is any argument named inside, and are all of them wanted? */
static void slots_inside(const hone_teller *t, const char *s, size_t len, bool *any, bool *all)
{
    *any = false;
    *all = true;
    for (size_t i = 0; i < len; i++) {
        if (s[i] != '{') continue;
        size_t start = i + 1;
        size_t end = start;
        while (end < len && s[end] != '}' && s[end] != ':' && s[end] != '.') end++;
        *any = true;
        if (!t->wanted || !t->wanted(t->user, s + start, end - start)) *all = false;
    }
}

static bool tell_choice(hone_teller *t, const char *s, size_t len)
{
    size_t pick = hone_pick(t->rng, alternatives(s, len));
    size_t at = 0;
    while (pick-- > 0) at = alternative_end(s, len, at) + 1;
    return hone_tell(t, s + at, alternative_end(s, len, at) - at);
}

static bool tell_option(hone_teller *t, const char *s, size_t len)
{
    bool any;
    bool all;
    slots_inside(t, s, len, &any, &all);
    if (any ? !all : hone_chance(t->rng, 50)) return true;
    return tell_choice(t, s, len);
}

static bool tell_slot(hone_teller *t, const char *s, size_t len)
{
    size_t colon = 0;
    while (colon < len && s[colon] != ':') colon++;
    const char *form = colon < len ? s + colon + 1 : "";
    size_t form_len = colon < len ? len - colon - 1 : 0;
    return t->say && t->say(t, s, colon, form, form_len);
}

static bool tell_list(hone_teller *t, const char *name, size_t len)
{
    size_t n;
    const char *entry = hone_lexicon_deal(t->words, name, len, &n);
    return entry && hone_tell(t, entry, n);
}

bool hone_tell(hone_teller *t, const char *s, size_t len)
{
    if (t->failed || t->depth >= DEPTH_MAX) {
        t->failed = true;
        return false;
    }
    t->depth++;
    bool ok = true;
    size_t at = 0;
    while (ok && at < len) {
        size_t plain = at;
        while (plain < len && !strchr("([{<", s[plain])) plain++;
        ok = hone_phrase_add(t->a, t->out, s + at, plain - at, -1);
        at = plain;
        if (!ok || at >= len) break;
        size_t end = matching(s, len, at);
        if (end > len) {
            ok = false;
            break;
        }
        const char *inner = s + at + 1;
        size_t n = end - at - 2;
        if (s[at] == '(') ok = tell_choice(t, inner, n);
        else if (s[at] == '[') ok = tell_option(t, inner, n);
        else if (s[at] == '<') ok = tell_list(t, inner, n);
        else ok = tell_slot(t, inner, n);
        at = end;
    }
    t->depth--;
    if (!ok) t->failed = true;
    return ok;
}

/* "a*" becomes "a" or "an" by the letter that follows. */
static const char *article(const char *after)
{
    static const char *const silent[] = { "hour", "honest", "heir" };
    static const char *const hard[] = { "uni", "use", "euro", "one", "ukulele", "eucal", "u-" };
    while (*after == ' ') after++;
    char c = (char)(*after | 32);
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        if (strncmp(after, silent[i], strlen(silent[i])) == 0) return "an";
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        if (strncasecmp(after, hard[i], strlen(hard[i])) == 0) return "a";
    if (*after == '8' || strncmp(after, "11", 2) == 0 || strncmp(after, "18", 2) == 0) return "an";
    return c && strchr("aeiou", c) ? "an" : "a";
}

/* One segment of the raw text, cleaned: see hone_phrase_tidy. prev is the last byte written. */
static void tidy_segment(hone_buf *out, const hone_buf *raw, size_t from, size_t to, char *prev)
{
    for (size_t i = from; i < to; i++) {
        char c = raw->data[i];
        size_t next = i;
        while (c == ' ' && next < raw->len && raw->data[next] == ' ') next++;
        if (c == ' ' && next < raw->len && strchr(",.?!:", raw->data[next]) &&
            (next + 1 == raw->len || raw->data[next + 1] == ' ') && *prev && *prev != ' ')
            continue; /* no space before a mark */
        bool word = i == 0 || strchr(" (\"-", raw->data[i - 1]);
        if (word && (c == 'a' || c == 'A') && raw->data[i + 1] == '*') {
            hone_buf_char(out, c);
            hone_buf_str(out, article(raw->data + i + 2) + 1);
            *prev = 'n';
            i++;
        } else if (c != ' ' || (*prev && *prev != ' ')) {
            hone_buf_char(out, c);
            *prev = c;
        }
    }
}

bool hone_phrase_tidy(hone_arena *a, hone_phrase *p)
{
    hone_buf raw = HONE_BUF_INIT(TEXT_MAX);
    hone_buf out = HONE_BUF_INIT(TEXT_MAX);
    bool ok = true;
    for (size_t i = 0; i < p->count; i++) hone_buf_add(&raw, p->segs[i].text, p->segs[i].len);
    if (!hone_buf_ok(&raw)) ok = false;
    size_t at = 0;
    char prev = 0;
    for (size_t i = 0; ok && i < p->count; i++) {
        hone_buf_clear(&out);
        tidy_segment(&out, &raw, at, at + p->segs[i].len, &prev);
        at += p->segs[i].len;
        while (i + 1 == p->count && out.len > 0 && out.data[out.len - 1] == ' ') out.len--;
        p->segs[i].text = hone_arena_strndup(a, out.len ? out.data : "", out.len);
        p->segs[i].len = out.len;
        ok = p->segs[i].text != NULL && hone_buf_ok(&out);
    }
    hone_buf_done(&raw);
    hone_buf_done(&out);
    return ok;
}

const char *hone_phrase_text(hone_arena *a, const hone_phrase *p)
{
    size_t total = 0;
    for (size_t i = 0; i < p->count; i++) total += p->segs[i].len;
    char *text = hone_arena_alloc(a, total + 1);
    if (!text) return "";
    size_t at = 0;
    for (size_t i = 0; i < p->count; i++) {
        memcpy(text + at, p->segs[i].text, p->segs[i].len);
        at += p->segs[i].len;
    }
    return text;
}

const char *hone_tell_text(hone_teller *t, const char *text, size_t len, const char **lead)
{
    hone_phrase own = { NULL, 0, 0 };
    hone_phrase *keep = t->out;
    t->out = &own;
    bool ok = hone_tell(t, text, len);
    t->out = keep;
    if (lead) *lead = "";
    if (!ok) return "";
    if (!hone_phrase_tidy(t->a, &own)) return "";
    const char *all = hone_phrase_text(t->a, &own);
    const char *cut = strchr(all, '~');
    if (!cut) return all;
    if (lead) *lead = hone_arena_strndup(t->a, all, (size_t)(cut - all));
    if (lead && !*lead) *lead = "";
    return cut + 1;
}
