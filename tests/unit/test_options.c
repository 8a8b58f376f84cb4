/* Option tables (common/options.h): words, files, refusals with their form, help. */
#include <string.h>

#include "common/log.h"
#include "common/options.h"
#include "tests/support.h"

static bool packing;
static int64_t rank;
static double rate;
static const char *name, *data, *scheduler;
static hone_opt_list targets, files;

static const hone_opt table[] = {
    { "packing", 0, NULL, HONE_OPT_BOOL, &packing, 0, 0, NULL, NULL, "Pack short rows.", false },
    { "lora-r", 'r', "lora-rank|rank", HONE_OPT_INT, &rank, 1, 256, NULL, "N",
      "Rank of the adapter.", false },
    { "learning-rate", 0, "lr", HONE_OPT_REAL, &rate, 0, 1, NULL, NULL, "Step size.", false },
    { "name", 'n', NULL, HONE_OPT_STRING, &name, 0, 0, NULL, NULL, "Name of the run.", true },
    { "data", 'd', NULL, HONE_OPT_PATH, &data, 0, 0, NULL, "ROWS", "Training rows.", false },
    { "lr-scheduler", 0, NULL, HONE_OPT_CHOICE, &scheduler, 0, 0, "cosine|linear|constant", NULL,
      "Course of the step size.", false },
    { "target", 't', NULL, HONE_OPT_LIST, &targets, 0, 0, NULL, NULL, "Layers.", false },
    { "file", 0, NULL, HONE_OPT_PATHS, &files, 0, 0, NULL, NULL, "Files.", false },
};

static const hone_command train = {
    "train", "hone train --data ROWS", "Tunes an adapter.", table,
    sizeof table / sizeof table[0], "  hone train --data rows.jsonl",
};

static hone_arena *arena;
static hone_err err;

static void reset_values(void)
{
    packing = true;
    rank = 16;
    rate = 2e-4;
    name = data = NULL;
    scheduler = "cosine";
    memset(&targets, 0, sizeof targets);
    memset(&files, 0, sizeof files);
}

static void setup(void)
{
    arena = hone_arena_new();
    hone_err_clear(&err);
    reset_values();
}

static void teardown(void)
{
    hone_arena_free(arena);
    arena = NULL;
}

#define MAX_WORDS 16

/* Parses a line of words separated by single blanks; up to two positional words. */
static int parse(const char *line, const char **words, int *count)
{
    static char copy[8192];
    char *argv[MAX_WORDS + 1];
    int argc = 0;
    snprintf(copy, sizeof copy, "train%s%s", *line ? " " : "", line);
    for (char *s = copy; s && argc < MAX_WORDS;) {
        argv[argc++] = s;
        s = strchr(s, ' ');
        if (s) *s++ = '\0';
    }
    return hone_options_parse(&train, argc, argv, words, 2, count, arena, &err);
}

static void ok(const char *line)
{
    const char *words[2];
    int count;
    int rc = parse(line, words, &count);
    ck_assert_msg(rc == 0, "%s: %s", line, err.message);
}

START_TEST(all_forms_are_read)
{
    const char *words[2];
    int count;
    ck_assert_int_eq(parse("a.jsonl --lora-r 8 --lr=1e-3 --no-packing -n x -dfoo --target q,k "
                           "--target=v -- -b", words, &count), 0);
    ck_assert_int_eq(count, 2);
    ck_assert_str_eq(words[0], "a.jsonl");
    ck_assert_str_eq(words[1], "-b");
    ck_assert_int_eq(rank, 8);
    ck_assert(rate == 1e-3 && !packing);
    ck_assert_str_eq(name, "x");
    ck_assert_str_eq(data, "foo");
    ck_assert_int_eq(targets.count, 3);
    ck_assert_str_eq(targets.items[2], "v");
    ck_assert(hone_options_given(&train, "lora-r") && hone_options_given(&train, "rank"));
    ck_assert(hone_options_given(&train, "packing"));
    ck_assert(!hone_options_given(&train, "lr-scheduler") && !hone_options_given(&train, "x"));
}
END_TEST

