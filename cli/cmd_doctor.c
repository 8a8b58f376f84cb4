/*
 * `hone doctor`: what this machine offers, which models are here, what is missing and the command
 * that mends it. Exit status 0 when the program can work, 3 when something it needs is missing.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/doctor_file.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/text.h"
#include "export/explain.h"
#include "kernels/kernels.h"
#include "kernels/parallel.h"
#include "model/gemma3.h"
#include "model/hub.h"

/* What training of the 270M model needs at least; README, "What it needs". */
#define MEMORY_NEEDED ((int64_t)4 << 30)
#define DISK_NEEDED ((int64_t)2 << 30)
#define HINT_MODEL "scripts/demo, or: hone pull google/functiongemma-270m-it"

static const char *opt_file;
static bool opt_json;

static const hone_opt options[] = {
    { "file", 0, NULL, HONE_OPT_STRING, &opt_file, 0, 0, NULL, "MODEL",
      "also open this model (folder, .gguf, org/name) and say what it is, or explain this "
      ".litertlm or .tflite file, ours or another program's", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL,
      "print the findings as a JSON object", false },
};

static const hone_command command = {
    "doctor",
    "hone doctor [--file MODEL] [--json]",
    "Says what this machine offers (processor features, memory, disk, libraries), which\n"
    "models are in the caches, and what is missing with the command that mends it.\n"
    "Models in the caches are not opened; --file opens one and checks all of it. Of a .litertlm\n"
    "or .tflite file it lists what it holds and, each with a code, what a device would stumble\n"
    "over.",
    options,
    sizeof(options) / sizeof(options[0]),
    NULL
};

typedef struct doctor {
    hone_arena *a;
    hone_json *o, *models, *problems;
    bool failed; /* memory ran out while the findings were made */
    bool no_model;
    bool explained; /* "file" is a tree of export/explain.h */
} doctor;

static void set(doctor *d, hone_json *o, const char *key, hone_json *v)
{
    if (!hone_json_set(d->a, o, key, v)) d->failed = true;
}

static void push(doctor *d, hone_json *list, hone_json *v)
{
    if (!hone_json_push(d->a, list, v)) d->failed = true;
}

static void set_text(doctor *d, hone_json *o, const char *key, const char *v)
{
    set(d, o, key, hone_json_new_str(d->a, v));
}

static void problem(doctor *d, const char *what, const char *mend)
{
    hone_json *o = hone_json_new_object(d->a);
    set_text(d, o, "problem", what);
    set_text(d, o, "mend", mend);
    push(d, d->problems, o);
}

static void find_processor(doctor *d)
{
    hone_json *list = hone_json_new_array(d->a);
    const unsigned features = hone_cpu_features();
    struct utsname u;
    for (unsigned bit = 1; bit <= HONE_CPU_AMX; bit <<= 1)
        if (features & bit) push(d, list, hone_json_new_str(d->a, hone_cpu_feature_name(bit)));
    set_text(d, d->o, "machine", uname(&u) == 0 ? u.machine : "unknown");
    set(d, d->o, "cpu_features", list);
    set(d, d->o, "processors", hone_json_new_i64(d->a, hone_cpu_count()));
}

/* "MemAvailable: N kB" of /proc/meminfo, -1 if it cannot be read. */
static int64_t available_memory(void)
{
    hone_buf b;
    int64_t kb = -1;
    if (hone_fs_read(&b, "/proc/meminfo", 1 << 16, NULL) < 0) return -1;
    const char *s = b.len ? strstr(b.data, "MemAvailable:") : NULL;
    if (s) {
        s += strlen("MemAvailable:");
        while (*s == ' ') s++;
        if (!hone_parse_i64(s, strspn(s, "0123456789"), &kb)) kb = -1;
    }
    hone_buf_done(&b);
    return kb < 0 ? -1 : kb << 10;
}

static void find_memory(doctor *d)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const int64_t total = pages > 0 && page > 0 ? (int64_t)pages * page : -1;
    const int64_t available = available_memory();
    set(d, d->o, "memory_bytes", hone_json_new_i64(d->a, total));
    set(d, d->o, "memory_available_bytes", hone_json_new_i64(d->a, available));
    if (available >= 0 && available < MEMORY_NEEDED)
        problem(d, "less than 4 GB of memory are available",
                "end other programs, or train with a "
                "smaller --batch-size");
}

