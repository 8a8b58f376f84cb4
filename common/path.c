/* File names as text (hone_path_ of common/fs.h). Nothing here asks the file system. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

char *hone_path_join(const char *dir, const char *name)
{
    size_t n = strlen(dir);
    if (name[0] == '/' || n == 0) return hone_strdup(name);
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_buf_add(&b, dir, n);
    if (dir[n - 1] != '/') hone_buf_char(&b, '/');
    hone_buf_str(&b, name);
    return hone_buf_take(&b);
}

const char *hone_path_join_in(hone_arena *a, const char *dir, const char *name)
{
    char *joined = hone_path_join(dir, name);
    const char *kept = joined ? hone_arena_strndup(a, joined, strlen(joined)) : NULL;
    hone_free(joined);
    return kept;
}

char *hone_path_dir(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') n--; /* "a/b/" is in "a" */
    while (n > 0 && path[n - 1] != '/') n--;
    while (n > 1 && path[n - 1] == '/') n--;
    return n ? hone_strndup(path, n) : hone_strdup(".");
}

const char *hone_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool hone_path_has_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path), k = strlen(suffix);
    return n >= k && memcmp(path + n - k, suffix, k) == 0;
}

static const char *home_dir(void)
{
    const char *home = getenv("HOME");
    if (home && home[0]) return home;
    const struct passwd *pw = getpwuid(getuid());
    return pw && pw->pw_dir && pw->pw_dir[0] ? pw->pw_dir : ".";
}

/* XDG: a relative XDG_CACHE_HOME is to be ignored. */
char *hone_path_cache(const char *name)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (cache && cache[0] == '/')
        hone_buf_str(&b, cache);
    else
        hone_buf_printf(&b, "%s/.cache", home_dir());
    hone_buf_printf(&b, "/hone/%s", name);
    return hone_buf_take(&b);
}
