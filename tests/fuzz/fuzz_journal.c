/*
 * Journal recovery. The input is the file. Opening it hands out records and leaves a prefix of the
 * input, or is refused and leaves the input; a second opening hands out the same; appending adds
 * one.
 */
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/journal.h"
#include "common/mem.h"
#include "tests/fuzz/fuzz.h"

static char dir[32], path[64], torn[64];

static void remove_dir(void)
{
    (void)hone_fs_remove_tree(dir, NULL);
}

static void make_dir(void)
{
    if (dir[0]) return;
    (void)snprintf(dir, sizeof dir, "/tmp/hone-fuzz-XXXXXX");
    FUZZ_CHECK(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/journal", dir);
    (void)snprintf(torn, sizeof torn, "%s/journal.torn", dir);
    FUZZ_CHECK(atexit(remove_dir) == 0);
}

static int count_record(void *user, const hone_json *record, hone_err *err)
{
    (void)err;
    FUZZ_CHECK(record->type == HONE_JSON_OBJECT);
    ++*(int *)user;
    return 0;
}

static int open_once(int *records, bool append)
{
    hone_journal *j = NULL;
    hone_err err;
    hone_err_clear(&err);
    *records = 0;
    int rc = hone_journal_open(&j, path, count_record, records, &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_DATA && err.message[0]));
    if (rc == 0 && append) {
        hone_arena *a = hone_arena_new();
        FUZZ_CHECK(hone_journal_append(j, hone_json_new_object(a), false, &err) == 0);
        hone_arena_free(a);
    }
    hone_journal_close(j);
    return rc;
}

static void check_prefix(const uint8_t *data, size_t size, bool whole)
{
    hone_buf left;
    FUZZ_CHECK(hone_fs_read(&left, path, HONE_BUF_TEXT_MAX, NULL) == 0);
    FUZZ_CHECK(whole ? left.len == size : left.len <= size);
    FUZZ_CHECK(left.len == 0 || memcmp(left.data, data, left.len) == 0);
    hone_buf_done(&left);
}

static void write_input(const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    FUZZ_CHECK(f && fwrite(data, 1, size, f) == size && fclose(f) == 0);
    (void)unlink(torn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t before = hone_mem_live();
    int first, second;
    make_dir();
    write_input(data, size);
    int rc = open_once(&first, false);
    check_prefix(data, size, rc < 0);
    if (rc == 0) {
        FUZZ_CHECK(open_once(&second, true) == 0 && second == first);
        FUZZ_CHECK(open_once(&second, false) == 0 && second == first + 1);
    }
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
