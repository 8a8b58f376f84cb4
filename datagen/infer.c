/* Families and kinds of arguments by their words (datagen/infer.h). */
#include "datagen/infer.h"

#include <string.h>

#include "common/mem.h"

const hone_family hone_families[] = {
    { "alarm", "alarm", "smoke|security|cancel|delete|list|get|stop", NULL },
    { "timer", "timer|countdown", "cancel|delete|stop|pause|list|get", NULL },
    { "playlist", "add_to_playlist|playlist_add|addtoplaylist", NULL, NULL },
    { "screening", "screening|showtimes|movie_schedule|movies_near", NULL, NULL },
    { "restaurant", "book_restaurant|reserve_table|restaurant|table", NULL, NULL },
    { "rate", "rate|rating|review", NULL, NULL },
    { "work", "creative_work|search_creative|find_media|search_media", NULL, NULL },
    { "weather", "weather|forecast", NULL, NULL },
    { "reminder", "reminder|remind|task|todo", "delete|list|get", NULL },
    { "calendar", "calendar|event|appointment|meeting", "delete|list|get|cancel|find|search",
      NULL },
    { "light", "flashlight|torch", NULL, "flashlight" },
    { "page", "wifi_settings|wi_fi_settings|wifisettings|open_wifi", NULL, "wifi" },
    { "nav", "navigate|navigation|directions|map|route", NULL, NULL },
    { "mail", "email|e_mail|mail|message|sms|text", "read|get|list|delete|search", NULL },
    { "contact", "contact", "delete|get|find|list|call|search", NULL },
    { "note", "note|memo", "delete|read|get|list|search", NULL },
    { "music", "music|song|playlist|track", "create|delete|add|stop|pause", NULL },
    { "call", "call|dial|phone_call", "recall", NULL },
    { "list", "shopping|grocery|list_item|to_list", NULL, NULL },
    { "room", "lights|lamp|light", NULL, NULL },
};
const int hone_family_count = (int)(sizeof hone_families / sizeof *hone_families);

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* camelCase and separators to snake_case, in lower case. */
static const char *snake(hone_arena *a, const char *s)
{
    size_t n = strlen(s);
    char *out = hone_arena_alloc(a, 2 * n + 1);
    if (!out) return "";
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        bool upper = s[i] >= 'A' && s[i] <= 'Z';
        bool before = i > 0 && s[i - 1] >= 'a' && s[i - 1] <= 'z';
        if (upper && before) out[at++] = '_';
        bool letter = upper || (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9');
        out[at++] = letter ? lower(s[i]) : '_';
    }
    return out;
}

static const char *spaced(hone_arena *a, const char *snake_name)
{
    char *out = hone_arena_strndup(a, snake_name, strlen(snake_name));
    for (char *c = out; c && *c; c++)
        if (*c == '_') *c = ' ';
    return out ? out : "";
}

/* Is word a whole word (or run of words) of the snake_case text? */
static bool has_word(const char *text, const char *word, size_t len)
{
    for (const char *at = text; *at; at++) {
        if (strncmp(at, word, len) != 0) continue;
        bool left = at == text || at[-1] == '_';
        bool right = at[len] == 0 || at[len] == '_' ||
                     (at[len] == 's' && (!at[len + 1] || at[len + 1] == '_'));
        if (left && right) return true;
    }
    return false;
}

/* Length of the longest of the words that the text holds; 0 if none. */
static size_t longest_word(const char *text, const char *words)
{
    size_t best = 0;
    for (const char *w = words; w && *w;) {
        size_t n = strcspn(w, "|");
        if (n > best && has_word(text, w, n)) best = n;
        w += n;
        if (*w == '|') w++;
    }
    return best;
}

static bool has_any(const char *text, const char *words)
{
    return longest_word(text, words) > 0;
}

/* One rule: in this family (NULL: any), a property whose name has one of these words. */
typedef struct arg_rule {
    const char *family, *words;
    hone_arg_kind kind;
    const char *role, *list;
    int share;
    bool open;
} arg_rule;

