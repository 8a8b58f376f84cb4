/*
 * Writes a random toy model with a small vocabulary as a model folder: a MODEL for tests and
 * measurements of the whole program that need no real weights.
 *
 *   tiny_folder DIR [LAYERS]
 */
#include <stdio.h>

#include "common/json.h"
#include "export/folder.h"
#include "tests/support_tiny.h"
#include "tests/support_tokenizer.h"

int main(int argc, char **argv)
{
    int64_t layers = 2;
    hone_err err;
    hone_err_clear(&err);
    if (argc < 2 || (argc > 2 && !hone_parse_i64(argv[2], strlen(argv[2]), &layers))) return 64;
    hone_config c = support_tiny_config((int)layers, 1);
    c.V = SUPPORT_PIECES;
    c.max_positions = 8192;
    hone_model *m = support_tiny_model(&c, 5);
    m->tokenizer = support_tokenizer();
    m->chat_template = hone_strdup("{{ bos_token }}");
    const hone_merge whole = { .model = m };
    int rc = hone_folder_write(&whole, m->chat_template, HONE_F32, argv[1], &err);
    if (rc < 0) (void)fprintf(stderr, "%s\n", err.message);
    hone_model_close(m);
    return rc < 0 ? 1 : 0;
}
