/*
 * `hone datagen`: training rows from tools and seeds. Writes the rows, and beside them the report
 * (.report.json) and the tools in the order that training uses (.tools.json).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "common/buf.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "datagen/produce.h"
#include "datagen/remote.h"
#include "datasets/rows.h"

static const char *opt_tools, *opt_seeds, *opt_provider = "offline", *opt_out = "rows.jsonl";
static const char *opt_base_url, *opt_model, *opt_key_env, *opt_prices,
    *opt_tokens_field = "max_tokens";
static int64_t opt_rows = 2000, opt_seed = 1, opt_no_call = 15, opt_per_request = 10,
               opt_max_tokens = 4096;
static int64_t opt_concurrency = 8, opt_retries = 5, opt_rpm, opt_tpm, opt_preview;
static double opt_temperature = 1.0, opt_max_cost, opt_timeout = 600;
static bool opt_keep_seeds = true, opt_json, opt_dry_run, opt_send_temperature = true;
static bool opt_cross_check;
static const char *opt_kinds, *opt_lengths, *opt_languages;
static const char *opt_failures;
static hone_opt_list opt_exclude;

static const hone_opt options[] = {
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "the functions: a JSON array", false },
    { "seeds", 0, NULL, HONE_OPT_PATH, &opt_seeds, 0, 0, NULL, "ROWS",
      "example rows (.jsonl); their wording becomes templates", false },
    { "provider", 0, NULL, HONE_OPT_CHOICE, &opt_provider, 0, 0, "offline|openai|gemini", NULL,
      "the teacher: offline needs no network and no model; openai is any compatible server; gemini "
      "is that service's own API",
      false },
    { "num-rows", 'n', NULL, HONE_OPT_INT, &opt_rows, 1, 1000000, NULL, "N", "rows to make",
      false },
    { "seed", 0, NULL, HONE_OPT_INT, &opt_seed, 0, 9007199254740992.0, NULL, "N",
      "the same seed, tools and seed rows give the same bytes", false },
    { "no-call", 0, NULL, HONE_OPT_INT, &opt_no_call, 0, 90, NULL, "PERCENT",
      "rows that want no call: small talk, questions, requests that no function serves", false },
    { "kinds", 0, NULL, HONE_OPT_STRING, &opt_kinds, 0, 0, NULL, "KIND=PERCENT,..",
      "more kinds of rows: parallel (several calls), ask_back (part of --no-call: a required "
      "argument is missing), few_tools (a selection of the tools), masked (random names)",
      false },
    { "lengths", 0, NULL, HONE_OPT_STRING, &opt_lengths, 0, 0, NULL, "S,M,L",
      "shares of utterances up to 5, 12 and more words [as they come]", false },
    { "languages", 0, NULL, HONE_OPT_STRING, &opt_languages, 0, 0, NULL, "CODES",
      "languages in equal parts, codes or names (offline: en, de) [English]", false },
    { "keep-seeds", 0, NULL, HONE_OPT_BOOL, &opt_keep_seeds, 0, 0, NULL, NULL,
      "the seed rows themselves become training rows too", false },
    { "exclude", 0, NULL, HONE_OPT_PATHS, &opt_exclude, 0, 0, NULL, "ROWS",
      "row files whose utterances must not come up (evaluation rows); only hashes are kept",
      false },
    { "cross-check", 0, NULL, HONE_OPT_BOOL, &opt_cross_check, 0, 0, NULL, NULL,
      "a second request answers each utterance without its label; rows where they differ are "
      "refused (about twice the requests)",
      false },
    { "from-failures", 0, NULL, HONE_OPT_PATH, &opt_failures, 0, 0, NULL, "FILE",
      "failures.jsonl of hone eval --out: 70 % of the rows go where the errors are; the failed "
      "rows "
      "themselves are kept out",
      false },
    { "output", 'o', "output-dir", HONE_OPT_PATH, &opt_out, 0, 0, NULL, "FILE",
      "row file to write, .jsonl or .jsonl.zst", false },
    { "base-url", 0, NULL, HONE_OPT_STRING, &opt_base_url, 0, 0, NULL, "URL",
      "where the API is, https, or http on this machine [openai: OPENAI_BASE_URL]", false },
    { "model", 'm', NULL, HONE_OPT_STRING, &opt_model, 0, 0, NULL, "NAME", "the teacher's name",
      false },
    { "api-key-env", 0, NULL, HONE_OPT_STRING, &opt_key_env, 0, 0, NULL, "VARIABLE",
      "environment variable that holds the key [openai: OPENAI_API_KEY; gemini: GOOGLE_API_KEY, "
      "then GEMINI_API_KEY]",
      false },
    { "temperature", 0, NULL, HONE_OPT_REAL, &opt_temperature, 0, 2, NULL, NULL,
      "spread of the answers", false },
    { "send-temperature", 0, NULL, HONE_OPT_BOOL, &opt_send_temperature, 0, 0, NULL, NULL,
      "some models refuse the field", true },
    { "max-tokens", 0, NULL, HONE_OPT_INT, &opt_max_tokens, 64, 1 << 20, NULL, "N",
      "longest answer", false },
    { "max-tokens-field", 0, NULL, HONE_OPT_CHOICE, &opt_tokens_field, 0, 0,
      "max_tokens|max_completion_tokens", NULL, "openai: the name of --max-tokens in the request",
      true },
    { "rows-per-request", 0, NULL, HONE_OPT_INT, &opt_per_request, 1, 100, NULL, "N",
      "rows asked for at once", false },
    { "max-concurrency", 0, NULL, HONE_OPT_INT, &opt_concurrency, 1, 1024, NULL, "N",
      "requests in flight at most; starts at 4, grows with success, shrinks when told to "
      "slow down",
      false },
    { "rpm", 0, NULL, HONE_OPT_INT, &opt_rpm, 0, 1000000, NULL, "N",
      "requests a minute at most; 0 = as many as the teacher takes", false },
    { "tpm", 0, NULL, HONE_OPT_INT, &opt_tpm, 0, 1e12, NULL, "N",
      "tokens a minute at most, input and output; 0 = no limit", false },
    { "preview", 0, NULL, HONE_OPT_INT, &opt_preview, 0, 10000, NULL, "N",
      "make N rows into OUT.preview.jsonl and tell what --num-rows would take; what it paid for is "
      "kept for the run",
      false },
    { "retries", 0, NULL, HONE_OPT_INT, &opt_retries, 0, 100, NULL, "N",
      "tries after the first one", false },
    { "timeout", 0, NULL, HONE_OPT_REAL, &opt_timeout, 1, 3600, NULL, "SECONDS",
      "a request at most", true },
    { "max-cost", 0, NULL, HONE_OPT_REAL, &opt_max_cost, 0, 1e6, NULL, "MONEY",
      "never spend more, restarts counted in; needs --prices; 0 = no limit", false },
    { "prices", 0, NULL, HONE_OPT_STRING, &opt_prices, 0, 0, NULL, "IN,OUT",
      "per million tokens; IN,CACHED,OUT if cached input is cheaper", false },
    { "dry-run", 0, NULL, HONE_OPT_BOOL, &opt_dry_run, 0, 0, NULL, NULL,
      "print the plan and what it costs at most, send nothing", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL, "print the report as JSON",
      false },
};

static const hone_command command = { "datagen",
                                      "hone datagen --tools TOOLS [--seeds ROWS] --num-rows N -o "
                                      "rows.jsonl",
                                      "Makes labelled training rows for the functions of a tools "
                                      "file. Beside the rows it leaves the report\n"
                                      "(.report.json) and the tools in training order "
                                      "(.tools.json). A remote teacher's run goes on where it\n"
                                      "was stopped: finished requests are kept in ROWS.journal and "
                                      "never asked twice.",
                                      options,
                                      sizeof options / sizeof options[0],
                                      "  hone datagen --tools tools.json --seeds seeds.jsonl "
                                      "--num-rows 2000 --seed 1 -o rows.jsonl\n"
                                      "  hone datagen --tools tools.json --provider openai "
                                      "--base-url http://127.0.0.1:8000/v1 --model NAME \\\n"
                                      "       --num-rows 500 -o rows.jsonl\n" };

/* rows.jsonl.zst -> rows<suffix> */
static char *beside(const char *path, const char *suffix)
{
    static const char *const endings[] = { ".jsonl.zst", ".jsonl", ".json" };
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (hone_path_has_suffix(path, endings[i])) {
            n -= strlen(endings[i]);
            break;
        }
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_buf_add(&b, path, n);
    hone_buf_str(&b, suffix);
    return hone_buf_take(&b);
}