static const arg_rule rules[] = {
    { "alarm", "hour", HONE_ARG_HOUR, "clock", NULL, 0, false },
    { "alarm", "minute", HONE_ARG_MINUTE, "clockminute", NULL, 0, false },
    { "alarm", "time|at", HONE_ARG_TIME, "clock", NULL, 90, false },
    { "alarm", "repeat|recurrence|frequency|days", HONE_ARG_WORDS, "repeat", "free", 30, false },
    { "alarm", "label|name|title|message|note", HONE_ARG_WORDS, "label", "label.name", 38, false },
    { "timer", "label|name|title|message", HONE_ARG_WORDS, "label", "label", 42, false },
    { "timer", "duration|seconds|second|length|minutes|time|hours", HONE_ARG_SPAN, "duration", NULL,
      90, false },
    { "calendar", "datetime|date_time|start_time|when", HONE_ARG_WORDS, "date", "date", 90, false },
    { "calendar", "date|day", HONE_ARG_WORDS, "date", "date", 90, false },
    { "calendar", "time|start|hour", HONE_ARG_TIME, "time", NULL, 62, false },
    { "calendar", "title|name|summary|event|subject|what", HONE_ARG_WORDS, "title", "event", 90,
      false },
    { "calendar", "location|place|where|venue", HONE_ARG_WORDS, "location", "location", 38, false },
    { "nav", "destination|place|location|query|address|to|target", HONE_ARG_WORDS, "destination",
      "place", 95, false },
    { "nav", "mode|transport|travel|vehicle|means", HONE_ARG_WORDS, "mode", "free", 45, false },
    { "mail", "to|recipient|receiver|contact|address|email|person|number", HONE_ARG_WORDS, "to",
      "to", 95, false },
    { "mail", "subject|title|topic", HONE_ARG_WORDS, "subject", "subject", 38, false },
    { "mail", "body|message|text|content|msg", HONE_ARG_WORDS, "body", "body", 80, true },
    { "contact", "first|first_name|given", HONE_ARG_WORDS, "first", "first", 95, false },
    { "contact", "last|last_name|surname|family", HONE_ARG_WORDS, "last", "last", 95, false },
    { "contact", "phone|number|tel|mobile", HONE_ARG_PHONE, "phone", NULL, 62, false },
    { "contact", "email|mail|e_mail", HONE_ARG_WORDS, "email", "email", 42, false },
    { "contact", "name", HONE_ARG_WORDS, "name", "name", 95, false },
    { "note", "title|name|heading|subject", HONE_ARG_WORDS, "title", "note.title", 34, false },
    { "note", "text|content|body|note|message", HONE_ARG_WORDS, "text", "note", 95, true },
    { "reminder", "text|task|title|what|content|message|name|item|todo", HONE_ARG_WORDS, "text",
      "label.act", 90, false },
    { "reminder", "date|day", HONE_ARG_WORDS, "date", "date", 50, false },
    { "reminder", "time|when|at", HONE_ARG_TIME, "time", NULL, 60, false },
    { "call", "to|name|contact|person|who|recipient", HONE_ARG_WORDS, "to", "to.person", 90,
      false },
    { "list", "item|product|thing|name|text", HONE_ARG_WORDS, "item", "item", 90, false },
    { "room", "room|location|where|area", HONE_ARG_WORDS, "room", "room", 60, false },
    { "music", "playlist_owner|owner", HONE_ARG_WORDS, "owner", "first", 20, false },
    { "music", "artist|band|singer|musician|group", HONE_ARG_WORDS, "artist", "artist", 55, false },
    { "music", "track|song|title|tune", HONE_ARG_WORDS, "track", "track", 45, false },
    { "music", "playlist", HONE_ARG_WORDS, "playlist", "playlist", 25, false },
    { "music", "shuffle|random", HONE_ARG_BOOL, "shuffle", NULL, 20, false },
    { "playlist", "entity_name|song|track|title", HONE_ARG_WORDS, "track", "track", 40, false },
    { "playlist", "artist", HONE_ARG_WORDS, "artist", "artist", 45, false },
    { "playlist", "music_item|item|kind", HONE_ARG_WORDS, "music_item", "music_item", 40, false },
    { "playlist", "playlist_owner|owner", HONE_ARG_WORDS, "owner", "owner", 50, false },
    { "playlist", "playlist", HONE_ARG_WORDS, "playlist", "playlist", 95, false },
    { "restaurant", "restaurant_name|name", HONE_ARG_WORDS, "venue", "venue", 22, false },
    { "restaurant", "restaurant_type|type|kind", HONE_ARG_WORDS, "place_type", "place_type", 60,
      false },
    { "restaurant", "cuisine", HONE_ARG_WORDS, "cuisine", "cuisine", 18, false },
    { "restaurant", "dish|served_dish", HONE_ARG_WORDS, "dish", "dish", 14, false },
    { "restaurant", "facility", HONE_ARG_WORDS, "facility", "facility", 10, false },
    { "restaurant", "sort", HONE_ARG_WORDS, "sort", "sort", 22, false },
    { "restaurant", "party_size_number|size|people|guests|count", HONE_ARG_WORDS, "count", "count",
      45, false },
    { "restaurant", "party_size_description|who", HONE_ARG_WORDS, "party", "party", 18, false },
    { "restaurant", "poi", HONE_ARG_WORDS, "poi", "poi", 14, false },
    { "restaurant", "spatial_relation|relation", HONE_ARG_WORDS, "relation", "distance", 16,
      false },
    { "weather", "geographic_poi|poi", HONE_ARG_WORDS, "nature", "nature", 22, false },
    { "weather", "current_location|here", HONE_ARG_WORDS, "here", "here", 14, false },
    { "weather", "condition_description|condition", HONE_ARG_WORDS, "weather", "weather", 30,
      false },
    { "weather", "condition_temperature|temperature", HONE_ARG_WORDS, "temperature", "temperature",
      25, false },
    { "weather", "spatial_relation|relation", HONE_ARG_WORDS, "relation", "distance", 8, false },
    { "rate", "object_name|name|title|book|work", HONE_ARG_WORDS, "work", "work", 55, false },
    { "rate", "object_type|type|kind", HONE_ARG_WORDS, "book_type", "book_type", 45, false },
    { "rate", "object_part_of_series_type|series|part", HONE_ARG_WORDS, "series", "series", 14,
      false },
    { "rate", "object_select|select|which", HONE_ARG_WORDS, "select", "select", 35, false },
    { "rate", "rating_value|rating|value|score", HONE_ARG_WORDS, "rating", "rating_value", 95,
      false },
    { "rate", "best_rating|best|max", HONE_ARG_WORDS, "best", "best_rating", 45, false },
    { "rate", "rating_unit|unit", HONE_ARG_WORDS, "unit", "rating_unit", 55, false },
    { "work", "object_name|name|title|query", HONE_ARG_WORDS, "work", "work", 95, false },
    { "work", "object_type|type|kind", HONE_ARG_WORDS, "work_type", "work_type", 65, false },
    { "screening", "movie_name|title|film|movie|name", HONE_ARG_WORDS, "work", "work", 45, false },
    { "screening", "movie_type", HONE_ARG_WORDS, "movie_type", "movie_type", 35, false },
    { "screening", "object_type", HONE_ARG_WORDS, "schedule", "schedule", 38, false },
    { "screening", "location_name|cinema|theater", HONE_ARG_WORDS, "cinema", "cinema", 25, false },
    { "screening", "object_location_type|venue", HONE_ARG_WORDS, "venue_type", "venue_type", 25,
      false },
    { "screening", "spatial_relation|relation|distance", HONE_ARG_WORDS, "nearby", "nearby", 40,
      false },
    { NULL, "music_item", HONE_ARG_WORDS, "music_item", "music_item", 30, false },
    { NULL, "first_name", HONE_ARG_WORDS, "first", "first", 90, false },
    { NULL, "last_name|surname", HONE_ARG_WORDS, "last", "last", 60, false },
    { NULL, "hour", HONE_ARG_HOUR, "clock", NULL, 50, false },
    { NULL, "minute", HONE_ARG_MINUTE, "clockminute", NULL, 50, false },
    { NULL, "duration|seconds", HONE_ARG_SPAN, "duration", NULL, 60, false },
    { NULL, "timerange|time_range|when", HONE_ARG_WORDS, "when", "timerange", 40, false },
    { NULL, "time", HONE_ARG_TIME, "time", NULL, 50, false },
    { NULL, "date|day", HONE_ARG_WORDS, "date", "date", 50, false },
    { NULL, "email|e_mail", HONE_ARG_WORDS, "email", "email", 40, false },
    { NULL, "phone|phone_number|telephone", HONE_ARG_PHONE, "phone", NULL, 50, false },
    { NULL, "city|town|origin|departure|arrival", HONE_ARG_WORDS, "city", "city", 45, false },
    { NULL, "state|region|province", HONE_ARG_WORDS, "region", "region", 28, false },
    { NULL, "country", HONE_ARG_WORDS, "country", "country", 22, false },
    { NULL, "destination|place|address|location", HONE_ARG_WORDS, "destination", "place", 50,
      false },
    { NULL, "artist|singer|band", HONE_ARG_WORDS, "artist", "artist", 45, false },
    { NULL, "song|track", HONE_ARG_WORDS, "track", "track", 45, false },
    { NULL, "album", HONE_ARG_WORDS, "album", "album", 20, false },
    { NULL, "genre", HONE_ARG_WORDS, "genre", "genre", 18, false },
    { NULL, "playlist", HONE_ARG_WORDS, "playlist", "playlist", 30, false },
    { NULL, "service|provider", HONE_ARG_WORDS, "service", "service", 22, false },
    { NULL, "year|decade", HONE_ARG_WORDS, "year", "year", 20, false },
    { NULL, "sort|order_by|ranking", HONE_ARG_WORDS, "sort", "sort", 18, false },
    { NULL, "color|colour", HONE_ARG_WORDS, "color", "color", 40, false },
    { NULL, "room", HONE_ARG_WORDS, "room", "room", 50, false },
    { NULL, "language|lang", HONE_ARG_WORDS, "language", "language", 60, false },
    { NULL, "item|product", HONE_ARG_WORDS, "item", "product", 60, false },
    { NULL, "app|application", HONE_ARG_WORDS, "app", "app", 60, false },
    { NULL, "movie|film|book|show|work", HONE_ARG_WORDS, "work", "work", 50, false },
    { NULL, "recipient|contact|person|assignee|guest|passenger|patient|customer|user|name",
      HONE_ARG_WORDS, "name", "name.person", 50, false },
    { NULL, "subject|title|topic|heading", HONE_ARG_WORDS, "subject", "subject", 40, false },
    { NULL, "message|body|text|content|comment|reason|notes|note", HONE_ARG_WORDS, "body", "body",
      50, true },
    { NULL, "label|tag", HONE_ARG_WORDS, "label", "label", 35, false },
};

