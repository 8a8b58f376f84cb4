/*
 * `hone chat`: try a model by hand. One prompt (--prompt) or a conversation on standard input; text
 * streams as it is made, calls are shown parsed, and "/tool NAME {json}" answers a call.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/cmd.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "common/text.h"
#include "eval/generate.h"
#include "model/chat.h"
#include "model/constrain.h"
#include "model/engine.h"

enum { MAX_LINE = 1 << 20 };

typedef struct chat {
    hone_model *model;
    hone_engine *engine;
    hone_adapter *adapter;
    hone_cache *cache;
    hone_arena *arena;
    hone_json *messages;
    const hone_json *tools;
    hone_ids held;          /* ids whose keys and values the cache holds */
    int32_t context;
    int64_t max_new;
    bool json;
    hone_grammar *grammar; /* with --constrained */
    hone_constraint *constraint;
    hone_choice choice;
    bool full; /* the last answer ended at the context's end */
} chat;

static const char *opt_model, *opt_adapter, *opt_tools, *opt_prompt;
static int64_t opt_max_new = 256, opt_threads;
static bool opt_json, opt_constrained;

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "folder, .gguf or .litertlm file, or org/name in the hub cache; default: the adapter's base",
      false },
    { "adapter", 0, "adapter-path", HONE_OPT_PATH, &opt_adapter, 0, 0, NULL, "DIR",
      "adapter or run folder", false },
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "functions the model may call; default: the .tools.json beside a .litertlm, or those of the "
      "adapter's training",
      false },
    { "prompt", 'p', NULL, HONE_OPT_STRING, &opt_prompt, 0, 0, NULL, "TEXT",
      "answer this and end; without it lines are read from standard input", false },
    { "max-new-tokens", 0, NULL, HONE_OPT_INT, &opt_max_new, 1, 8192, NULL, "N",
      "longest answer in tokens", false },
    { "threads", 't', NULL, HONE_OPT_INT, &opt_threads, 0, 256, NULL, "N",
      "threads, 0 = all processors", false },
    { "constrained", 0, NULL, HONE_OPT_BOOL, &opt_constrained, 0, 0, NULL, NULL,
      "answers keep to the tools: names, order and types of arguments, enums", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL,
      "one JSON object an answer: text, content, calls", false },
};

static const hone_command command = {
    "chat", "hone chat --model MODEL | --adapter RUN [--tools TOOLS] [--prompt TEXT]",
    "Talks to a model: prompt, call, tool response, answer. In a conversation\n"
    "  /tool NAME {json}   answers the call of NAME with a response object\n"
    "  /reset              forgets the conversation\n"
    "  /help               lists these\n"
    "  /quit               ends (so does end of input)\n"
    "Decoding is greedy.",
    options, sizeof options / sizeof options[0],
    "  hone chat --model app.litertlm --prompt \"wake me at seven\"\n"
    "  hone chat --adapter run/\n"
};

static int open_adapter(chat *c, hone_err *err)
{
    char *dir;
    if (!opt_adapter) return 0;
    HONE_TRY(hone_args_adapter_dir(&dir, opt_adapter, err));
    int rc = hone_adapter_load(&c->adapter, c->model, dir, hone_model_sha256(c->model), err);
    hone_free(dir);
    return rc < 0 ? rc : hone_engine_attach(c->engine, c->adapter, err);
}

static int chat_open(chat *c, hone_err *err)
{
    if (opt_adapter)
        HONE_TRY(hone_args_trained(&opt_model, &opt_tools, c->arena, opt_adapter, err));
    HONE_TRY(hone_args_need(opt_model, "--model", "chat", err));
    c->json = opt_json;
    c->max_new = opt_max_new;
    /* nobody but the adapter asks for the model's hash */
    HONE_TRY((opt_adapter ? hone_model_open_hashed : hone_model_open)(&c->model, opt_model, err));
    if (!c->model->tokenizer) return hone_fail(err, HONE_E_MODEL, "the model has no tokenizer");
    hone_json *tools;
    HONE_TRY(hone_args_tools(&tools, NULL, c->arena, opt_tools, opt_model, err));
    c->tools = tools;
    if (opt_constrained) {
        if (!tools) return hone_fail(err, HONE_E_USAGE, "--constrained needs --tools");
        HONE_TRY(hone_grammar_new(&c->grammar, c->model->tokenizer, tools, err));
        HONE_TRY(hone_constraint_new(&c->constraint, err));
    }
    hone_engine_options eo = { .threads = (int)opt_threads };
    HONE_TRY(hone_engine_open(&c->engine, c->model, &eo, err));
    HONE_TRY(open_adapter(c, err));
    c->context = c->model->context_limit > 4096 ? 4096 : c->model->context_limit;
    return hone_cache_new(&c->cache, c->engine, NULL, 0, 1, c->context, err);
}