static int write_json(const char *rows, const char *suffix, const hone_json *v, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    char *path = beside(rows, suffix);
    hone_json_write(&b, v, HONE_JSON_PRETTY);
    hone_buf_char(&b, '\n');
    int rc = path && hone_buf_ok(&b) ? hone_fs_write(path, b.data, b.len, err)
                                     : hone_err_memory(err, "report", b.len);
    hone_buf_done(&b);
    hone_free(path);
    return rc;
}

static void show_progress(void *user, int64_t done, int64_t total)
{
    (void)total;
    hone_progress_set(user, done, "%s", "rows");
}

static void print_counts(const char *title, const hone_json *o)
{
    printf("%s\n", title);
    for (size_t i = 0; o && i < o->len; i++)
        printf("  %-28s %6s\n", o->members[i].key,
               o->members[i].value->text ? o->members[i].value->text : "");
}

static int print_report(const hone_json *report, hone_err *err)
{
    if (opt_json) {
        hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
        hone_json_write(&b, report, HONE_JSON_PRETTY);
        if (!hone_buf_ok(&b)) return hone_err_memory(err, "report", b.len);
        printf("%s\n", b.data);
        hone_buf_done(&b);
        return 0;
    }
    print_counts("rows per function", hone_json_get(report, "per_category"));
    const hone_json *refused = hone_json_get(report, "refused_per_category");
    for (size_t i = 0; refused && i < refused->len; i++) {
        char title[160];
        (void)snprintf(title, sizeof title, "refused, %s", refused->members[i].key);
        print_counts(title, refused->members[i].value);
    }
    const char *rows = hone_json_get(report, "rows")->text;
    if (strcmp(rows, "0") != 0) printf("%s rows in %s\n", rows, opt_out); /* else: the error */
    const hone_json *forecast = hone_json_get(report, "forecast");
    if (forecast) print_counts("forecast for --num-rows", forecast);
    return 0;
}

