/* `hone data report`: what is in a row file, as text, JSON or an HTML page. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/data_verbs.h"
#include "common/buf.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/text.h"
#include "datasets/survey.h"

static const char *opt_tools, *opt_html, *opt_generation;
static bool opt_json;

static const hone_opt options[] = {
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "functions of rows that carry none", false },
    { "html", 0, NULL, HONE_OPT_PATH, &opt_html, 0, 0, NULL, "FILE", "write the page", false },
    { "generation", 0, NULL, HONE_OPT_PATH, &opt_generation, 0, 0, NULL, "FILE",
      "report of hone datagen: refusals and cost [ROWS' .report.json, where it is]", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL, "print the counts as JSON",
      false },
};

static const hone_command command = {
    "data report",
    "hone data report ROWS [--html PAGE] [--json]",
    "Counts per function, argument and value, kinds, lengths, repeats, and what the generator\n"
    "refused and cost. The page is one file without script.",
    options,
    sizeof options / sizeof options[0],
    "  hone data report rows.jsonl --html report.html\n"
};

static void print_tree(const hone_json *o, int depth)
{
    for (size_t i = 0; i < o->len; i++) {
        const hone_json *v = o->members[i].value;
        if (v->type == HONE_JSON_OBJECT) {
            if (strcmp(o->members[i].key, "generation") == 0) continue;
            printf("%*s%s\n", 2 * depth, "", o->members[i].key);
            print_tree(v, depth + 1);
        } else if (v->text) {
            hone_buf b = HONE_BUF_INIT(1 << 16);
            hone_text_show(&b, o->members[i].key, strlen(o->members[i].key));
            printf("%*s%-24s %s\n", 2 * depth, "", b.data ? b.data : "", v->text);
            hone_buf_done(&b);
        }
    }
}

/* rows.jsonl -> rows.report.json */
static int find_generation(const char *rows, hone_buf *path)
{
    static const char *const endings[] = { ".jsonl.zst", ".jsonl", ".json" };
    size_t n = strlen(rows);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (hone_path_has_suffix(rows, endings[i])) {
            n -= strlen(endings[i]);
            break;
        }
    hone_buf_add(path, rows, n);
    hone_buf_str(path, ".report.json");
    return hone_buf_ok(path) && hone_fs_exists(path->data);
}

static int load_generation(hone_json **ret, const char *rows, hone_arena *a, hone_err *err)
{
    hone_buf path = HONE_BUF_INIT(1 << 16);
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int rc = 0;
    *ret = NULL;
    if (opt_generation) hone_buf_str(&path, opt_generation);
    else if (!find_generation(rows, &path)) goto done;
    rc = hone_fs_read(&text, path.data, HONE_BUF_TEXT_MAX, err);
    if (rc == 0) rc = hone_json_parse(ret, a, text.data, text.len, path.data, 1, err);
    if (rc == 0 && !hone_json_is(*ret, HONE_JSON_OBJECT))
        rc = hone_fail(err, HONE_E_DATA, "%s is no report", path.data);
done:
    hone_buf_done(&text);
    hone_buf_done(&path);
    return rc < 0 ? rc : 0;
}

static int write_page(const hone_json *survey, const char *rows, hone_err *err)
{
    hone_buf page = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    const char *slash = strrchr(rows, '/');
    int rc = hone_survey_page(&page, survey, slash ? slash + 1 : rows, err);
    if (rc == 0) rc = hone_fs_write(opt_html, page.data, page.len, err);
    hone_buf_done(&page);
    return rc;
}

int hone_data_report(int argc, char **argv, hone_arena *a, hone_err *err)
{
    const char *path = NULL;
    hone_json *tools = NULL;
    hone_json *generation = NULL;
    hone_json *survey = NULL;
    hone_rows *rows = NULL;
    int n = 0;
    int rc = hone_cmd_parse(&command, argc, argv, &path, 1, &n, a, err);
    if (rc != 0) return rc;
    if (n == 0) return hone_fail(err, HONE_E_USAGE, "which row file? %s", command.usage);
    if (opt_tools) HONE_TRY(hone_tools_load(&tools, a, opt_tools, err));
    hone_rows_options o = { .row = { .tools = tools, .sort_tools = true } };
    HONE_TRY(load_generation(&generation, path, a, err));
    HONE_TRY(hone_rows_load(&rows, path, &o, err));
    rc = hone_survey_make(&survey, rows, generation, a, err);
    if (rc == 0 && opt_html) rc = write_page(survey, path, err);
    if (rc == 0 && opt_json) rc = hone_data_print(survey, err);
    else if (rc == 0 && !opt_html) print_tree(survey, 0);
    if (rc == 0 && opt_html && !opt_json) printf("%s\n", opt_html);
    hone_rows_free(rows);
    return rc;
}
