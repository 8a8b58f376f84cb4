/*
 * Runs a fuzz target over every file of the folders (or files) named on the command line: the
 * corpus as an ordinary test. An empty corpus is a failure, so that a wrong path is noticed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/fs.h"
#include "common/mem.h"
#include "tests/fuzz/fuzz.h"

static int fail(const hone_err *err)
{
    char line[2048];
    hone_err_format(err, line, sizeof line);
    (void)fprintf(stderr, "replay: %s\n", line);
    return EXIT_FAILURE;
}

static int replay_file(const char *path, hone_err *err)
{
    hone_buf text;
    HONE_TRY(hone_fs_read(&text, path, HONE_BUF_TEXT_MAX, err));
    /* an exact copy: the buffer's terminator must not hide a read past the end */
    uint8_t *copy = malloc(text.len ? text.len : 1);
    FUZZ_CHECK(copy);
    for (size_t i = 0; i < text.len; i++) copy[i] = (uint8_t)text.data[i];
    (void)LLVMFuzzerTestOneInput(copy, text.len);
    free(copy);
    hone_buf_done(&text);
    return 0;
}

static int replay_folder(const char *dir, size_t *files, hone_err *err)
{
    char **names;
    size_t count;
    HONE_TRY(hone_fs_list(&names, &count, dir, err));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        char *path = hone_path_join(dir, names[i]);
        FUZZ_CHECK(path);
        rc = replay_file(path, err);
        hone_free(path);
    }
    *files += count;
    hone_fs_list_free(names, count);
    return rc;
}

int main(int argc, char **argv)
{
    size_t files = 0;
    hone_err err;
    hone_err_clear(&err);
    for (int i = 1; i < argc; i++) {
        bool folder = hone_fs_is_dir(argv[i]);
        int rc = folder ? replay_folder(argv[i], &files, &err) : replay_file(argv[i], &err);
        if (rc < 0) return fail(&err);
        files += !folder;
    }
    (void)fprintf(stderr, "replayed %zu inputs\n", files);
    return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
