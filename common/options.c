/*
 * Option tables: finding, the words of the command line, configuration objects (common/options.h).
 * Values are first collected as settings and stored when all of them are good. Conversion is in
 * options_value.c, what a person reads in options_help.c.
 */
#include "common/options.h"

#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/options_value.h"

#define MAX_GIVEN 512
#define MAX_NAMES 512
#define NAME_ROOM 80

/* Which options were given, by table entry: the tables themselves are constant. */
typedef struct given_mark {
    const hone_opt *opt;
    bool flag, file;
} given_mark;

static given_mark given_marks[MAX_GIVEN];
static int given_count;

static given_mark *given_find(const hone_opt *o)
{
    for (int i = 0; i < given_count; i++)
        if (given_marks[i].opt == o) return &given_marks[i];
    return NULL;
}

static given_mark *given_add(const hone_opt *o)
{
    given_mark *m = given_find(o);
    if (m || given_count == MAX_GIVEN) return m;
    given_marks[given_count] = (given_mark){ .opt = o };
    return &given_marks[given_count++];
}

/* Forgets the flags (or the keys) of an earlier round; false when there is no room. */
static bool given_reset(const hone_command *c, bool flags)
{
    for (int i = 0; i < c->count; i++) {
        given_mark *m = given_add(&c->options[i]);
        if (!m) return false;
        if (flags) m->flag = false;
        else m->file = false;
    }
    return true;
}

static bool same_char(char a, char b)
{
    return a == b || (a == '_' && b == '-') || (a == '-' && b == '_');
}

static bool same_name(const char *name, const char *word, size_t n)
{
    if (strlen(name) != n) return false;
    for (size_t i = 0; i < n; i++)
        if (!same_char(name[i], word[i])) return false;
    return true;
}

static bool has_alias(const char *aliases, const char *word, size_t n)
{
    while (aliases && *aliases) {
        size_t len = strcspn(aliases, "|");
        bool same = len == n;
        for (size_t i = 0; same && i < n; i++) same = same_char(aliases[i], word[i]);
        if (same) return true;
        aliases += len + (aliases[len] == '|');
    }
    return false;
}

static const hone_opt *find_name(const hone_command *c, const char *word, size_t n)
{
    for (int i = 0; i < c->count; i++) {
        const hone_opt *o = &c->options[i];
        if (same_name(o->name, word, n) || has_alias(o->aliases, word, n)) return o;
    }
    return NULL;
}

static const hone_opt *find_letter(const hone_command *c, char letter)
{
    for (int i = 0; i < c->count; i++)
        if (c->options[i].letter == letter) return &c->options[i];
    return NULL;
}

/* Nearest name */