static void chat_done(chat *c)
{
    hone_cache_free(c->cache);
    hone_engine_close(c->engine);
    hone_adapter_free(c->adapter);
    hone_model_close(c->model);
    hone_ids_done(&c->held);
    hone_constraint_free(c->constraint);
    hone_grammar_free(c->grammar);
}

static hone_json *message(chat *c, const char *role, const char *key, hone_json *value)
{
    hone_json *m = hone_json_new_object(c->arena);
    hone_json *r = hone_json_new_str(c->arena, role);
    if (!m || !r || !value || !hone_json_set(c->arena, m, "role", r)) return NULL;
    return hone_json_set(c->arena, m, key, value) ? m : NULL;
}

static int push(chat *c, hone_json *m, hone_err *err)
{
    if (!m || !hone_json_push(c->arena, c->messages, m)) {
        return hone_err_memory(err, "conversation", 0);
    }
    return 0;
}

static int reset(chat *c, hone_err *err)
{
    c->messages = hone_json_new_array(c->arena);
    if (!c->messages) return hone_err_memory(err, "conversation", 0);
    if (!c->tools) return 0;
    hone_json *line = hone_json_new_str(c->arena, HONE_ACTIVATION_LINE);
    return push(c, message(c, "developer", "content", line), err);
}

/* Ids that the cache already holds at the front of the new prompt; at least one id is fed anew. */
static size_t common_prefix(const hone_ids *held, const hone_ids *want)
{
    size_t n = 0;
    while (n < held->len && n + 1 < want->len && held->data[n] == want->data[n]) n++;
    return n;
}

static void restrict_to(const chat *c, hone_feed *f)
{
    if (!c->grammar) return;
    f->allowed = c->choice.allowed;
    f->num_allowed = c->choice.num_allowed;
    f->mask = c->choice.mask;
}

static int feed(chat *c, const hone_ids *prompt, hone_pick *ret, hone_err *err)
{
    size_t keep = common_prefix(&c->held, prompt);
    hone_cache_truncate(c->cache, 0, (int32_t)keep);
    c->held.len = keep;
    hone_feed f = { .tokens = prompt->data + keep, .n = (int32_t)(prompt->len - keep) };
    if (c->grammar) {
        hone_constraint_start(c->constraint, c->grammar);
        HONE_TRY(hone_constraint_next(c->constraint, &c->choice, err));
        restrict_to(c, &f);
    }
    HONE_TRY(hone_cache_feed(c->cache, &f, 1, ret, err));
    for (size_t i = keep; i < prompt->len; i++) {
        if (!hone_ids_push(&c->held, prompt->data[i])) return hone_err_memory(err, "ids", 0);
    }
    return 0;
}

/* Bytes at the end of s that begin a character which is not complete yet. */
static size_t pending_bytes(const char *s, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char b = (unsigned char)s[n - back];
        if ((b & 0xc0) == 0x80) continue;
        size_t need = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;
        return need > back ? back : 0;
    }
    return 0;
}

static void stream(const hone_buf *text, size_t *shown)
{
    size_t end = text->len - pending_bytes(text->data, text->len);
    if (end <= *shown) return;
    hone_buf safe = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_text_show(&safe, text->data + *shown, end - *shown);
    if (safe.data) fputs(safe.data, stdout);
    fflush(stdout);
    hone_buf_done(&safe);
    *shown = end;
}

static int add_id(hone_ids *ids, int32_t id, hone_err *err)
{
    return hone_ids_push(ids, id) ? 0 : hone_err_memory(err, "ids", 0);
}

/* The choice, and what must follow it by the grammar. */
static int add_choice(chat *c, hone_ids *out, int32_t id, hone_err *err)
{
    HONE_TRY(add_id(out, id, err));
    if (!c->grammar) return 0;
    HONE_TRY(hone_constraint_take(c->constraint, id, err));
    HONE_TRY(hone_constraint_next(c->constraint, &c->choice, err));
    for (int32_t i = 0; i < c->choice.num_forced; i++)
        HONE_TRY(add_id(out, c->choice.forced[i], err));
    return 0;
}

