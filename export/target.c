/* Folders that appear at once (export/target.h). */
#include "export/target.h"

#include <string.h>

#include "common/buf.h"
#include "common/fs.h"
#include "common/mem.h"

/* "small/" and "small" are the same folder; what is written lies beside it. */
static int temp_name(char **ret, const char *out, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(8192);
    size_t len = strlen(out);
    while (len > 1 && out[len - 1] == '/') len--;
    hone_buf_add(&b, out, len);
    hone_buf_str(&b, ".part");
    *ret = hone_buf_ok(&b) ? hone_buf_take(&b) : NULL;
    hone_buf_done(&b);
    return *ret ? 0 : hone_err_memory(err, "a path", len);
}

/* An older folder of ours may be replaced, and an empty one. */
static int check_target(const char *out, hone_err *err)
{
    char **names = NULL;
    size_t count = 1;
    bool ours = false;
    if (!hone_fs_exists(out)) return 0;
    if (hone_fs_is_dir(out)) {
        HONE_TRY(hone_fs_list(&names, &count, out, err));
        for (size_t i = 0; i < count; i++) ours = ours || !strcmp(names[i], HONE_FOLDER_MANIFEST);
        hone_fs_list_free(names, count);
    }
    if (count == 0 || ours) return 0;
    hone_err_at(err, out, 0, -1);
    hone_err_hint(err, "name a folder that does not exist yet");
    return hone_fail(err, HONE_E_REFUSED, "there is something else already, which hone did not "
                     "write");
}

int hone_target_begin(char **ret_temp, const char *out, hone_err *err)
{
    char *temp = NULL;
    int rc = 0;
    HONE_TRY(check_target(out, err));
    HONE_TRY(temp_name(&temp, out, err));
    HONE_GOTO(rc, out, hone_fs_remove_tree(temp, err));
    HONE_GOTO(rc, out, hone_fs_mkdirs(temp, err));
    *ret_temp = temp;
    temp = NULL;
out:
    hone_free(temp);
    return rc;
}

int hone_target_end(char **temp, const char *out, hone_err *err)
{
    HONE_TRY(hone_fs_remove_tree(out, err));
    HONE_TRY(hone_fs_rename(*temp, out, err));
    hone_free(*temp);
    *temp = NULL;
    return 0;
}

void hone_target_abort(char **temp)
{
    if (*temp) (void)hone_fs_remove_tree(*temp, NULL);
    hone_free(*temp);
    *temp = NULL;
}