static int min3(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Edits (insert, delete, replace, swap neighbours) from a to b, one row at a time. */
static int edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
    int rows[3][NAME_ROOM + 1];
    for (size_t j = 0; j <= nb; j++) rows[0][j] = (int)j;
    for (size_t i = 1; i <= na; i++) {
        int *now = rows[i % 3], *last = rows[(i - 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= nb; j++) {
            int replace = last[j - 1] + !same_char(a[i - 1], b[j - 1]);
            now[j] = min3(last[j] + 1, now[j - 1] + 1, replace);
            bool swapped = i > 1 && j > 1 && same_char(a[i - 1], b[j - 2]) &&
                           same_char(a[i - 2], b[j - 1]);
            if (!swapped) continue;
            int swap = rows[(i - 2) % 3][j - 2] + 1;
            if (swap < now[j]) now[j] = swap;
        }
    }
    return rows[na % 3][nb];
}

const char *hone_nearest(const char *word, const char *const *names, int count)
{
    size_t n = strlen(word);
    if (n == 0 || n > NAME_ROOM) return NULL;
    const char *best = NULL;
    int least = n < 3 ? 1 : 1 + (int)n / 4; /* farther is a guess, not a help */
    for (int i = 0; i < count; i++) {
        size_t len = strlen(names[i]);
        if (len == 0 || len > NAME_ROOM) continue;
        int d = edit_distance(word, n, names[i], len);
        if (d > least || (best && d == least) || d >= (int)len) continue;
        least = d;
        best = names[i];
    }
    return best;
}

/* All names of a table, aliases and built-in ones too; returns how many. */
static int all_names(const hone_command *c, bool built_in, const char **names, hone_arena *a)
{
    static const char *const own[] = { "help", "help-all", "version", "quiet", "verbose" };
    int n = 0;
    for (size_t i = 0; built_in && i < sizeof own / sizeof own[0]; i++) names[n++] = own[i];
    for (int i = 0; i < c->count; i++) {
        if (n < MAX_NAMES) names[n++] = c->options[i].name;
        const char *rest = c->options[i].aliases;
        while (rest && *rest && n < MAX_NAMES) {
            size_t len = strcspn(rest, "|");
            const char *alias = hone_arena_strndup(a, rest, len);
            if (alias) names[n++] = alias;
            rest += len + (rest[len] == '|');
        }
    }
    return n;
}

static const char *near_option(const hone_command *c, bool built_in, const char *word,
                               hone_arena *a)
{
    const char *names[MAX_NAMES + 8];
    return hone_nearest(word, names, all_names(c, built_in, names, a));
}

/* The command line */

typedef struct line {
    const hone_command *command;
    int argc, at;
    char **argv;
    hone_opt_setting *settings; /* at most one a word */
    int count;
    bool quiet, verbose;
    hone_arena *arena;
    hone_err *err;
} line;

static int fail_unknown(line *l, const char *word, size_t n)
{
    const char *name = hone_arena_strndup(l->arena, word, n);
    if (!name) return hone_err_memory(l->err, "option names", n);
    const char *near = near_option(l->command, true, name + strspn(name, "-"), l->arena);
    if (near) hone_err_hint(l->err, "did you mean --%s?", near);
    else hone_err_hint(l->err, "'hone %s --help-all' lists the options", l->command->name);
    return hone_fail(l->err, HONE_E_USAGE, "unknown option %.100s", name);
}

/* The setting of an option, new or (lists only) the one begun before. */
static int take_setting(line *l, const hone_opt *o, const char *shown, hone_opt_setting **ret)
{
    bool list = o->type == HONE_OPT_LIST || o->type == HONE_OPT_PATHS;
    for (int i = 0; i < l->count; i++) {
        if (l->settings[i].opt != o) continue;
        *ret = &l->settings[i];
        if (list) return 0;
        hone_err_hint(l->err, "give it once");
        return hone_fail(l->err, HONE_E_USAGE, "option %s is given twice", shown);
    }
    *ret = &l->settings[l->count++];
    (*ret)->opt = o;
    return 0;
}

/* A word that looks like an option is not a value; "-" and negative numbers are. */
static bool is_value(const char *word)
{
    if (word[0] != '-' || !word[1]) return true;
    return (word[1] >= '0' && word[1] <= '9') || word[1] == '.';
}

static int take_value(line *l, const hone_opt *o, const char *shown, const char *value)
{
    if (!value) {
        if (l->at >= l->argc || !is_value(l->argv[l->at])) {
            char form[256];
            hone_options_form(o, form, sizeof form);
            hone_err_hint(l->err, "accepted: %s; %s=VALUE takes words that begin with '-'", form,
                          shown);
            return hone_fail(l->err, HONE_E_USAGE, "option %s needs a value", shown);
        }
        value = l->argv[l->at++];
    }
    hone_opt_setting *s;
    HONE_TRY(take_setting(l, o, shown, &s));
    return hone_opt_from_text(s, value, shown, l->arena, l->err);
}

static int take_switch(line *l, const hone_opt *o, const char *shown, bool on)
{
    hone_opt_setting *s;
    HONE_TRY(take_setting(l, o, shown, &s));
    s->as.b = on;
    return 0;
}

/* --quiet, -q, --verbose, -v; --help and --version were served before. */
static bool take_own(line *l, const char *word)
{
    if (strcmp(word, "--quiet") == 0 || strcmp(word, "-q") == 0) l->quiet = true;
    else if (strcmp(word, "--verbose") == 0 || strcmp(word, "-v") == 0) l->verbose = true;
    else return false;
    return true;
}

static int take_long(line *l, const char *word)
{
    const char *name = word + 2;
    size_t n = strcspn(name, "=");
    const char *value = name[n] == '=' ? name + n + 1 : NULL;
    const hone_opt *o = find_name(l->command, name, n);
    bool negated = false;
    if (!o && n > 3 && memcmp(name, "no", 2) == 0 && same_char(name[2], '-')) {
        o = find_name(l->command, name + 3, n - 3);
        negated = o && o->type == HONE_OPT_BOOL;
        if (!negated) o = NULL;
    }
    if (!o && take_own(l, word)) return 0;
    if (!o) return fail_unknown(l, word, n + 2);
    char shown[NAME_ROOM + 8];
    snprintf(shown, sizeof shown, "--%s%s", negated ? "no-" : "", o->name);
    if (negated && value) return hone_fail(l->err, HONE_E_USAGE, "option %s takes no value", shown);
    if (o->type == HONE_OPT_BOOL && !value) return take_switch(l, o, shown, !negated);
    return take_value(l, o, shown, value);
}

static int take_short(line *l, const char *word)
{
    const hone_opt *o = find_letter(l->command, word[1]);
    if (!o && take_own(l, word)) return 0;
    if (!o) return fail_unknown(l, word, strlen(word));
    const char shown[] = { '-', word[1], '\0' };
    if (o->type != HONE_OPT_BOOL) return take_value(l, o, shown, word[2] ? word + 2 : NULL);
    if (word[2])
        return hone_fail(l->err, HONE_E_USAGE, "option %s takes no value, but '%s' follows", shown,
                         word + 2);
    return take_switch(l, o, shown, true);
}

static int take_word(line *l, const char *word, const char **positional, int max, int *count)
{
    if (*count < max) {
        positional[(*count)++] = word;
        return 0;
    }
    hone_err_hint(l->err, "usage: %s", l->command->usage);
    if (max == 0) return hone_fail(l->err, HONE_E_USAGE, "'%.200s' is not an option", word);
    return hone_fail(l->err, HONE_E_USAGE, "'%.200s' is one word too many", word);
}

static int take_all(line *l, const char **positional, int max, int *ret_count)
{
    bool options = true;
    int count = 0;
    while (l->at < l->argc) {
        const char *word = l->argv[l->at++];
        int rc;
        if (options && strcmp(word, "--") == 0) {
            options = false;
            continue;
        }
        if (!options || word[0] != '-' || !word[1])
            rc = take_word(l, word, positional, max, &count);
        else if (word[1] == '-')
            rc = take_long(l, word);
        else
            rc = take_short(l, word);
        HONE_TRY(rc);
    }
    if (l->quiet && l->verbose)
        return hone_fail(l->err, HONE_E_USAGE, "--quiet and --verbose exclude each other");
    if (ret_count) *ret_count = count;
    return 0;
}

/* Serves --help, --help-all and --version wherever they stand: a person who asks is not scolded. */
static bool serve_help(const hone_command *c, int argc, char **argv)
{
    bool letter = !find_letter(c, 'h');
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *w = argv[i];
        if (strcmp(w, "--help") == 0 || (letter && strcmp(w, "-h") == 0)) {
            hone_options_help(c, false, stdout);
            return true;
        }
        if (strcmp(w, "--help-all") == 0 || strcmp(w, "--help_all") == 0) {
            hone_options_help(c, true, stdout);
            return true;
        }
        if (strcmp(w, "--version") == 0) {
            fprintf(stdout, "hone %s\n", HONE_VERSION);
            return true;
        }
    }
    return false;
}