START_TEST(other_forms_are_read)
{
    ok("--lora_rank 012 --learning_rate .5 --packing=false -d -");
    ck_assert_int_eq(rank, 12);
    ck_assert(rate == 0.5 && !packing);
    ck_assert_str_eq(data, "-");
    ok("--name= --file a,b --file c");
    ck_assert_str_eq(name, "");
    ck_assert_int_eq(files.count, 2);
    ck_assert_str_eq(files.items[0], "a,b");
    ok("--name -5 --no_packing --lr-scheduler linear");
    ck_assert_str_eq(name, "-5");
    ck_assert_str_eq(scheduler, "linear");
    ok("");
    ck_assert(!hone_options_given(&train, "name"));
    ok("--name=--odd");
    ck_assert_str_eq(name, "--odd");
}
END_TEST

START_TEST(levels_are_set)
{
    ok("-q");
    ck_assert_int_eq(hone_log_get_level(), HONE_LOG_QUIET);
    ok("--verbose");
    ck_assert_int_eq(hone_log_get_level(), HONE_LOG_VERBOSE);
}
END_TEST

typedef struct bad {
    const char *line, *message, *hint; /* both must occur */
} bad;

static const bad bads[] = {
    { "--lora-r 1e", "--lora-r: '1e' is not a whole number", "a whole number from 1 to 256" },
    { "--lora-r 0x10", "'0x10'", "from 1 to 256" },
    { "--lora-r=", "--lora-r: ''", "whole number" },
    { "--lora-r -0", "sign", "whole number" },
    { "--lora-r 1.5", "'1.5'", "whole number" },
    { "--lora-r +5", "'+5'", "whole number" },
    { "--lora-r 0", "out of range", "from 1 to 256" },
    { "--lora-r 257", "out of range", "from 1 to 256" },
    { "--lora-r -3", "out of range", "from 1 to 256" },
    { "--rank 18446744073709551616", "--lora-r: '18446744073709551616' is not a whole", "256" },
    { "-r x", "-r: 'x'", "256" },
    { "--lr 1e", "--learning-rate: '1e' is not a number", "a number from 0 to 1" },
    { "--lr 0,5", "write the point as '.'", "a number from 0 to 1" },
    { "--lr nan", "'nan'", "number" },
    { "--lr 1e999", "'1e999'", "number" },
    { "--lr -0.0", "sign", "number" },
    { "--lr 1.1", "out of range", "from 0 to 1" },
    { "--lora-r", "needs a value", "from 1 to 256" },
    { "--lora-r --lr 1", "--lora-r needs a value", "=VALUE" },
    { "--lora-r 8 --rank 9", "--lora-r is given twice", "once" },
    { "--packing --no-packing", "given twice", "once" },
    { "--packing=yes", "neither true nor false", "true or false" },
    { "--no-packing=true", "takes no value", "" },
    { "--no-lora-r", "unknown option --no-lora-r", "--lora-r" },
    { "--lora-rnk 8", "unknown option --lora-rnk", "did you mean --lora-rank?" },
    { "--lerning-rate=1", "unknown option --lerning-rate", "did you mean --learning-rate?" },
    { "--hepl", "unknown option --hepl", "did you mean --help?" },
    { "--zzzzzz", "unknown option --zzzzzz", "hone train --help-all" },
    { "-x", "unknown option -x", "" },
    { "--quiet=1", "unknown option --quiet", "" },
    { "--lr-scheduler cosin", "'cosin' is not one of the choices", "cosine, linear, constant" },
    { "--lr-scheduler=", "'' is not one", "cosine" },
    { "--data=", "is empty", "a file or folder" },
    { "--data \xff", "not UTF-8", "file" },
    { "--name \xc3", "not UTF-8", "text" },
    { "--target a,,b", "empty word", "commas" },
    { "a b c", "'c' is one word too many", "hone train --data ROWS" },
    { "-q -v", "exclude each other", "" },
    { "--name x --lora-r 8 --lr 5", "--learning-rate: '5' is out of range", "" },
};

