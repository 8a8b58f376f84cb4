/*
 * What all commands share: options from a configuration file and from flags, and the one place
 * where an error is printed.
 */
#include "cli/cmd.h"

#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"
#include "common/yaml.h"
#include "model/gemma3.h"

enum { MAX_WORDS = 512 };

/* Top-level keys of hone.yaml; sections are named after the commands. */
static const char *const top_keys[] = { "model", "tools", "output-dir", "datagen", "data",
                                        "train", "eval", "export", "chat" };
enum { TOP_KEYS = sizeof top_keys / sizeof top_keys[0] };

int hone_cmd_fail(const hone_err *err)
{
    char line[2048];
    hone_err_format(err, line, sizeof line);
    fprintf(stderr, "error: %s\n", line);
    return hone_code_exit_status(err->code);
}

int hone_cmd_end(int rc, const hone_err *err)
{
    const bool silent = hone_mpi_agreed() && hone_mpi_rank() > 0;
    int status = rc < 0 ? hone_code_exit_status(err->code) : 0;
    if (rc < 0 && !silent) status = hone_cmd_fail(err);
    hone_mpi_end(status);
    return status;
}

/* Our own words, taken out of argv before the command's table sees it. */
typedef struct words {
    char *argv[MAX_WORDS];
    int argc;
    const char *config;
    bool dump;
} words;

static int take_words(words *w, int argc, char **argv, hone_err *err)
{
    memset(w, 0, sizeof *w);
    if (argc > MAX_WORDS) return hone_fail(err, HONE_E_USAGE, "more than %d words", MAX_WORDS);
    for (int i = 0; i < argc; i++) {
        const char *s = argv[i];
        if (!strcmp(s, "--dump-options")) {
            w->dump = true;
        } else if (!strncmp(s, "--config=", 9)) {
            w->config = s + 9;
        } else if (!strcmp(s, "--config") || !strcmp(s, "-c")) {
            if (i + 1 == argc) return hone_fail(err, HONE_E_USAGE, "%s needs a file", s);
            w->config = argv[++i];
        } else {
            w->argv[w->argc++] = argv[i];
        }
    }
    return 0;
}

/* Whether the command reads a file of that option (datagen's --model is a teacher's name). */
static bool has_path(const hone_command *c, const char *name)
{
    for (int i = 0; i < c->count; i++) {
        if (!strcmp(c->options[i].name, name)) return c->options[i].type == HONE_OPT_PATH;
    }
    return false;
}

int hone_cmd_check_keys(const hone_json *file, const char *path, hone_err *err)
{
    if (!hone_json_is(file, HONE_JSON_OBJECT)) {
        hone_err_at(err, path, 1, -1);
        return hone_fail(err, HONE_E_USAGE, "the file must hold keys and sections");
    }
    for (size_t i = 0; i < file->len; i++) {
        const hone_json_member *m = &file->members[i];
        bool known = !strcmp(m->key, "output_dir");
        for (int k = 0; k < TOP_KEYS && !known; k++) known = !strcmp(m->key, top_keys[k]);
        if (known) continue;
        const char *near = hone_nearest(m->key, top_keys, TOP_KEYS);
        hone_err_at(err, path, m->line, -1);
        if (near) hone_err_hint(err, "did you mean '%s'?", near);
        return hone_fail(err, HONE_E_USAGE, "unknown key '%s'", m->key);
    }
    return 0;
}

/* MODEL may be a name (of the cache or a hub) instead of a path beside the file: then its place. */
static hone_json *resolve_model(hone_arena *a, const char *dir, hone_json *v)
{
    char *beside = hone_path_join(dir, v->text), *place = NULL;
    if (beside && !hone_fs_exists(beside)) (void)hone_hub_resolve(&place, v->text, NULL);
    hone_json *found = place ? hone_json_new_str(a, place) : NULL;
    hone_free(place);
    hone_free(beside);
    return found ? found : v;
}

/* Adds top-level key of the file to the section's values unless the section has it itself. */
static int inherit(hone_arena *a, hone_json *into, const hone_json *file, const char *key,
                   const char *dir, const hone_command *c, hone_err *err)
{
    hone_json *own = hone_json_get(into, key), *v = own ? own : hone_json_get(file, key);
    if (!v || !has_path(c, key)) return 0;
    const int32_t line = v->line;
    if (!strcmp(key, "model") && hone_json_is(v, HONE_JSON_STRING)) v = resolve_model(a, dir, v);
    if (!hone_json_set(a, into, key, v)) return hone_err_memory(err, "configuration", 0);
    for (size_t i = 0; i < into->len; i++) {
        if (into->members[i].value == v) into->members[i].line = line;
    }
    return 0;
}

static int load_config(const hone_command *c, const char *path, hone_arena *a, hone_err *err)
{
    hone_json *file;
    HONE_TRY(hone_yaml_load(&file, a, path, err));
    HONE_TRY(hone_cmd_check_keys(file, path, err));
    hone_json *section;
    HONE_TRY(hone_json_get_typed(&section, file, c->name, HONE_JSON_OBJECT, path, err));
    hone_json *values = section ? hone_json_copy(a, section) : hone_json_new_object(a);
    if (!values) return hone_err_memory(err, "configuration", 0);
    char *fresh = hone_path_dir(path);
    char *dir = fresh ? hone_arena_strndup(a, fresh, strlen(fresh)) : NULL;
    hone_free(fresh);
    if (!dir) return hone_err_memory(err, "path", 0);
    HONE_TRY(inherit(a, values, file, "model", dir, c, err));
    HONE_TRY(inherit(a, values, file, "tools", dir, c, err));
    return hone_options_load(c, values, path, dir, a, err);
}

static int dump_options(const hone_command *c, hone_arena *a, hone_err *err)
{
    hone_json *all = hone_options_dump(c, a);
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (all) hone_json_write(&out, all, HONE_JSON_COMPACT);
    int rc = all && hone_buf_ok(&out) ? 1 : hone_err_memory(err, "options", 0);
    if (rc == 1) printf("%s\n", out.data);
    hone_buf_done(&out);
    return rc;
}

int hone_cmd_parse(const hone_command *c, int argc, char **argv, const char **positional, int max,
                   int *ret_count, hone_arena *a, hone_err *err)
{
    words w;
    HONE_TRY(take_words(&w, argc, argv, err));
    if (w.config) HONE_TRY(load_config(c, w.config, a, err));
    int rc = hone_options_parse(c, w.argc, w.argv, positional, max, ret_count, a, err);
    if (rc != 0) return rc;
    return w.dump ? dump_options(c, a, err) : 0;
}
