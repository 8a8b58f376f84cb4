/* Noise and styles (datagen/noise.h). */
#include "datagen/noise.h"

#include <string.h>

#include "common/buf.h"
#include "common/text.h"

static const char *keep(hone_arena *a, hone_buf *b, size_t *len)
{
    const char *text = hone_buf_ok(b) ? hone_arena_strndup(a, b->len ? b->data : "", b->len) : NULL;
    *len = text ? b->len : 0;
    hone_buf_done(b);
    return text ? text : "";
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Puts text into the segment at the byte position. */
static void insert(hone_arena *a, hone_seg *g, size_t at, const char *text)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_buf_add(&b, g->text, at);
    hone_buf_str(&b, text);
    hone_buf_add(&b, g->text + at, g->len - at);
    g->text = keep(a, &b, &g->len);
}

/* A random place behind a space in frame words, or -1; the segment in *seg. */
static int place_for_word(const hone_phrase *p, hone_rng *rng, size_t *seg)
{
    for (int tries = 0; tries < 12; tries++) {
        size_t i = hone_pick(rng, p->count);
        const hone_seg *g = &p->segs[i];
        if (g->slot != -1 || g->len < 2) continue;
        bool before_value = i + 1 < p->count && p->segs[i + 1].slot != -1;
        if (before_value && g->text[g->len - 1] == ' ' && hone_chance(rng, 60)) {
            *seg = i;
            return (int)g->len;
        }
        size_t at = hone_pick(rng, g->len);
        while (at > 0 && g->text[at - 1] != ' ') at--;
        if (at == 0 && (i > 0 || hone_chance(rng, 60))) continue;
        *seg = i;
        return (int)at;
    }
    return -1;
}

static bool add_filler(hone_phrase *p, hone_lexicon *words, hone_rng *rng, hone_arena *a)
{
    size_t seg;
    size_t n;
    int at = place_for_word(p, rng, &seg);
    const char *filler = hone_lexicon_deal(words, "filler", 6, &n);
    if (at < 0 || !filler) return false;
    hone_buf b = HONE_BUF_INIT(128);
    hone_buf_add(&b, filler, n);
    hone_buf_str(&b, hone_chance(rng, 35) ? ", " : " ");
    size_t len;
    insert(a, &p->segs[seg], (size_t)at, keep(a, &b, &len));
    return true;
}

/* "set set an alarm". */
static bool add_repeat(hone_phrase *p, hone_rng *rng, hone_arena *a)
{
    size_t seg;
    int at = place_for_word(p, rng, &seg);
    if (at < 0) return false;
    hone_seg *g = &p->segs[seg];
    size_t n = strcspn(g->text + at, " ,.?!:");
    if (n == 0 || g->text[at + (int)n] != ' ') return false;
    char *word = hone_arena_strndup(a, g->text + at, n + 1);
    if (!word) return false;
    insert(a, g, (size_t)at, word);
    return true;
}

/* "can you, uh, can you set": the first words once more. */
static bool add_restart(hone_phrase *p, hone_rng *rng, hone_arena *a)
{
    static const char *const between[] = {
        " ", ", ", " uh ", ", um, ", "... ", " no, ", ", I mean "
    };
    hone_seg *g = &p->segs[0];
    if (g->slot != -1) return false;
    size_t spaces = 1 + hone_pick(rng, 3);
    size_t n = 0;
    while (n < g->len && spaces > 0) spaces -= g->text[n++] == ' ';
    if (n < 3 || n >= g->len || strcspn(g->text, ",.?!:~") < n) return false;
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_buf_add(&b, g->text, n - 1);
    hone_buf_str(&b, between[hone_pick(rng, sizeof between / sizeof *between)]);
    size_t len;
    insert(a, g, 0, keep(a, &b, &len));
    return true;
}

static void slip(hone_buf *b, const char *word, size_t n, hone_rng *rng)
{
    size_t at = 1 + hone_pick(rng, n - 2);
    for (size_t i = 0; i < n; i++) hone_buf_char(b, word[i]);
    char *w = b->data + b->len - n;
    size_t kind = hone_pick(rng, 3);
    if (kind == 0) { /* two letters change places */
        char c = w[at];
        w[at] = w[at + 1 < n ? at + 1 : at - 1];
        w[at + 1 < n ? at + 1 : at - 1] = c;
    } else if (kind == 1) { /* one is lost */
        memmove(w + at, w + at + 1, n - at - 1);
        b->len--;
        b->data[b->len] = 0;
    } else { /* one is doubled */
        char c = w[at];
        hone_buf_char(b, 0);
        w = b->data + b->len - n - 1;
        memmove(w + at + 1, w + at, n - at);
        w[at] = c;
    }
}

/* One typing slip in a word of four letters or more; values seldom have one. */
static bool add_typo(hone_phrase *p, hone_rng *rng, hone_arena *a)
{
    for (int tries = 0; tries < 12; tries++) {
        hone_seg *g = &p->segs[hone_pick(rng, p->count)];
        if (g->slot == -2 || g->len < 4 || memchr(g->text, '@', g->len)) continue;
        if (g->slot >= 0 && !hone_chance(rng, 20)) continue;
        size_t at = hone_pick(rng, g->len);
        while (at > 0 && is_letter(g->text[at - 1])) at--;
        size_t n = 0;
        while (at + n < g->len && is_letter(g->text[at + n])) n++;
        bool clean = (at == 0 || g->text[at - 1] == ' ') &&
                     (at + n == g->len || strchr(" ,.", g->text[at + n]));
        if (n < 4 || !clean) continue;
        hone_buf b = HONE_BUF_INIT(1 << 16);
        hone_buf_add(&b, g->text, at);
        slip(&b, g->text + at, n, rng);
        hone_buf_add(&b, g->text + at + n, g->len - at - n);
        g->text = keep(a, &b, &g->len);
        return true;
    }
    return false;
}