START_TEST(bad_words_are_refused_without_effect)
{
    const bad *b = &bads[_i];
    const char *words[2];
    int count = 42;
    ck_assert_msg(parse(b->line, words, &count) == HONE_E_USAGE, "%s was accepted", b->line);
    ck_assert_msg(strstr(err.message, b->message), "%s: %s", b->line, err.message);
    ck_assert_msg(strstr(err.hint, b->hint), "%s: %s", b->line, err.hint);
    ck_assert_int_eq(count, 42);
    ck_assert(packing && rank == 16 && rate == 2e-4 && !name && !data && targets.count == 0);
    ck_assert_str_eq(scheduler, "cosine");
    ck_assert_int_eq(hone_log_get_level(), HONE_LOG_NORMAL);
}
END_TEST

static int parse_argv(char **argv)
{
    int count;
    return hone_options_parse(&train, 2, argv, NULL, 0, &count, arena, &err);
}

START_TEST(long_values_are_refused)
{
    char line[6000], *argv[] = { line, line };
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    memcpy(line, "--data=", 7);
    ck_assert_int_eq(parse_argv(argv), HONE_E_USAGE);
    ck_assert_ptr_nonnull(strstr(err.message, "longer than a path"));
    memcpy(line, "--dbta=", 7);
    ck_assert_int_eq(parse_argv(argv), HONE_E_USAGE);
    memset(line, 'x', 7);
    ck_assert_int_eq(parse_argv(argv), HONE_E_USAGE);
    ck_assert_ptr_nonnull(strstr(err.message, "is not an option"));
}
END_TEST

START_TEST(lists_have_a_limit)
{
    hone_buf line = HONE_BUF_INIT(1000);
    hone_buf_str(&line, "--target=0");
    for (int i = 1; i < 64; i++) hone_buf_str(&line, ",x");
    char *argv[] = { line.data, line.data };
    ck_assert_int_eq(parse_argv(argv), 0);
    ck_assert_int_eq(targets.count, 64);
    hone_buf_str(&line, ",x");
    argv[1] = line.data;
    ck_assert_int_eq(parse_argv(argv), HONE_E_USAGE);
    hone_buf_done(&line);
}
END_TEST

static hone_json *json(const char *text)
{
    hone_json *v = NULL;
    ck_assert_int_eq(hone_json_parse(&v, arena, text, strlen(text), "c", 1, &err), 0);
    return v;
}

static int load(const char *text)
{
    return hone_options_load(&train, json(text), "c.yaml", "/base", arena, &err);
}

START_TEST(files_set_values)
{
    setenv("HONE_TEST_DIR", "/env", 1);
    ck_assert_msg(load("{\"packing\":false,\"lora_r\":8,\"lr\":1,\"name\":7,\"data\":\"x/y\","
                       "\"lr-scheduler\":\"linear\",\"target\":[\"q\",\"k\"],"
                       "\"file\":[\"/abs\",\"${HONE_TEST_DIR}/f\",\"rel\"]}") == 0,
                  "%s", err.message);
    ck_assert(!packing && rank == 8 && rate == 1.0);
    ck_assert_str_eq(name, "7");
    ck_assert_str_eq(data, "/base/x/y");
    ck_assert_str_eq(scheduler, "linear");
    ck_assert_int_eq(targets.count, 2);
    ck_assert_str_eq(files.items[0], "/abs");
    ck_assert_str_eq(files.items[1], "/env/f");
    ck_assert_str_eq(files.items[2], "/base/rel");
    ck_assert(hone_options_given(&train, "lora-r"));
    ck_assert_int_eq(load("{\"name\":null,\"target\":\"a,b,c\"}"), 0);
    ck_assert_ptr_null(name);
    ck_assert_int_eq(targets.count, 3);
    ck_assert(!hone_options_given(&train, "lora-r"));
}
END_TEST

