/* Rows with two calls (datagen/pair.h). The halves are said without anything around them; values
 * keep their letters, so the judge's rules hold for both. */
#include "datagen/pair.h"

#include <ctype.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "datagen/phrase.h"

/* A capital at the start of a sentence, not "I", "I'm" or an abbreviation. */
static bool begins_sentence(const char *s)
{
    return isupper((unsigned char)s[0]) && islower((unsigned char)s[1]);
}

static bool join(const hone_pair *p, hone_rng *rng, hone_buf *out)
{
    static const char *const words[] = { " and ",       ", and ",      " and then ", " and also ",
                                         ", then ",     " and please ", ", and after that ",
                                         " plus " };
    const char *first = p->halves[0].user;
    const char *second = p->halves[1].user;
    size_t n = strlen(first);
    while (n && strchr(".!?, ", first[n - 1])) n--;
    hone_buf_add(out, first, n);
    const char *between = words[hone_pick(rng, sizeof words / sizeof *words)];
    bool commas = strchr(first, ',') || strchr(second, ',');
    hone_buf_str(out, *between == ',' && !commas ? between + 1 : between);
    hone_buf_char(out, begins_sentence(second) ? (char)tolower((unsigned char)*second) : *second);
    hone_buf_str(out, second + 1);
    return n > 0 && hone_buf_ok(out);
}

int hone_pair_make(hone_offline *o, hone_arena *a, const hone_want *first, const hone_want *second,
                   hone_rng *rng, hone_pair *ret, hone_err *err)
{
    hone_want bare = *first;
    bare.bare = true;
    int rc = hone_offline_make(o, a, &bare, &ret->halves[0], err);
    if (rc > 0) rc = hone_offline_make(o, a, second, &ret->halves[1], err);
    if (rc <= 0) return rc;
    if (ret->halves[0].open) { /* what runs on comes last */
        hone_candidate moved = ret->halves[0];
        ret->halves[0] = ret->halves[1];
        ret->halves[1] = moved;
    }
    if (ret->halves[0].open) return 0;
    hone_buf text = HONE_BUF_INIT(1 << 16);
    bool ok = join(ret, rng, &text);
    ret->user = ok ? hone_arena_strndup(a, text.data, text.len) : NULL;
    hone_buf_done(&text);
    return ret->user ? 1 : ok ? hone_err_memory(err, "utterance", 1) : 0;
}
