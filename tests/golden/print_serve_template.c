/* Prints a template file as `hone export --serve-template` puts it into a file, for
 * check_template.py. */
#include <stdio.h>
#include <stdlib.h>

#include "common/fs.h"
#include "common/mem.h"
#include "export/serve_template.h"

int main(int argc, char **argv)
{
    hone_buf text;
    hone_err err;
    char *patched = NULL;
    hone_err_clear(&err);
    int rc = argc == 2 ? hone_fs_read(&text, argv[1], 1 << 20, &err) : HONE_E_USAGE;
    if (rc < 0) return EXIT_FAILURE;
    rc = hone_template_for_serve(&patched, text.data, &err);
    if (rc == 0) (void)fputs(patched, stdout);
    else (void)fprintf(stderr, "%s\n", err.message);
    hone_free(patched);
    hone_buf_done(&text);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