/* Functions and kinds of which there are no rows are never passed over in silence. */
static void warn_missing(const hone_json *report)
{
    const hone_json *left = hone_json_get(report, "functions_left_out");
    const hone_json *given_up = hone_json_get(report, "given_up_kinds");
    for (size_t i = 0; left && i < left->len; i++)
        hone_warn("no rows for %s: %s", left->members[i].key, left->members[i].value->text);
    for (size_t i = 0; given_up && i < given_up->len; i++)
        hone_warn("hardly a row of %s was good, of %s asked for: the report says why",
                  given_up->members[i].key, given_up->members[i].value->text);
}

static void show_remote(void *user, int64_t done, int64_t total, const char *text)
{
    (void)total;
    hone_progress_set(user, done, "%s", text);
}

/* Keys come from the environment alone: command lines can be read by everybody. */
static const char *find_key(const hone_dialect *d)
{
    const char *found = NULL;
    if (opt_key_env) {
        found = getenv(opt_key_env);
        return found && *found ? found : NULL;
    }
    for (size_t i = 0; i < sizeof d->key_envs / sizeof *d->key_envs && d->key_envs[i]; i++) {
        const char *key = getenv(d->key_envs[i]);
        if (!key || !*key) continue;
        if (found && strcmp(found, key) != 0)
            hone_warn("%s and %s are both set: %s is used", d->key_envs[0], d->key_envs[i],
                      d->key_envs[0]);
        if (!found) found = key;
    }
    return found;
}