static void store_flags(line *l)
{
    for (int i = 0; i < l->count; i++) {
        hone_opt_store(&l->settings[i]);
        given_find(l->settings[i].opt)->flag = true;
    }
    if (l->quiet) hone_log_set_level(HONE_LOG_QUIET);
    if (l->verbose) hone_log_set_level(HONE_LOG_VERBOSE);
}

int hone_options_parse(const hone_command *c, int argc, char **argv, const char **positional,
                       int max, int *ret_count, hone_arena *a, hone_err *err)
{
    if (serve_help(c, argc, argv)) return 1;
    size_t room = argc > 1 ? (size_t)argc : 1;
    line l = { .command = c, .argc = argc, .at = 1, .argv = argv, .arena = a, .err = err };
    l.settings = hone_arena_alloc(a, room * sizeof *l.settings);
    if (!l.settings) return hone_err_memory(err, "options", room * sizeof *l.settings);
    if (!given_reset(c, true))
        return hone_fail(err, HONE_E_INTERNAL, "more than %d options in use", MAX_GIVEN);
    HONE_TRY(take_all(&l, positional, max, ret_count));
    store_flags(&l);
    return 0;
}

/* Configuration objects */

static int fail_key(const hone_command *c, const hone_json_member *m, const char *source,
                    hone_arena *a, hone_err *err)
{
    const char *near = near_option(c, false, m->key, a);
    hone_err_at(err, source, m->line > 0 ? m->line : m->value->line, -1);
    if (near) {
        char key[NAME_ROOM + 1];
        snprintf(key, sizeof key, "%s", near);
        for (char *k = key; *k; k++)
            if (*k == '-') *k = '_';
        hone_err_hint(err, "did you mean '%s'?", key);
    } else {
        hone_err_hint(err, "'hone %s --help-all' lists the options", c->name);
    }
    return hone_fail(err, HONE_E_USAGE, "unknown key '%.100s'", m->key);
}