static bool type_is(const hone_json *schema, const char *word)
{
    const hone_json *t = hone_json_get(schema, "type");
    return hone_json_is(t, HONE_JSON_STRING) && strcasecmp(t->text, word) == 0;
}

static bool has_enum(const hone_json *schema)
{
    const hone_json *e = hone_json_get(schema, "enum");
    return hone_json_is(e, HONE_JSON_ARRAY) && e->len > 0;
}

static const char *text_of(const hone_json *object, const char *key)
{
    const hone_json *v = hone_json_get(object, key);
    return hone_json_is(v, HONE_JSON_STRING) ? v->text : "";
}

static bool says(const char *description, const char *word)
{
    return strcasestr(description, word) != NULL;
}

static void span_unit(hone_arg *g, const char *name, const char *about)
{
    g->unit = 1;
    if (has_any(name, "minutes|minute|min") || says(about, "in minutes")) g->unit = 60;
    else if (has_any(name, "hours|hour") || says(about, "in hours")) g->unit = 3600;
    else if (has_any(name, "ms|milliseconds")) g->unit = 0;
    if (g->unit == 0) g->kind = HONE_ARG_INT;
}

static void kind_of_number(hone_arg *g, const arg_rule *r, const char *name, const char *about)
{
    bool whole = type_is(g->schema, "integer");
    g->kind = whole ? HONE_ARG_INT : HONE_ARG_REAL;
    if (!r) return;
    if (r->kind == HONE_ARG_HOUR || r->kind == HONE_ARG_MINUTE) g->kind = r->kind;
    if (r->kind == HONE_ARG_SPAN) {
        g->kind = HONE_ARG_SPAN;
        span_unit(g, name, about);
    }
}

