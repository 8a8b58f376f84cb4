/* The mix of rows (datagen/mix.h). */
#include "datagen/mix.h"

#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "common/text.h"

enum { SHORT_WORDS = 5, MEDIUM_WORDS = 12, LANGUAGE_MAX = 40 };

static const struct {
    const char *code, *name;
} languages[] = { { "ar", "Arabic" },     { "bg", "Bulgarian" },  { "cs", "Czech" },
                  { "da", "Danish" },     { "de", "German" },     { "el", "Greek" },
                  { "en", "English" },    { "es", "Spanish" },    { "et", "Estonian" },
                  { "fi", "Finnish" },    { "fr", "French" },     { "he", "Hebrew" },
                  { "hi", "Hindi" },      { "hr", "Croatian" },   { "hu", "Hungarian" },
                  { "id", "Indonesian" }, { "it", "Italian" },    { "ja", "Japanese" },
                  { "ko", "Korean" },     { "lt", "Lithuanian" }, { "lv", "Latvian" },
                  { "nb", "Norwegian" },  { "nl", "Dutch" },      { "pl", "Polish" },
                  { "pt", "Portuguese" }, { "ro", "Romanian" },   { "ru", "Russian" },
                  { "sk", "Slovak" },     { "sl", "Slovene" },    { "sv", "Swedish" },
                  { "th", "Thai" },       { "tr", "Turkish" },    { "uk", "Ukrainian" },
                  { "vi", "Vietnamese" }, { "zh", "Chinese" } };

const char *hone_language_name(const char *code)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (strcmp(languages[i].code, code) == 0) return languages[i].name;
    return code;
}

static int *share_of(hone_mix *m, const char *name, size_t n)
{
    const struct {
        const char *name;
        int *share;
    } all[] = { { "ask_back", &m->ask_back },
                { "parallel", &m->parallel },
                { "masked", &m->masked },
                { "few_tools", &m->few_tools } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strlen(all[i].name) == n && memcmp(all[i].name, name, n) == 0) return all[i].share;
    return NULL;
}

static bool read_share(int *ret, const char *text, size_t n)
{
    int64_t v;
    if (!hone_parse_i64(text, n, &v) || v < 0 || v > 100) return false;
    *ret = (int)v;
    return true;
}

int hone_mix_kinds(hone_mix *m, const char *text, hone_err *err)
{
    hone_mix read = *m;
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, ",");
        const char *equals = memchr(at, '=', n);
        size_t name = equals ? (size_t)(equals - at) : n;
        int *share = share_of(&read, at, name);
        if (!share || !equals || !read_share(share, equals + 1, n - name - 1)) {
            hone_err_hint(err, "ask_back, parallel, masked, few_tools; such as parallel=10");
            return hone_fail(err, HONE_E_USAGE, "--kinds: '%.*s' is no kind with its per cent",
                             (int)(n < 60 ? n : 60), at);
        }
        at += at[n] ? n + 1 : n;
    }
    if (read.no_call + read.parallel > 90 || read.ask_back > read.no_call) {
        hone_err_hint(err, "ask_back is a part of --no-call");
        return hone_fail(err, HONE_E_USAGE, "--kinds: the shares leave no room for other rows");
    }
    *m = read;
    return 0;
}

int hone_mix_lengths(hone_mix *m, const char *text, hone_err *err)
{
    int read[HONE_LENGTHS];
    int sum = 0;
    const char *at = text;
    for (int i = 0; i < HONE_LENGTHS; i++) {
        size_t n = strcspn(at, ",");
        bool last = i == HONE_LENGTHS - 1;
        if (!read_share(&read[i], at, n) || (at[n] == ',') == last) {
            hone_err_hint(err, "short, medium and long: --lengths 30,45,25");
            return hone_fail(err, HONE_E_USAGE, "--lengths '%.60s' are not three shares", text);
        }
        sum += read[i];
        at += at[n] ? n + 1 : n;
    }
    if (sum == 0) return hone_fail(err, HONE_E_USAGE, "--lengths: all shares are 0");
    memcpy(m->lengths, read, sizeof read);
    return 0;
}

int hone_mix_languages(hone_mix *m, hone_arena *a, const char *text, hone_err *err)
{
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, ",");
        size_t len;
        const char *name = hone_text_trim(at, n, &len);
        bool fine = len > 0 && len <= LANGUAGE_MAX && m->language_count < HONE_LANGUAGES_MAX;
        for (size_t i = 0; fine && i < len; i++) fine = (unsigned char)name[i] >= 0x20;
        if (!fine) {
            hone_err_hint(err, "codes or names, at most %d: --languages en,de", HONE_LANGUAGES_MAX);
            return hone_fail(err, HONE_E_USAGE, "--languages: '%.*s' is no language",
                             (int)(n < 60 ? n : 60), at);
        }
        char *copy = hone_arena_strndup(a, name, len);
        if (!copy) return hone_err_memory(err, "languages", len);
        m->languages[m->language_count++] = copy;
        at += at[n] ? n + 1 : n;
    }
    return 0;
}

hone_length hone_length_of(const char *text)
{
    int words = 0;
    for (const char *s = text; *(s += strspn(s, " \t\n")); s += strcspn(s, " \t\n")) words++;
    return words <= SHORT_WORDS ? HONE_SHORT : words <= MEDIUM_WORDS ? HONE_MEDIUM : HONE_LONG;
}

const char *hone_length_name(hone_length length)
{
    static const char *const names[HONE_LENGTHS] = { "short", "medium", "long" };
    return names[length];
}