static int read_member(const hone_command *c, const hone_json *object, size_t i,
                       hone_opt_setting *settings, const char *source, const char *dir,
                       hone_arena *a, hone_err *err)
{
    const hone_json_member *m = &object->members[i];
    const hone_opt *o = find_name(c, m->key, m->key_len);
    if (!o) return fail_key(c, m, source, a, err);
    for (size_t k = 0; k < i; k++) {
        if (settings[k].opt != o) continue;
        hone_err_at(err, source, m->line, -1);
        return hone_fail(err, HONE_E_USAGE, "'%s' and '%s' are the same option",
                         object->members[k].key, m->key);
    }
    settings[i].opt = o;
    return hone_opt_from_json(&settings[i], m->value, m->key, source, dir, a, err);
}

int hone_options_load(const hone_command *c, const hone_json *object, const char *source,
                      const char *dir, hone_arena *a, hone_err *err)
{
    if (!hone_json_is(object, HONE_JSON_OBJECT)) {
        hone_err_at(err, source, object ? object->line : 0, -1);
        return hone_fail(err, HONE_E_USAGE, "options must be keys and values");
    }
    if (!given_reset(c, false))
        return hone_fail(err, HONE_E_INTERNAL, "more than %d options in use", MAX_GIVEN);
    if (object->len > (size_t)c->count * 8)
        return hone_fail(err, HONE_E_USAGE, "%zu keys for %d options", object->len, c->count);
    size_t bytes = (object->len + 1) * sizeof(hone_opt_setting);
    hone_opt_setting *settings = hone_arena_alloc(a, bytes);
    if (!settings) return hone_err_memory(err, "options", bytes);
    for (size_t i = 0; i < object->len; i++)
        HONE_TRY(read_member(c, object, i, settings, source, dir, a, err));
    for (size_t i = 0; i < object->len; i++) {
        given_mark *m = given_find(settings[i].opt);
        if (!m->flag) hone_opt_store(&settings[i]);
        m->file = true;
    }
    return 0;
}

hone_json *hone_options_dump(const hone_command *c, hone_arena *a)
{
    hone_json *object = hone_json_new_object(a);
    for (int i = 0; object && i < c->count; i++) {
        const hone_opt *o = &c->options[i];
        char key[NAME_ROOM + 1];
        snprintf(key, sizeof key, "%s", o->name);
        for (char *k = key; *k; k++)
            if (*k == '-') *k = '_';
        if (!hone_json_append(a, object, key, strlen(key), 0, hone_opt_to_json(o, a))) return NULL;
    }
    return object;
}

bool hone_options_given(const hone_command *c, const char *name)
{
    const hone_opt *o = find_name(c, name, strlen(name));
    const given_mark *m = o ? given_find(o) : NULL;
    return m && (m->flag || m->file);
}