int hone_noise_add(hone_phrase *p, const hone_tongue *t, hone_lexicon *words, hone_rng *rng,
                   hone_arena *a, hone_style style)
{
    int done = 0;
    bool spoken = style == HONE_STYLE_SPEECH;
    if (p->count == 0 || style == HONE_STYLE_WRITTEN) return 0;
    if (hone_chance(rng, spoken ? 10 : 5) && add_filler(p, words, rng, a))
        done |= HONE_NOISE_FILLER;
    if (hone_chance(rng, spoken ? 3 : 1) && add_repeat(p, rng, a)) done |= HONE_NOISE_REPEAT;
    if (hone_chance(rng, spoken ? 3 : 1) && t->english && add_restart(p, rng, a))
        done |= HONE_NOISE_RESTART;
    if (hone_chance(rng, spoken ? 2 : 8) && add_typo(p, rng, a)) done |= HONE_NOISE_TYPO;
    return done;
}

/* ---- styles ---- */

static void lower_all(hone_phrase *p, hone_arena *a)
{
    for (size_t i = 0; i < p->count; i++) {
        hone_buf b = HONE_BUF_INIT(1 << 16);
        hone_text_lower(&b, p->segs[i].text, p->segs[i].len);
        p->segs[i].text = keep(a, &b, &p->segs[i].len);
    }
}

/* Drops marks that end a word; "7:30", "1,200" and addresses keep theirs. */
static void drop_marks(hone_phrase *p, hone_arena *a)
{
    for (size_t i = 0; i < p->count; i++) {
        hone_seg *g = &p->segs[i];
        if (memchr(g->text, '@', g->len)) continue;
        hone_buf b = HONE_BUF_INIT(1 << 16);
        for (size_t k = 0; k < g->len; k++) {
            char next = k + 1 < g->len ? g->text[k + 1] : ' ';
            bool mark = strchr(",.!?;:", g->text[k]) && (next == ' ' || strchr(",.!?;:", next));
            if (g->text[k] == '"') mark = true;
            if (!mark) hone_buf_char(&b, g->text[k]);
        }
        g->text = keep(a, &b, &g->len);
    }
}

static void capital(hone_arena *a, hone_seg *g, size_t at)
{
    if (at >= g->len || g->text[at] < 'a' || g->text[at] > 'z' || memchr(g->text, '@', g->len))
        return;
    char *copy = hone_arena_strndup(a, g->text, g->len);
    if (!copy) return;
    copy[at] = (char)(copy[at] - 32);
    g->text = copy;
}

static bool is_question(const hone_tongue *t, const char *text)
{
    for (const char *const *start = t->questions; *start; start++)
        if (strncasecmp(text, *start, strlen(*start)) == 0) return true;
    return false;
}

/* Capitals after a stop inside the frame words, and at the start. */
static void sentence_capitals(hone_phrase *p, hone_arena *a)
{
    bool start = true;
    for (size_t i = 0; i < p->count; i++) {
        for (size_t k = 0; k < p->segs[i].len; k++) {
            char c = p->segs[i].text[k];
            if (start && c != ' ') {
                if (p->segs[i].slot == -1 || k == 0) capital(a, &p->segs[i], k);
                start = false;
            }
            bool stop = p->segs[i].slot == -1 && (c == '.' || c == '?' || c == '!');
            char next = k + 1 < p->segs[i].len ? p->segs[i].text[k + 1] : 0;
            if (stop && next == ' ') start = true;
        }
    }
}

static bool write_out(hone_phrase *p, const hone_tongue *t, hone_arena *a, hone_rng *rng)
{
    const char *text = hone_phrase_text(a, p);
    const char *last = text;
    for (const char *c = text; *c; c++)
        if ((*c == '.' || *c == '?') && c[1] == ' ') last = c + 2;
    bool question = is_question(t, last) && !hone_chance(rng, 12);
    size_t n = strlen(text);
    sentence_capitals(p, a);
    if (n && strchr(".?!", text[n - 1])) return true;
    return hone_phrase_add(a, p, question ? "?" : hone_chance(rng, 4) ? "!" : ".", 1, -1);
}

bool hone_style_apply(hone_phrase *p, const hone_tongue *t, hone_arena *a, hone_rng *rng,
                      hone_style style)
{
    if (p->count == 0) return false;
    if (style == HONE_STYLE_SPEECH || style == HONE_STYLE_LOWER) lower_all(p, a);
    if (style == HONE_STYLE_SPEECH) drop_marks(p, a);
    if (!hone_phrase_tidy(a, p)) return false;
    if (style == HONE_STYLE_WRITTEN) return write_out(p, t, a, rng);
    if (style == HONE_STYLE_CASUAL && hone_chance(rng, 25)) sentence_capitals(p, a);
    return true;
}
