/*
 * `hone data inspect`: prompt, tokens and loss mask of each row. On a terminal trained tokens are
 * green, masked ones dim, the stop token stands out; elsewhere (and with NO_COLOR) marks say the
 * same.
 */
#include "cli/data_inspect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/cmd.h"
#include "common/mem.h"
#include "common/text.h"
#include "eval/generate.h"
#include "datasets/rows.h"
#include "model/chat.h"
#include "model/gemma3.h"

enum { DEFAULT_ROWS = 5 };

static const char *opt_model, *opt_tools;
static int64_t opt_num;
static bool opt_json;

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "folder, .gguf or .litertlm file, or org/name in the hub cache: gives the tokenizer", false },
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "functions of rows that bring none; default: the .tools.json beside a .litertlm", false },
    { "num", 'n', "num-rows", HONE_OPT_INT, &opt_num, 0, 1e9, NULL, "N",
      "rows to show; 0 = all with --json, else 5", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL,
      "one JSON object a row: prompt, completion, ids, labels, id", false },
};

static const hone_command command = {
    "data inspect", "hone data inspect ROWS --model MODEL [--tools TOOLS] [--num N] [--json]",
    "Shows rows as the model sees them: the prompt, every token, and which tokens are trained\n"
    "(green, or between [+ and +]), masked (dim) or the stop token (between [! and !]).",
    options, sizeof(options) / sizeof(options[0]),
    "  hone data inspect rows.jsonl --model MODEL --tools tools.json --num 3\n"
};

/* ---- one row as text ---- */

typedef enum token_kind { TOKEN_MASKED, TOKEN_TRAINED, TOKEN_STOP, TOKEN_KINDS } token_kind;

typedef struct mark_style {
    const char *open[TOKEN_KINDS], *close[TOKEN_KINDS];
} mark_style;

static const mark_style COLORS = { { "\x1b[2m", "\x1b[32m", "\x1b[1;7;32m" },
                              { "\x1b[0m", "\x1b[0m", "\x1b[0m" } };
static const mark_style MARKS = { { "", "[+", "[!" }, { "", "+]", "!]" } };

static token_kind kind_of(const hone_encoded *e, size_t i)
{
    if (!e->labels[i]) return TOKEN_MASKED;
    bool stop = hone_is_stop_id(e->ids[i]);
    return stop ? TOKEN_STOP : TOKEN_TRAINED;
}

/* Tokens in stretches of one kind, a bar between two tokens, a line break after each newline. */
static void put_tokens(hone_buf *out, const hone_tokenizer *t, const hone_encoded *e,
                       const mark_style *style)
{
    hone_buf piece = HONE_BUF_INIT(1 << 16);
    for (size_t i = 0; i < e->count; i++) {
        token_kind kind = kind_of(e, i);
        bool first = i == 0 || kind_of(e, i - 1) != kind;
        bool last = i + 1 == e->count || kind_of(e, i + 1) != kind;
        hone_buf_clear(&piece);
        hone_tokenizer_decode(t, &e->ids[i], 1, &piece);
        hone_buf_str(out, first ? style->open[kind] : "|");
        hone_text_show(out, piece.data ? piece.data : "", piece.len);
        if (last) hone_buf_str(out, style->close[kind]);
        if (piece.len > 0 && piece.data[piece.len - 1] == '\n') hone_buf_char(out, '\n');
    }
    if (out->len > 0 && out->data[out->len - 1] != '\n') hone_buf_char(out, '\n');
    if (!hone_buf_ok(&piece)) out->failed = true;
    hone_buf_done(&piece);
}

static void put_text(hone_buf *out, const hone_tokenizer *t, const hone_row *row,
                     const hone_encoded *e, const mark_style *style)
{
    size_t trained = 0;
    for (size_t i = 0; i < e->count; i++) trained += e->labels[i];
    hone_buf_str(out, "row ");
    hone_text_show(out, row->id, strlen(row->id));
    hone_buf_printf(out, " (line %lld): %zu tokens, prompt %zu, trained %zu\n",
                    (long long)row->line, e->count, e->prompt_count, trained);
    put_tokens(out, t, e, style);
    hone_buf_char(out, '\n');
}

/* ---- one row as JSON ---- */