static int fill_remote(hone_remote_options *r, const hone_generate_options *o, hone_err *err)
{
    *r = (hone_remote_options){ .dialect = hone_dialect_find(opt_provider),
                                .model = opt_model,
                                .tools = o->tools,
                                .seeds = o->seeds,
                                .seed_count = o->seed_count,
                                .exclude = o->exclude,
                                .exclude_count = o->exclude_count,
                                .rows = o->rows,
                                .per_request = opt_per_request,
                                .mix = o->mix,
                                .seed = o->seed,
                                .temperature = opt_send_temperature ? opt_temperature : -1,
                                .max_tokens = opt_max_tokens,
                                .max_tokens_field = opt_tokens_field,
                                .max_cost = opt_max_cost,
                                .max_concurrency = (int)opt_concurrency,
                                .retries = (int)opt_retries,
                                .timeout = opt_timeout,
                                .failures = o->failures,
                                .cross_check = opt_cross_check,
                                .path = o->path,
                                .progress = show_remote,
                                .user = o->user };
    const hone_dialect *d = r->dialect;
    r->base_url = opt_base_url ? opt_base_url : d->base_env ? getenv(d->base_env) : NULL;
    if (!r->base_url || !*r->base_url) r->base_url = d->base_url;
    r->key = find_key(d);
    r->per_minute = (double)opt_rpm;
    r->tokens_per_minute = (double)opt_tpm;
    if (opt_prices) HONE_TRY(hone_prices_parse(&r->prices, opt_prices, err));
    if (!r->base_url || !*r->base_url) {
        hone_err_hint(err, "--base-url http://127.0.0.1:8000/v1, or OPENAI_BASE_URL");
        return hone_fail(err, HONE_E_USAGE, "--base-url is missing");
    }
    if (opt_key_env && !r->key)
        return hone_fail(err, HONE_E_USAGE, "the variable %s is not set", opt_key_env);
    if (!r->key && strncmp(r->base_url, "https:", 6) == 0) {
        hone_err_hint(err,
                      "export %s=... or name another variable with --api-key-env; a server that "
                      "wants no key takes any text",
                      d->key_envs[0]);
        return hone_fail(err, HONE_E_USAGE, "%s is not set", d->key_envs[0]);
    }
    return opt_model ? 0 : hone_fail(err, HONE_E_USAGE, "--model is missing: the teacher's name");
}

/* A few rows beside the real file, with the real file's journal: nothing is paid twice. */
static int make_preview(hone_remote_options *r, hone_arena *a, hone_err *err)
{
    hone_buf journal = HONE_BUF_INIT(1 << 16);
    char *rows = beside(r->path, ".preview.jsonl");
    hone_buf_printf(&journal, "%s.journal", r->path);
    r->path = rows ? hone_arena_strndup(a, rows, strlen(rows)) : NULL;
    hone_free(rows);
    r->journal = hone_buf_ok(&journal) ? hone_arena_strndup(a, journal.data, journal.len) : NULL;
    hone_buf_done(&journal);
    if (!r->path || !r->journal) return hone_err_memory(err, "preview", 1);
    r->forecast = r->rows;
    if (r->rows > opt_preview) r->rows = opt_preview;
    opt_out = r->path;
    return 0;
}