static void find_disk(doctor *d)
{
    const int64_t here = hone_fs_free_bytes(".");
    set(d, d->o, "disk_free_bytes", hone_json_new_i64(d->a, here));
    if (here >= 0 && here < DISK_NEEDED)
        problem(d, "less than 2 GB are free on this disk",
                "free some space, or work on another disk");
}

/* --- models --- */

static hone_json *add_model(doctor *d, const char *name, const char *kind, const char *state,
                            int64_t bytes)
{
    hone_json *o = hone_json_new_object(d->a);
    set_text(d, o, "model", name);
    set_text(d, o, "kind", kind);
    set_text(d, o, "state", state);
    set(d, o, "bytes", hone_json_new_i64(d->a, bytes));
    push(d, d->models, o);
    return o;
}

/* Bytes of the safetensors files of a snapshot; *ret_whole says whether a MODEL could be there. */
static int64_t folder_bytes(const char *dir, bool *ret_whole)
{
    char **names = NULL;
    size_t count = 0;
    int64_t bytes = 0;
    bool config = false, tokenizer = false, weights = false;
    if (hone_fs_list(&names, &count, dir, NULL) < 0) count = 0;
    for (size_t i = 0; i < count; i++) {
        char *path = hone_path_join(dir, names[i]);
        const int64_t size = path ? hone_fs_size(path) : -1;
        config = config || (size > 0 && strcmp(names[i], "config.json") == 0);
        tokenizer = tokenizer || (size > 0 && (strcmp(names[i], "tokenizer.json") == 0 ||
                                               strcmp(names[i], "tokenizer.model") == 0));
        weights = weights || (size > 0 && hone_path_has_suffix(names[i], ".safetensors"));
        if (size > 0) bytes += size;
        hone_free(path);
    }
    hone_fs_list_free(names, count);
    *ret_whole = config && tokenizer && weights;
    return bytes;
}

/* models--org--name -> org/name */
static bool hub_name(const char *folder, char *buf, size_t size)
{
    if (strncmp(folder, "models--", 8) != 0) return false;
    const char *org = folder + 8, *dash = strstr(org, "--");
    if (!dash) return false;
    (void)snprintf(buf, size, "%.*s/%s", (int)(dash - org), org, dash + 2);
    return hone_hub_name_valid(buf);
}

static void find_hub_model(doctor *d, const char *name)
{
    char *path = NULL;
    bool whole = false;
    if (hone_hub_resolve(&path, name, NULL) < 0) {
        char mend[288];
        (void)snprintf(mend, sizeof(mend), "hone pull %s", name);
        set_text(d, add_model(d, name, "folder", "incomplete", 0), "mend", mend);
        return;
    }
    const int64_t bytes = folder_bytes(path, &whole);
    add_model(d, name, "folder", whole ? "complete" : "not a model for hone", bytes);
    hone_free(path);
}

static void find_hub(doctor *d)
{
    char **names = NULL, name[256];
    size_t count = 0;
    char *cache = hone_hub_cache();
    if (!cache) {
        d->failed = true;
        return;
    }
    set_text(d, d->o, "hub_cache", cache);
    if (hone_fs_is_dir(cache) && hone_fs_list(&names, &count, cache, NULL) < 0) count = 0;
    for (size_t i = 0; i < count; i++)
        if (hub_name(names[i], name, sizeof(name))) find_hub_model(d, name);
    hone_fs_list_free(names, count);
    hone_free(cache);
}

static void find_files(doctor *d)
{
    char **names = NULL;
    size_t count = 0;
    char *dir = hone_path_cache("models");
    if (!dir) {
        d->failed = true;
        return;
    }
    set_text(d, d->o, "model_cache", dir);
    if (hone_fs_is_dir(dir) && hone_fs_list(&names, &count, dir, NULL) < 0) count = 0;
    for (size_t i = 0; i < count; i++) {
        const bool gguf = hone_path_has_suffix(names[i], ".gguf");
        char *path = hone_path_join(dir, names[i]);
        if (path && (gguf || hone_path_has_suffix(names[i], ".litertlm")))
            add_model(d, names[i], gguf ? "gguf" : "litertlm", "found", hone_fs_size(path));
        hone_free(path);
    }
    hone_fs_list_free(names, count);
    hone_free(dir);
}