/* Feeds the ids of out that the cache does not hold. */
static int go_on(chat *c, const hone_ids *out, size_t fed, hone_pick *ret, hone_err *err)
{
    hone_feed f = { .tokens = out->data + fed, .n = (int32_t)(out->len - fed) };
    restrict_to(c, &f);
    HONE_TRY(hone_cache_feed(c->cache, &f, 1, ret, err));
    for (size_t i = fed; i < out->len; i++) HONE_TRY(add_id(&c->held, out->data[i], err));
    return 0;
}

static void show(chat *c, const hone_ids *out, hone_buf *text, size_t *shown)
{
    hone_buf_clear(text);
    hone_tokenizer_decode(c->model->tokenizer, out->data, out->len, text);
    if (!c->json && text->len) stream(text, shown);
}

static int decode(chat *c, hone_pick pick, hone_buf *text, hone_err *err)
{
    hone_ids out = { 0 };
    size_t shown = 0;
    int rc = 0;
    c->full = false;
    while (rc == 0 && !hone_is_stop_id(pick.id) && (int64_t)out.len < c->max_new &&
           !hone_stop_requested()) {
        const size_t fed = out.len;
        rc = add_choice(c, &out, pick.id, err);
        if (rc < 0) break;
        show(c, &out, text, &shown);
        c->full = c->held.len + (out.len - fed) >= (size_t)c->context;
        if (c->full) break;
        rc = go_on(c, &out, fed, &pick, err);
    }
    if (!c->json) printf("\n");
    if (c->full)
        hone_warn("the answer was cut: prompt and answer fill the context of %d tokens; /reset "
                  "forgets the conversation",
                  c->context);
    hone_ids_done(&out);
    return rc;
}

static hone_json *calls_json(chat *c, const hone_calls *calls)
{
    hone_json *list = hone_json_new_array(c->arena);
    for (size_t i = 0; list && i < calls->count; i++) {
        hone_json *one = hone_json_new_object(c->arena), *f = hone_json_new_object(c->arena);
        hone_json *args = hone_json_copy(c->arena, calls->items[i].arguments);
        if (!one || !f || !args) return NULL;
        hone_json_set(c->arena, f, "name", hone_json_new_str(c->arena, calls->items[i].name));
        hone_json_set(c->arena, f, "arguments", args);
        hone_json_set(c->arena, one, "type", hone_json_new_str(c->arena, "function"));
        hone_json_set(c->arena, one, "function", f);
        hone_json_push(c->arena, list, one);
    }
    return list;
}

static void print_line(const hone_json *v)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&out, v, HONE_JSON_COMPACT);
    if (hone_buf_ok(&out)) printf("%s\n", out.data);
    hone_buf_done(&out);
}

static const char *error_word(hone_call_error e)
{
    return e == HONE_CALL_TRUNCATED ? "truncated" : e == HONE_CALL_SYNTAX ? "syntax" : NULL;
}

/* Shows the answer's calls and appends the assistant message. */
static int finish(chat *c, const hone_buf *text, hone_err *err)
{
    hone_parsed parsed;
    const char *bytes = text->data ? text->data : "";
    HONE_TRY(hone_call_parse(&parsed, c->arena, bytes, text->len, err));
    hone_json *calls = calls_json(c, &parsed.calls);
    hone_json *content = hone_json_new_str(c->arena, parsed.content);
    hone_json *m = message(c, "assistant", "content", content);
    if (!calls || !m) return hone_err_memory(err, "answer", 0);
    if (calls->len) hone_json_set(c->arena, m, "tool_calls", calls);
    if (c->json) {
        hone_json *o = hone_json_new_object(c->arena);
        if (!o) return hone_err_memory(err, "answer", 0);
        const char *word = error_word(parsed.error);
        hone_json_set(c->arena, o, "text", hone_json_new_strn(c->arena, bytes, text->len));
        hone_json_set(c->arena, o, "content", content);
        hone_json_set(c->arena, o, "calls", calls);
        if (word) hone_json_set(c->arena, o, "error", hone_json_new_str(c->arena, word));
        if (c->full) hone_json_set(c->arena, o, "context_full", hone_json_new_bool(c->arena, true));
        print_line(o);
    } else {
        for (size_t i = 0; i < parsed.calls.count; i++) {
            printf("call %s ", parsed.calls.items[i].name);
            print_line(parsed.calls.items[i].arguments);
        }
        if (error_word(parsed.error)) printf("broken call (%s)\n", error_word(parsed.error));
    }
    return push(c, m, err);
}

