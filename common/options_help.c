/*
 * What --help prints: one table, one paragraph an option with its type, range or choices, and
 * default. Lines break before LINE_END columns; option tables are ASCII, so bytes are columns.
 */
#include <string.h>

#include "common/options.h"

#define HELP_COLUMN 28
#define LINE_END 96

static const char *type_word(const hone_opt *o)
{
    switch (o->type) {
    case HONE_OPT_BOOL: return "";
    case HONE_OPT_INT: return "N";
    case HONE_OPT_REAL: return "X";
    case HONE_OPT_STRING: return "TEXT";
    case HONE_OPT_CHOICE: return "WORD";
    case HONE_OPT_LIST: return "WORD,...";
    default: return "PATH";
    }
}

static void range_form(const hone_opt *o, const char *what, char *buf, size_t size)
{
    char low[32], high[32];
    hone_f64_g6(o->min, low);
    hone_f64_g6(o->max, high);
    if (o->type == HONE_OPT_INT) {
        snprintf(low, sizeof low, "%.0f", o->min);
        snprintf(high, sizeof high, "%.0f", o->max);
    }
    if (o->min == 0 && o->max == 0) snprintf(buf, size, "%s", what);
    else snprintf(buf, size, "%s from %s to %s", what, low, high);
}

static void choice_form(const hone_opt *o, char *buf, size_t size)
{
    size_t n = 0;
    for (const char *s = o->choices; *s && n + 3 < size; s++) {
        if (*s == '|') {
            buf[n++] = ',';
            buf[n++] = ' ';
        } else {
            buf[n++] = *s;
        }
    }
    buf[n] = '\0';
}

void hone_options_form(const hone_opt *o, char *buf, size_t size)
{
    switch (o->type) {
    case HONE_OPT_BOOL: snprintf(buf, size, "true or false"); break;
    case HONE_OPT_INT: range_form(o, "a whole number", buf, size); break;
    case HONE_OPT_REAL: range_form(o, "a number", buf, size); break;
    case HONE_OPT_STRING: snprintf(buf, size, "text"); break;
    case HONE_OPT_PATH: snprintf(buf, size, "a file or folder"); break;
    case HONE_OPT_CHOICE: choice_form(o, buf, size); break;
    case HONE_OPT_LIST: snprintf(buf, size, "words, separated by commas or repeated"); break;
    case HONE_OPT_PATHS: snprintf(buf, size, "a file or folder; may be repeated"); break;
    }
}

static void default_form(const hone_opt *o, hone_buf *out)
{
    if (o->type == HONE_OPT_BOOL) {
        hone_buf_str(out, *(const bool *)o->value ? "yes" : "no");
    } else if (o->type == HONE_OPT_INT) {
        hone_buf_printf(out, "%lld", (long long)*(const int64_t *)o->value);
    } else if (o->type == HONE_OPT_REAL) {
        char digits[32];
        hone_f64_g6(*(const double *)o->value, digits);
        hone_buf_str(out, digits);
    } else if (o->type == HONE_OPT_LIST || o->type == HONE_OPT_PATHS) {
        const hone_opt_list *list = o->value;
        for (int i = 0; i < list->count; i++)
            hone_buf_printf(out, "%s%s", i > 0 ? "," : "", list->items[i]);
        if (list->count == 0) hone_buf_str(out, "none");
    } else {
        const char *s = *(const char *const *)o->value;
        hone_buf_str(out, s && *s ? s : "none");
    }
}

/* Prints words from column HELP_COLUMN on; the cursor stands in column at. */
static void print_wrapped(FILE *out, size_t at, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, " ");
        if (at < HELP_COLUMN) {
            fprintf(out, "%*s", (int)(HELP_COLUMN - at), "");
            at = HELP_COLUMN;
        } else if (at + 1 + n > LINE_END) {
            fprintf(out, "\n%*s", HELP_COLUMN, "");
            at = HELP_COLUMN;
        } else if (at > HELP_COLUMN) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", (int)n, text);
        at += n;
        text += n + strspn(text + n, " ");
    }
    fputc('\n', out);
}

static void print_aliases(hone_buf *out, const char *aliases)
{
    const char *rest = aliases;
    hone_buf_str(out, " [also");
    while (*rest) {
        size_t n = strcspn(rest, "|");
        hone_buf_str(out, " --");
        hone_buf_add(out, rest, n);
        rest += n + (rest[n] == '|');
    }
    hone_buf_char(out, ']');
}

static void print_option(const hone_opt *o, bool all, FILE *out)
{
    char form[256];
    hone_buf head = HONE_BUF_INIT(4096), text = HONE_BUF_INIT(65536);
    const char *meta = o->metavar ? o->metavar : type_word(o);
    if (o->letter) hone_buf_printf(&head, "  -%c, ", o->letter);
    else hone_buf_str(&head, "      ");
    hone_buf_printf(&head, o->type == HONE_OPT_BOOL ? "--[no-]%s" : "--%s", o->name);
    if (*meta) hone_buf_printf(&head, " %s", meta);
    hone_options_form(o, form, sizeof form);
    hone_buf_str(&text, o->help ? o->help : "");
    if (o->type != HONE_OPT_BOOL) hone_buf_printf(&text, " [%s]", form);
    hone_buf_str(&text, " [default: ");
    default_form(o, &text);
    hone_buf_char(&text, ']');
    if (all && o->aliases) print_aliases(&text, o->aliases);
    if (hone_buf_ok(&head) && hone_buf_ok(&text)) {
        fprintf(out, "%s", head.data);
        size_t at = head.len;
        if (at + 2 > HELP_COLUMN) {
            fputc('\n', out);
            at = 0;
        }
        print_wrapped(out, at, text.data);
    }
    hone_buf_done(&head);
    hone_buf_done(&text);
}

static void print_own(FILE *out, const char *head, const char *text)
{
    fprintf(out, "%s", head);
    print_wrapped(out, strlen(head), text);
}

static bool uses_letter(const hone_command *c, char letter)
{
    for (int i = 0; i < c->count; i++)
        if (c->options[i].letter == letter) return true;
    return false;
}

void hone_options_help(const hone_command *c, bool all, FILE *out)
{
    bool hidden = false;
    fprintf(out, "usage: %s\n\n%s\n\noptions:\n", c->usage, c->summary);
    for (int i = 0; i < c->count; i++) {
        if (all || !c->options[i].advanced) print_option(&c->options[i], all, out);
        else hidden = true;
    }
    print_own(out, uses_letter(c, 'q') ? "      --quiet" : "  -q, --quiet",
              "print warnings and errors only");
    print_own(out, uses_letter(c, 'v') ? "      --verbose" : "  -v, --verbose",
              "print more about each step");
    print_own(out, uses_letter(c, 'h') ? "      --help" : "  -h, --help",
              hidden ? "print this text; --help-all prints the advanced options too"
                     : "print this text");
    print_own(out, "      --version", "print the version");
    if (c->examples) fprintf(out, "\nexamples:\n%s%s", c->examples,
                             c->examples[strlen(c->examples) - 1] == '\n' ? "" : "\n");
}