static void kind_of_string(hone_arg *g, const arg_rule *r, const char *about)
{
    g->kind = r ? r->kind : HONE_ARG_WORDS;
    if (g->kind == HONE_ARG_BOOL || g->kind == HONE_ARG_SPAN || g->kind == HONE_ARG_HOUR ||
        g->kind == HONE_ARG_MINUTE)
        g->kind = HONE_ARG_WORDS;
    if (says(about, "YYYY-MM-DDT") || says(about, "ISO 8601")) g->kind = HONE_ARG_DATETIME;
    else if (says(about, "YYYY-MM-DD")) g->kind = HONE_ARG_DATE;
    else if (says(about, "HH:MM")) g->kind = HONE_ARG_HHMM;
    if (g->kind == HONE_ARG_HHMM) g->role = "clock";
    if (g->kind == HONE_ARG_WORDS && !g->list) g->list = "free";
    if (strcmp(g->role, "to") == 0 && says(about, "address") && !says(about, "name"))
        g->list = "to.address";
    if (strcmp(g->role, "to") == 0 && says(about, "number") && !says(about, "name"))
        g->kind = HONE_ARG_PHONE;
}

static void kind_of(hone_arg *g, const arg_rule *r, const char *name)
{
    const char *about = text_of(g->schema, "description");
    const hone_json *items = hone_json_get(g->schema, "items");
    if (type_is(g->schema, "boolean")) {
        g->kind = HONE_ARG_BOOL;
        g->left_out = says(about, "left out") || says(about, "only when") || says(about, "omit");
    } else if (type_is(g->schema, "integer") || type_is(g->schema, "number") ||
               type_is(g->schema, "float")) {
        kind_of_number(g, r, name, about);
    } else if (type_is(g->schema, "array")) {
        g->kind = !items || type_is(items, "string") ? HONE_ARG_LIST : HONE_ARG_NONE;
        if (!g->list) g->list = "free";
    } else if (type_is(g->schema, "object") || type_is(g->schema, "dict")) {
        g->kind = HONE_ARG_NONE;
    } else if (has_enum(g->schema)) {
        g->kind = HONE_ARG_ENUM;
    } else {
        kind_of_string(g, r, about);
    }
    if (g->kind == HONE_ARG_INT && has_enum(g->schema)) g->kind = HONE_ARG_ENUM;
}

