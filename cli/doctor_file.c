/* Printing what export/explain.h found (cli/doctor_file.h). Texts come from the file: escaped. */
#include "cli/doctor_file.h"

#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/text.h"

bool hone_doctor_explains(const char *path)
{
    hone_map map;
    if (!hone_fs_is_file(path) || hone_map_open(&map, path, NULL) < 0) return false;
    const bool yes = map.size >= 8 && (memcmp(map.data, "LITERTLM", 8) == 0 ||
                                       memcmp(map.data + 4, "TFL3", 4) == 0);
    hone_map_close(&map);
    return yes;
}

int hone_doctor_errors(const hone_json *file)
{
    const hone_json *list = hone_json_get(file, "findings");
    int n = 0;
    for (size_t i = 0; list && i < list->len; i++)
        n += hone_json_str_eq(hone_json_get(list->items[i], "level"), "error");
    return n;
}

static void print_escaped(const hone_json *v)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    if (hone_json_is(v, HONE_JSON_STRING)) hone_text_show(&b, v->text, v->len);
    else if (v && v->text) hone_buf_str(&b, v->text);
    fputs(hone_buf_ok(&b) && b.data ? b.data : "", stdout);
    hone_buf_done(&b);
}

static double number(const hone_json *o, const char *key)
{
    return hone_json_f64(hone_json_get(o, key));
}

static void print_items(const hone_json *items)
{
    for (size_t k = 0; items && k < items->len; k++) {
        printf("  %s=", items->members[k].key);
        print_escaped(items->members[k].value);
    }
}

static void print_system(const hone_json *items)
{
    if (!items || !items->len) return;
    printf("  header ");
    print_items(items);
    printf("\n");
}

static void print_sections(const hone_json *list)
{
    for (size_t i = 0; list && i < list->len; i++) {
        const hone_json *s = list->items[i], *items = hone_json_get(s, "items");
        printf("  section %-20s %12.0f bytes", hone_json_get(s, "type")->text, number(s, "bytes"));
        print_items(items);
        printf("\n");
    }
}

static void print_model(const hone_json *m)
{
    const hone_json *names = hone_json_get(m, "signatures"), *weights = hone_json_get(m, "weights");
    if (!m) return;
    printf("  network: %.0f layers, vocabulary %.0f, context %.0f, %.0f operators\n  signatures:",
           number(m, "layers"), number(m, "vocabulary"), number(m, "context"),
           number(m, "operators"));
    for (size_t i = 0; names && i < names->len; i++) {
        printf(" ");
        print_escaped(names->items[i]);
    }
    printf("\n  constants:");
    for (size_t i = 0; weights && i < weights->len; i++)
        printf("%s %s %.1f MB", i ? "," : "", weights->members[i].key,
               hone_json_f64(weights->members[i].value) / 1e6);
    printf("\n");
}

static void print_findings(const hone_json *list)
{
    for (size_t i = 0; list && i < list->len; i++) {
        const hone_json *f = list->items[i];
        printf("  %-7s [%s] ", hone_json_get(f, "level")->text, hone_json_get(f, "code")->text);
        print_escaped(hone_json_get(f, "text"));
        printf("\n");
    }
}

void hone_doctor_print_file(const hone_json *file)
{
    const hone_json *by = hone_json_get(file, "made_by"), *opens = hone_json_get(file, "opens");
    const int errors = hone_doctor_errors(file);
    printf("file        %.1f MB, %s", number(file, "bytes") / 1e6,
           hone_json_get(file, "kind")->text);
    if (by) printf(", made by %s", by->text);
    if (opens)
        printf(", hone %s", hone_json_is(opens, HONE_JSON_TRUE) ? "opens it" : "cannot use it");
    printf("\n");
    print_system(hone_json_get(file, "system"));
    print_sections(hone_json_get(file, "sections"));
    print_model(hone_json_get(file, "model"));
    print_findings(hone_json_get(file, "findings"));
    if (errors) printf("  %d errors: the device will fail or answer wrongly\n", errors);
    else printf("  no errors\n");
}
