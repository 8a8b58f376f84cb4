/*
 * `hone pull org/name`: fetches a model folder into the hub cache, the only download that the
 * program does. The work is in model/hub_pull.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

#include "cli/cmd.h"
#include "common/log.h"
#include "common/mem.h"
#include "model/hub.h"

static const char *opt_revision = "main", *opt_endpoint, *opt_cache_dir;
static bool opt_json;

static const hone_opt options[] = {
    { "revision", 0, NULL, HONE_OPT_STRING, &opt_revision, 0, 0, NULL, "REV",
      "branch, tag or commit", false },
    { "endpoint", 0, NULL, HONE_OPT_STRING, &opt_endpoint, 0, 0, NULL, "URL",
      "the hub; default: HF_ENDPOINT, else https://huggingface.co", false },
    { "cache-dir", 0, NULL, HONE_OPT_PATH, &opt_cache_dir, 0, 0, NULL, "DIR",
      "cache; default: HF_HUB_CACHE, HF_HOME/hub or ~/.cache/huggingface/hub", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL,
      "print the result as a JSON object", false },
};

static const hone_command command = {
    "pull", "hone pull ORG/NAME [--revision REV]",
    "Fetches configuration, safetensors weights, tokenizer and chat template of a model\n"
    "into the hub's cache; afterwards ORG/NAME is a MODEL. A broken download goes on\n"
    "where it ended; every file is checked against the hub's hash. Gated models need a\n"
    "read token in HF_TOKEN; HF_HUB_OFFLINE=1 forbids the network.",
    options, sizeof(options) / sizeof(options[0]),
    "  hone pull google/functiongemma-270m-it\n"
};

static bool is_offline(void)
{
    static const char *const words[] = { "1", "true", "yes", "on" };
    const char *v = getenv("HF_HUB_OFFLINE");
    for (size_t i = 0; v && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(v, words[i]) == 0) return true;
    return false;
}

/* The hub's address without slashes at its end. */
static const char *find_endpoint(hone_arena *a)
{
    const char *url = opt_endpoint ? opt_endpoint : getenv("HF_ENDPOINT");
    if (!url || !url[0]) url = "https://huggingface.co";
    size_t n = strlen(url);
    while (n > 0 && url[n - 1] == '/') n--;
    return hone_arena_strndup(a, url, n);
}

static void print_result(const hone_pulled *r)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    if (!opt_json) {
        printf("%s\n", r->path);
        hone_log("%d files, %d fetched (%.1f MB)", r->files, r->fetched, (double)r->bytes / 1e6);
        return;
    }
    hone_buf_str(&b, "{\"path\":");
    hone_json_write_str(&b, r->path, strlen(r->path));
    hone_buf_printf(&b, ",\"files\":%d,\"fetched\":%d,\"bytes\":%lld}", r->files, r->fetched,
                    (long long)r->bytes);
    printf("%s\n", hone_buf_ok(&b) ? b.data : "{}");
    hone_buf_done(&b);
}

static int pull(hone_arena *a, const char *name, hone_err *err)
{
    hone_pulled r = { 0 };
    const hone_pull p = { .name = name,
                          .revision = opt_revision,
                          .endpoint = find_endpoint(a),
                          .token = getenv("HF_TOKEN"),
                          .cache = opt_cache_dir };
    if (!p.endpoint) return hone_err_memory(err, "a URL", 0);
    if (is_offline()) {
        int rc = hone_fail(err, HONE_E_REFUSED, "HF_HUB_OFFLINE forbids the network");
        hone_err_hint(err, "unset it to fetch %s", name);
        return rc;
    }
    HONE_TRY(hone_hub_pull(&r, &p, err));
    print_result(&r);
    hone_pulled_done(&r);
    return 0;
}

int hone_cmd_pull(int argc, char **argv)
{
    hone_err err;
    const char *name = NULL;
    int count = 0;
    hone_err_clear(&err);
    (void)prctl(PR_SET_DUMPABLE, 0); /* no core file with the token in it */
    hone_arena *a = hone_arena_new();
    int rc = a ? hone_cmd_parse(&command, argc, argv, &name, 1, &count, a, &err)
               : hone_err_memory(&err, "options", 0);
    if (rc == 0 && count == 0) {
        rc = hone_fail(&err, HONE_E_USAGE, "no model is named");
        hone_err_hint(&err, "for example: hone pull google/functiongemma-270m-it");
    }
    if (rc == 0) rc = pull(a, name, &err);
    hone_arena_free(a);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