static int run_remote(const hone_generate_options *o, hone_arena *a, hone_json **ret_report,
                      hone_err *err)
{
    hone_remote_options r;
    HONE_TRY(fill_remote(&r, o, err));
    if (!opt_dry_run) {
        if (opt_preview > 0) HONE_TRY(make_preview(&r, a, err));
        return hone_remote_run(&r, a, ret_report, err);
    }
    hone_json *plan;
    HONE_TRY(hone_remote_plan(&r, a, &plan, err));
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&b, plan, HONE_JSON_PRETTY);
    int rc = hone_buf_ok(&b) ? 1 : hone_err_memory(err, "plan", b.len);
    if (rc == 1) printf("%s\n", b.data);
    hone_buf_done(&b);
    return rc;
}

static int load_inputs(hone_generate_options *o, hone_rows **seeds, hone_arena *a, hone_err *err)
{
    if (!opt_tools) {
        hone_err_hint(err, "--tools tools.json: an array of functions");
        return hone_fail(err, HONE_E_USAGE, "--tools is missing");
    }
    hone_json *tools;
    HONE_TRY(hone_tools_load(&tools, a, opt_tools, err));
    bool changed = false;
    o->tools = hone_tools_sorted(a, tools, &changed);
    if (!o->tools) return hone_err_memory(err, "tools", 1);
    if (changed)
        hone_warn("%s: properties were not sorted; the copy beside the rows is", opt_tools);
    if (!opt_seeds) return 0;
    hone_rows_options r = { .row = { .tools = o->tools, .sort_tools = true } };
    HONE_TRY(hone_rows_load(seeds, opt_seeds, &r, err));
    o->seeds = (*seeds)->items;
    o->seed_count = (*seeds)->count;
    return 0;
}

static int generate(hone_arena *a, hone_err *err)
{
    hone_rows *seeds = NULL;
    hone_progress progress;
    hone_json *report = NULL;
    hone_generate_options o = { .keep_seeds = opt_keep_seeds,
                                .rows = opt_rows,
                                .mix = { .no_call = (int)opt_no_call, .ask_back = -1 },
                                .seed = (uint64_t)opt_seed,
                                .exclude = opt_exclude.items,
                                .exclude_count = opt_exclude.count,
                                .failures = opt_failures,
                                .path = opt_out,
                                .progress = show_progress,
                                .user = &progress };
    if (opt_kinds) HONE_TRY(hone_mix_kinds(&o.mix, opt_kinds, err));
    if (opt_lengths) HONE_TRY(hone_mix_lengths(&o.mix, opt_lengths, err));
    if (opt_languages) HONE_TRY(hone_mix_languages(&o.mix, a, opt_languages, err));
    int rc = load_inputs(&o, &seeds, a, err);
    if (rc < 0) goto done;
    hone_err_clear(err); /* reading the seeds left their place in it */
    hone_progress_start(&progress, "datagen",
                        opt_preview > 0 && opt_preview < opt_rows ? opt_preview : opt_rows);
    bool offline = strcmp(opt_provider, "offline") == 0;
    rc = offline ? hone_generate_offline(&o, a, &report, err) : run_remote(&o, a, &report, err);
    if (!report) goto done; /* failed, or a dry run */
    hone_progress_end(&progress, "%s", "");
    warn_missing(report);
    hone_err later; /* a run that stopped early has rows and a report all the same */
    hone_err_clear(&later);
    int written = write_json(opt_out, ".report.json", report, &later);
    if (written == 0) written = write_json(opt_out, ".tools.json", o.tools, &later);
    if (written == 0) written = print_report(report, &later);
    if (rc == 0 && written < 0) {
        *err = later;
        rc = written;
    }
done:
    hone_rows_free(seeds);
    return rc;
}

int hone_cmd_datagen(int argc, char **argv)
{
    hone_err err;
    hone_err_clear(&err);
    hone_arena *a = hone_arena_new();
    int words = 0;
    int rc = a ? hone_cmd_parse(&command, argc, argv, NULL, 0, &words, a, &err)
               : hone_err_memory(&err, "command", 1);
    if (rc == 0) rc = generate(a, &err);
    hone_arena_free(a);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