static int answer(chat *c, bool generation_prompt, hone_err *err)
{
    hone_buf prompt = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_ids ids = { 0 };
    hone_pick pick;
    int rc;
    HONE_GOTO(rc, out, hone_chat_render(&prompt, c->messages, c->tools, generation_prompt, err));
    HONE_GOTO(rc, out, hone_tokenizer_encode(c->model->tokenizer, prompt.data, prompt.len, true,
                                             &ids, err));
    if ((int64_t)ids.len >= c->context) {
        hone_err_hint(err, "use /reset, fewer tools, or export with a larger --cache-length");
        rc = hone_fail(err, HONE_E_DATA, "the prompt has %zu tokens, the context %d", ids.len,
                       c->context);
        goto out;
    }
    HONE_GOTO(rc, out, feed(c, &ids, &pick, err));
    HONE_GOTO(rc, out, decode(c, pick, &text, err));
    rc = finish(c, &text, err);
out:
    hone_ids_done(&ids);
    hone_buf_done(&text);
    hone_buf_done(&prompt);
    return rc;
}

static int say(chat *c, const char *text, hone_err *err)
{
    hone_json *content = hone_json_new_str(c->arena, text);
    HONE_TRY(push(c, message(c, "user", "content", content), err));
    return answer(c, true, err);
}

/* "/tool NAME {json}" */
static int tool_reply(chat *c, const char *words, hone_err *err)
{
    const char *space = strchr(words, ' ');
    if (!space || space == words) {
        return hone_fail(err, HONE_E_USAGE, "write /tool NAME {\"key\": value}");
    }
    hone_json *content;
    HONE_TRY(hone_json_parse(&content, c->arena, space, strlen(space), "response", 1, err));
    hone_json *m = message(c, "tool", "content", content);
    hone_json *name = hone_json_new_strn(c->arena, words, (size_t)(space - words));
    if (!m || !name || !hone_json_set(c->arena, m, "name", name)) {
        return hone_err_memory(err, "response", 0);
    }
    HONE_TRY(push(c, m, err));
    return answer(c, false, err);
}

static int help(void)
{
    fputs("/tool NAME {json}   answers the call of NAME with a response object\n"
          "/reset              forgets the conversation\n"
          "/quit               ends\n",
          stderr);
    return 0;
}

static int one_line(chat *c, const char *line, hone_err *err)
{
    if (!strcmp(line, "/reset")) return reset(c, err);
    if (!strncmp(line, "/tool ", 6)) return tool_reply(c, line + 6, err);
    if (!strcmp(line, "/help")) return help();
    if (*line == '/') {
        hone_err_hint(err, "/tool NAME {json}, /reset, /help and /quit are known");
        return hone_fail(err, HONE_E_USAGE, "unknown word '%s'", line);
    }
    return *line ? say(c, line, err) : 0;
}

/* One line of standard input without its end; false at the end of input. */
static bool read_line(hone_buf *line)
{
    char chunk[4096];
    hone_buf_clear(line);
    while (fgets(chunk, sizeof chunk, stdin)) {
        hone_buf_str(line, chunk);
        if (strchr(chunk, '\n') || !hone_buf_ok(line)) break;
    }
    while (line->len && strchr("\r\n", line->data[line->len - 1])) line->data[--line->len] = '\0';
    return hone_buf_ok(line) && (line->len || !feof(stdin));
}

static int converse(chat *c, hone_err *err)
{
    hone_buf line = HONE_BUF_INIT(MAX_LINE);
    bool tty = isatty(0);
    int rc = 0;
    for (;;) {
        if (tty) fputs("> ", stderr);
        if (!read_line(&line) || hone_stop_requested()) break;
        if (!line.data || !strcmp(line.data, "/quit")) break;
        hone_err_clear(err); /* no place of an earlier line */
        rc = one_line(c, line.data, err);
        if (rc < 0 && tty) { /* a slip of the user ends nothing */
            hone_cmd_fail(err);
            hone_err_clear(err);
            rc = 0;
        }
        if (rc < 0) break;
    }
    hone_buf_done(&line);
    return rc;
}

int hone_cmd_chat(int argc, char **argv)
{
    hone_err err;
    hone_err_clear(&err);
    chat c = { 0 };
    c.arena = hone_arena_new();
    int rc = c.arena ? 0 : hone_err_memory(&err, "arena", 0);
    if (rc == 0) rc = hone_cmd_parse(&command, argc, argv, NULL, 0, NULL, c.arena, &err);
    if (rc == 0) rc = chat_open(&c, &err);
    if (rc == 0) rc = reset(&c, &err);
    if (rc == 0) rc = opt_prompt ? say(&c, opt_prompt, &err) : converse(&c, &err);
    chat_done(&c);
    hone_arena_free(c.arena);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