static void find_models(doctor *d)
{
    d->models = hone_json_new_array(d->a);
    find_files(d);
    find_hub(d);
    set(d, d->o, "models", d->models);
    bool usable = false;
    for (size_t i = 0; d->models && i < d->models->len; i++) {
        const hone_json *state = hone_json_get(hone_json_at(d->models, i), "state");
        usable = usable || hone_json_str_eq(state, "found") || hone_json_str_eq(state, "complete");
    }
    if (usable || opt_file) return;
    d->no_model = true;
    problem(d, "no model is in the caches", HINT_MODEL);
}

static const char *kind_name(hone_model_kind kind)
{
    static const char *const names[] = { "folder", "gguf", "litertlm" };
    return names[kind];
}

/* An exported file, ours or foreign: what it is, and what the device would stumble over. */
static void explain_file(doctor *d)
{
    hone_err err;
    hone_json *o = NULL;
    hone_err_clear(&err);
    if (hone_explain(&o, d->a, opt_file, &err) < 0) {
        d->failed = true;
        return;
    }
    d->no_model = hone_doctor_errors(o) > 0;
    d->explained = true;
    set(d, d->o, "file", o);
}

/* Opens --file with all checks. */
static void examine_file(doctor *d)
{
    hone_err err;
    hone_model *m = NULL;
    hone_json *o = hone_json_new_object(d->a);
    hone_err_clear(&err);
    set_text(d, o, "model", opt_file);
    if (hone_model_open(&m, opt_file, &err) < 0) {
        char line[1600];
        char mend[sizeof(err.hint)];
        (void)snprintf(mend, sizeof(mend), "%s", err.hint[0] ? err.hint : "use another file");
        err.hint[0] = '\0';
        hone_err_format(&err, line, sizeof(line));
        set_text(d, o, "state", "unusable");
        d->no_model = true;
        problem(d, line, mend);
    } else {
        const hone_config *c = &m->config;
        set_text(d, o, "state", "opened and checked");
        set_text(d, o, "kind", kind_name(m->kind));
        set_text(d, o, "sha256", hone_model_sha256(m));
        set(d, o, "layers", hone_json_new_i64(d->a, c->L));
        set(d, o, "width", hone_json_new_i64(d->a, c->C));
        set(d, o, "vocabulary", hone_json_new_i64(d->a, c->V));
        set(d, o, "context", hone_json_new_i64(d->a, m->context_limit));
        set(d, o, "control_rows_trained", hone_json_new_bool(d->a, !m->control_untrained));
        set(d, o, "chat_template", hone_json_new_bool(d->a, m->chat_template != NULL));
        hone_model_close(m);
    }
    set(d, d->o, "file", o);
}

static void find_libraries(doctor *d)
{
    hone_json *o = hone_json_new_object(d->a);
    const char *s = HONE_LIBRARIES; /* "name version;name version", from the build */
    while (*s) {
        char name[64], version[64];
        const size_t n = strcspn(s, ";"), space = strcspn(s, " ;");
        (void)snprintf(name, sizeof(name), "%.*s", (int)space, s);
        (void)snprintf(version, sizeof(version), "%.*s", n > space ? (int)(n - space - 1) : 0,
                       s + space + 1);
        set_text(d, o, name, version);
        s += n + (s[n] == ';');
    }
    set(d, d->o, "libraries_built_with", o);
}

/* --- printing --- */

static void print_text(const char *s)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_text_show(&b, s, strlen(s));
    fputs(hone_buf_ok(&b) && b.data ? b.data : "", stdout);
    hone_buf_done(&b);
}

static const char *text_of(const hone_json *o, const char *key)
{
    const hone_json *v = hone_json_get(o, key);
    return hone_json_is(v, HONE_JSON_STRING) ? v->text : "";
}

static double gigabytes(const hone_json *o, const char *key)
{
    return hone_json_f64(hone_json_get(o, key)) / 1e9;
}