static void put_json(hone_buf *out, const hone_row *row, const hone_encoded *e)
{
    hone_buf_str(out, "{\"prompt\":");
    hone_json_write_str(out, e->prompt, strlen(e->prompt));
    hone_buf_str(out, ",\"completion\":");
    hone_json_write_str(out, e->completion, strlen(e->completion));
    hone_buf_str(out, ",\"ids\":[");
    for (size_t i = 0; i < e->count; i++) hone_buf_printf(out, "%s%d", i ? "," : "", e->ids[i]);
    hone_buf_str(out, "],\"labels\":[");
    for (size_t i = 0; i < e->count; i++) hone_buf_printf(out, "%s%d", i ? "," : "", e->labels[i]);
    hone_buf_str(out, "],\"id\":");
    hone_json_write_str(out, row->id, strlen(row->id));
    hone_buf_str(out, "}\n");
}

/* 1 when the reader has gone, as `| head` does: then nothing is wrong. */
static int write_failed(hone_err *err)
{
    return errno == EPIPE ? 1 : hone_fail_io(err, "standard output", "write");
}

/* ---- the command ---- */

typedef struct inspect {
    hone_arena *arena;   /* options and tools */
    hone_arena *scratch; /* one row */
    hone_model *model;
    hone_rows *rows;
    hone_chat_cache *cache;
    hone_buf out;
} inspect;

static int show_row(inspect *x, const hone_row *row, const mark_style *style, hone_err *err)
{
    hone_encoded e;
    hone_arena_clear(x->scratch);
    hone_buf_clear(&x->out);
    const hone_tokenizer *t = x->model->tokenizer;
    if (hone_chat_encode_cached(&e, x->scratch, t, row, false, x->cache, err) < 0) {
        hone_err_at(err, x->rows->path, row->line, -1);
        return hone_err_context(err, "row %s", row->id);
    }
    if (opt_json) put_json(&x->out, row, &e);
    else put_text(&x->out, t, row, &e, style);
    if (!hone_buf_ok(&x->out)) return hone_err_memory(err, "a row", x->out.len);
    if (fwrite(x->out.data, 1, x->out.len, stdout) == x->out.len) return 0;
    return write_failed(err);
}

static int load(inspect *x, const char *path, hone_err *err)
{
    hone_json *tools = NULL;
    hone_rows_options o = { .limit = (size_t)opt_num };
    if (opt_num == 0 && !opt_json) o.limit = DEFAULT_ROWS;
    HONE_TRY(hone_args_tools(&tools, NULL, x->arena, opt_tools, opt_model, err));
    o.row = (hone_row_options){ tools, opt_tools != NULL };
    HONE_TRY(hone_rows_load(&x->rows, path, &o, err));
    HONE_TRY(hone_model_open(&x->model, opt_model, err));
    if (!x->model->tokenizer) return hone_fail(err, HONE_E_MODEL, "the model has no tokenizer");
    x->scratch = hone_arena_new();
    x->cache = hone_chat_cache_new();
    return x->scratch && x->cache ? 0 : hone_err_memory(err, "rows", 0);
}

static int show_all(inspect *x, hone_err *err)
{
    bool color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    for (size_t i = 0; i < x->rows->count; i++) {
        int rc = show_row(x, &x->rows->items[i], color ? &COLORS : &MARKS, err);
        if (rc != 0) return rc < 0 ? rc : 0;
    }
    if (fflush(stdout) == 0) return 0;
    int rc = write_failed(err);
    return rc < 0 ? rc : 0;
}

static int run(inspect *x, int argc, char **argv, hone_err *err)
{
    const char *path = NULL;
    int count = 0;
    if (!x->arena) return hone_err_memory(err, "options", 0);
    int rc = hone_cmd_parse(&command, argc, argv, &path, 1, &count, x->arena, err);
    if (rc != 0) return rc;
    HONE_TRY(hone_args_need(count ? path : NULL, "ROWS", "data inspect", err));
    HONE_TRY(hone_args_need(opt_model, "--model", "data inspect", err));
    HONE_TRY(load(x, path, err));
    return show_all(x, err);
}

int hone_data_inspect(int argc, char **argv)
{
    inspect x = { .arena = hone_arena_new(), .out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX) };
    hone_err err;
    hone_err_clear(&err);
    int rc = run(&x, argc, argv, &err);
    hone_buf_done(&x.out);
    hone_chat_cache_free(x.cache);
    hone_rows_free(x.rows);
    hone_model_close(x.model);
    hone_arena_free(x.scratch);
    hone_arena_free(x.arena);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