static const arg_rule *rule_for(const hone_family *family, const char *name)
{
    const arg_rule *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        bool own = rules[i].family != NULL;
        if (own && (!family || strcmp(rules[i].family, family->name) != 0)) continue;
        size_t n = longest_word(name, rules[i].words);
        if (n && own) n += 100; /* the family knows better */
        if (n <= most) continue;
        most = n;
        best = &rules[i];
    }
    return best;
}

static bool in_list(const hone_json *array, const char *word)
{
    for (size_t i = 0; array && array->type == HONE_JSON_ARRAY && i < array->len; i++)
        if (hone_json_str_eq(array->items[i], word)) return true;
    return false;
}

static void infer_arg(hone_arg *g, hone_arena *a, const hone_function *f, const hone_json_member *m,
                      bool required)
{
    const char *name = snake(a, m->key);
    const arg_rule *r = rule_for(f->family, name);
    g->name = m->key;
    g->schema = m->value;
    g->required = required;
    g->words = spaced(a, name);
    g->role = r ? r->role : name;
    g->list = r ? r->list : NULL;
    g->open = r ? r->open : false;
    g->share = r ? r->share : 35;
    g->max = 100;
    kind_of(g, r, name);
    int64_t n;
    if (hone_json_i64(hone_json_get(g->schema, "minimum"), &n)) g->min = n;
    if (hone_json_i64(hone_json_get(g->schema, "maximum"), &n)) g->max = n;
    if (!r && g->kind == HONE_ARG_BOOL && f->family && f->family->objects) g->role = "on";
}