static void print_models(const hone_json *o)
{
    const hone_json *models = hone_json_get(o, "models");
    printf("models in %s and %s:\n", text_of(o, "model_cache"), text_of(o, "hub_cache"));
    for (size_t i = 0; i < models->len; i++) {
        const hone_json *m = hone_json_at(models, i);
        printf("  ");
        print_text(text_of(m, "model"));
        printf("  %s, %s, %.2f GB\n", text_of(m, "kind"), text_of(m, "state"),
               gigabytes(m, "bytes"));
        if (text_of(m, "mend")[0]) printf("    mend: %s\n", text_of(m, "mend"));
    }
    if (models->len == 0) printf("  none\n");
}

static void print_file(const hone_json *f)
{
    if (!f) return;
    printf("file        ");
    print_text(text_of(f, "model"));
    printf(": %s", text_of(f, "state"));
    if (hone_json_get(f, "layers"))
        printf(
            ", %s, %.0f layers of %.0f, vocabulary %.0f, context %.0f, control rows %s",
            text_of(f, "kind"), hone_json_f64(hone_json_get(f, "layers")),
            hone_json_f64(hone_json_get(f, "width")), hone_json_f64(hone_json_get(f, "vocabulary")),
            hone_json_f64(hone_json_get(f, "context")),
            hone_json_is(hone_json_get(f, "control_rows_trained"), HONE_JSON_TRUE) ? "trained"
                                                                                   : "untrained");
    printf("\n");
}

static void print_findings(const hone_json *o, bool explained)
{
    const hone_json *features = hone_json_get(o, "cpu_features");
    const hone_json *libraries = hone_json_get(o, "libraries_built_with");
    const hone_json *problems = hone_json_get(o, "problems");
    printf("hone        %s\nprocessors  %.0f (%s:", text_of(o, "version"),
           hone_json_f64(hone_json_get(o, "processors")), text_of(o, "machine"));
    for (size_t i = 0; i < features->len; i++) printf(" %s", hone_json_at(features, i)->text);
    printf(")\nmemory      %.1f GB, %.1f GB available\ndisk        %.1f GB free here\n",
           gigabytes(o, "memory_bytes"), gigabytes(o, "memory_available_bytes"),
           gigabytes(o, "disk_free_bytes"));
    printf("libraries   ");
    for (size_t i = 0; i < libraries->len; i++)
        printf("%s%s %s", i ? ", " : "", libraries->members[i].key,
               libraries->members[i].value->text);
    printf("\n");
    print_models(o);
    if (explained) hone_doctor_print_file(hone_json_get(o, "file"));
    else print_file(hone_json_get(o, "file"));
    for (size_t i = 0; i < problems->len; i++) {
        printf("missing     ");
        print_text(text_of(hone_json_at(problems, i), "problem"));
        printf("\n            mend: ");
        print_text(text_of(hone_json_at(problems, i), "mend"));
        printf("\n");
    }
    if (problems->len == 0) printf("nothing is missing\n");
}

static int examine(hone_arena *a, hone_err *err)
{
    doctor d = { .a = a, .o = hone_json_new_object(a), .problems = hone_json_new_array(a) };
    set_text(&d, d.o, "version", HONE_VERSION);
    find_processor(&d);
    find_memory(&d);
    find_disk(&d);
    find_libraries(&d);
    find_models(&d);
    if (opt_file && hone_doctor_explains(opt_file)) explain_file(&d);
    else if (opt_file) examine_file(&d);
    set(&d, d.o, "problems", d.problems);
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (!d.failed && opt_json) hone_json_write(&b, d.o, HONE_JSON_PRETTY);
    if (d.failed || (opt_json && !hone_buf_ok(&b))) {
        hone_buf_done(&b);
        return hone_err_memory(err, "the findings", 0);
    }
    if (opt_json)
        printf("%s\n", b.data);
    else
        print_findings(d.o, d.explained);
    hone_buf_done(&b);
    return d.no_model ? hone_code_exit_status(HONE_E_MODEL) : 0;
}

int hone_cmd_doctor(int argc, char **argv)
{
    hone_err err;
    int count = 0;
    hone_err_clear(&err);
    hone_arena *a = hone_arena_new();
    int rc = a ? hone_cmd_parse(&command, argc, argv, NULL, 0, &count, a, &err)
               : hone_err_memory(&err, "options", 0);
    const bool served = rc == 1;
    if (rc == 0) rc = examine(a, &err);
    hone_arena_free(a);
    if (served) return 0;
    return rc < 0 ? hone_cmd_fail(&err) : rc;
}