START_TEST(flags_win_over_files)
{
    ck_assert_int_eq(load("{\"lora_r\":8,\"name\":\"file\"}"), 0);
    ok("--lora-r 9");
    ck_assert_int_eq(rank, 9);
    ck_assert_str_eq(name, "file");
    ck_assert(hone_options_given(&train, "name"));
    ck_assert_int_eq(load("{\"lora_r\":4,\"name\":\"again\"}"), 0);
    ck_assert_int_eq(rank, 9);
    ck_assert_str_eq(name, "again");
}
END_TEST

typedef struct bad_file {
    const char *text;
    int line;
    const char *message, *hint;
} bad_file;

static const bad_file bad_files[] = {
    { "{\"lora_r\":8,\n\"lerning_rate\":1}", 2, "unknown key 'lerning_rate'",
      "did you mean 'learning_rate'?" },
    { "{\"zzzzzzz\":1}", 1, "unknown key 'zzzzzzz'", "--help-all" },
    { "{\"lora_r\":8,\n\"rank\":9}", 2, "'lora_r' and 'rank' are the same option", "" },
    { "{\n\n\"lora_r\":8.0}", 3, "lora_r: '8.0' is of the wrong kind", "whole number" },
    { "{\"lora_r\":\"8\"}", 1, "wrong kind", "whole number" },
    { "{\"lora_r\":null}", 1, "wrong kind", "whole number" },
    { "{\"lora_r\":999}", 1, "out of range", "from 1 to 256" },
    { "{\"lora_r\":99999999999999999999}", 1, "whole number", "256" },
    { "{\"packing\":\"true\"}", 1, "wrong kind", "true or false" },
    { "{\"packing\":1}", 1, "wrong kind", "true or false" },
    { "{\"name\":true}", 1, "wrong kind", "text" },
    { "{\"name\":[1]}", 1, "'[...]' is of the wrong kind", "text" },
    { "{\"data\":{}}", 1, "'{...}'", "file" },
    { "{\"lr_scheduler\":\"x\"}", 1, "choices", "cosine, linear" },
    { "{\"target\":[\"a\",\n[]]}", 2, "'[...]'", "" },
    { "{\"data\":\"${HONE_NO_SUCH}/x\"}", 1, "unset environment variable", "" },
    { "{\"data\":\"${}\"}", 1, "no name", "" },
    { "{\"data\":\"\"}", 1, "empty", "" },
    { "[1]", 1, "keys and values", "" },
};

START_TEST(bad_files_are_refused_without_effect)
{
    const bad_file *b = &bad_files[_i];
    ck_assert_msg(load(b->text) == HONE_E_USAGE, "%s was accepted", b->text);
    ck_assert_msg(strstr(err.message, b->message), "%s: %s", b->text, err.message);
    ck_assert_msg(strstr(err.hint, b->hint), "%s: %s", b->text, err.hint);
    ck_assert_int_eq(err.line, b->line);
    ck_assert_str_eq(err.source, "c.yaml");
    ck_assert(packing && rank == 16 && rate == 2e-4 && !name && !data && targets.count == 0);
    ck_assert(!hone_options_given(&train, "lora-r"));
}
END_TEST

START_TEST(dump_reads_back)
{
    hone_buf out = HONE_BUF_INIT(1 << 16);
    ok("--name a --target q,k --lr 0.1");
    hone_json_write(&out, hone_options_dump(&train, arena), HONE_JSON_COMPACT);
    ck_assert_str_eq(out.data, "{\"packing\":true,\"lora_r\":16,\"learning_rate\":0.1,"
                               "\"name\":\"a\",\"data\":null,\"lr_scheduler\":\"cosine\","
                               "\"target\":[\"q\",\"k\"],"
                               "\"file\":[]}");
    reset_values();
    ok("");
    ck_assert_int_eq(hone_options_load(&train, json(out.data), "c", NULL, arena, &err), 0);
    ck_assert_str_eq(name, "a");
    ck_assert(rate == 0.1 && targets.count == 2 && !data);
    hone_buf_done(&out);
}
END_TEST