/* Two arguments must not answer to one role: the second falls back to its own name. */
static void separate_roles(hone_function *f)
{
    for (int i = 0; i < f->count; i++)
        for (int k = 0; k < i; k++)
            if (strcmp(f->args[i].role, f->args[k].role) == 0) f->args[i].role = f->args[i].name;
}

static void find_family(hone_function *f, const char *name)
{
    f->switched = -1;
    for (int i = 0; i < hone_family_count; i++) {
        const hone_family *y = &hone_families[i];
        if (!has_any(name, y->words) || (y->not &&has_any(name, y->not ))) continue;
        f->family = y;
        f->object = y->objects;
        if (y->objects && has_any(name, "off|disable|stop")) f->switched = 0;
        else if (y->objects && has_any(name, "on|enable|start")) f->switched = 1;
        return;
    }
}

int hone_function_infer(hone_function *ret, hone_arena *a, const hone_json *function, hone_err *err)
{
    hone_function f = { .name = text_of(function, "name"),
                        .tool = function,
                        .description = text_of(function, "description") };
    const char *name = snake(a, f.name);
    const hone_json *parameters = hone_json_get(function, "parameters");
    const hone_json *properties = hone_json_get(parameters, "properties");
    const hone_json *required = hone_json_get(parameters, "required");
    find_family(&f, name);
    size_t cut = strcspn(name, "_");
    f.verb = hone_arena_strndup(a, name, cut);
    f.thing = name[cut] ? spaced(a, name + cut + 1) : spaced(a, name);
    if (properties && properties->type == HONE_JSON_OBJECT) {
        if (properties->len > HONE_ARGS_MAX)
            return hone_fail(err, HONE_E_DATA, "function %s has %zu arguments, more than %d",
                             f.name, properties->len, HONE_ARGS_MAX);
        for (size_t i = 0; i < properties->len; i++) {
            const hone_json_member *m = &properties->members[i];
            hone_arg *g = &f.args[f.count++];
            infer_arg(g, a, &f, m, in_list(required, m->key));
            if (g->kind == HONE_ARG_NONE && g->required)
                f.unsupported = "a required argument is an object or a list of them";
        }
    }
    separate_roles(&f);
    *ret = f;
    return f.verb ? 0 : hone_err_memory(err, "function", sizeof f);
}

int hone_function_role(const hone_function *f, const char *role, size_t len)
{
    for (int i = 0; i < f->count; i++)
        if (strncmp(f->args[i].role, role, len) == 0 && f->args[i].role[len] == 0) return i;
    return -1;
}

bool hone_tools_about(const hone_function *f, int count, const char *words)
{
    hone_arena *a = hone_arena_new();
    bool found = false;
    for (int i = 0; a && i < count && !found; i++) found = has_any(snake(a, f[i].name), words);
    hone_arena_free(a);
    return found;
}

const char *hone_infer_list(size_t i)
{
    size_t n = sizeof rules / sizeof *rules;
    for (size_t k = 0; k < n; k++)
        if (rules[k].list && i-- == 0) return rules[k].list;
    return NULL;
}