/* The help as text; the caller frees it. */
static char *help(bool all)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    hone_options_help(&train, all, f);
    (void)fclose(f);
    return text;
}

START_TEST(help_shows_everything)
{
    char *text = help(false);
    ck_assert_ptr_nonnull(strstr(text, "usage: hone train --data ROWS\n"));
    ck_assert_ptr_nonnull(strstr(text, "  -r, --lora-r N            Rank of the adapter. [a whole "
                                       "number from 1 to 256] [default: 16]\n"));
    ck_assert_ptr_nonnull(strstr(text, "      --[no-]packing        Pack short rows. [default: "
                                       "yes]\n"));
    ck_assert_ptr_nonnull(strstr(text, "[a number from 0 to 1] [default: 0.0002]"));
    ck_assert_ptr_nonnull(strstr(text, "[cosine, linear, constant]"));
    ck_assert_ptr_nonnull(strstr(text, "-d, --data ROWS"));
    ck_assert_ptr_nonnull(strstr(text, "[default: none]"));
    ck_assert_ptr_nonnull(strstr(text, "examples:\n  hone train --data rows.jsonl\n"));
    ck_assert_ptr_nonnull(strstr(text, "--help-all"));
    ck_assert_ptr_null(strstr(text, "--name"));
    ck_assert_ptr_null(strstr(text, "--rank"));
    for (const char *s = text, *end; (end = strchr(s, '\n')); s = end + 1)
        ck_assert_int_le(end - s, 96);
    free(text);
    text = help(true);
    ck_assert_ptr_nonnull(strstr(text, "-n, --name TEXT"));
    ck_assert_ptr_nonnull(strstr(text, "[also --lora-rank --rank]"));
    free(text);
}
END_TEST

START_TEST(help_and_version_are_served)
{
    const char *words[2];
    int count;
    ck_assert_int_eq(parse("--bogus --help", words, &count), 1);
    ck_assert_int_eq(parse("--help-all", words, &count), 1);
    ck_assert_int_eq(parse("-h", words, &count), 1);
    ck_assert_int_eq(parse("--version", words, &count), 1);
    ck_assert_int_eq(parse("-- --version", words, &count), 0);
}
END_TEST

START_TEST(nearest_is_near)
{
    static const char *const names[] = { "train", "eval", "export", "data", "lora-rank" };
    ck_assert_str_eq(hone_nearest("trian", names, 5), "train");
    ck_assert_str_eq(hone_nearest("evall", names, 5), "eval");
    ck_assert_str_eq(hone_nearest("lora_ranks", names, 5), "lora-rank");
    ck_assert_ptr_null(hone_nearest("zzz", names, 5));
    ck_assert_ptr_null(hone_nearest("", names, 5));
    ck_assert_ptr_null(hone_nearest("train", names, 0));
}
END_TEST

int main(void)
{
    TCase *t = support_case("options");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, all_forms_are_read);
    tcase_add_test(t, other_forms_are_read);
    tcase_add_test(t, levels_are_set);
    tcase_add_loop_test(t, bad_words_are_refused_without_effect, 0, sizeof bads / sizeof bads[0]);
    tcase_add_test(t, long_values_are_refused);
    tcase_add_test(t, lists_have_a_limit);
    tcase_add_test(t, files_set_values);
    tcase_add_test(t, flags_win_over_files);
    tcase_add_loop_test(t, bad_files_are_refused_without_effect, 0,
                        sizeof bad_files / sizeof bad_files[0]);
    tcase_add_test(t, dump_reads_back);
    tcase_add_test(t, help_shows_everything);
    tcase_add_test(t, help_and_version_are_served);
    tcase_add_test(t, nearest_is_near);
    return support_run(t);
}
