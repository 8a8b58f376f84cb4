/* Model folders for other programs (export/folder.h), on top of model/safetensors.h. */
#include "export/folder.h"

#include <string.h>

#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"
#include "model/safetensors.h"

static int write_text(const char *dir, const char *name, const char *text, size_t n, hone_err *err)
{
    char *path = hone_path_join(dir, name);
    if (!path) return hone_err_memory(err, "a path", strlen(name));
    const int rc = hone_fs_write(path, text, n, err);
    hone_free(path);
    return rc;
}

/* The settings that transformers reads besides tokenizer.json. */
static int write_tokenizer_config(const hone_merge *m, const char *dir, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_buf_printf(
        &b,
        "{\n  \"add_bos_token\": true,\n  \"add_eos_token\": false,\n  \"bos_token\": \"<bos>\",\n"
        "  \"clean_up_tokenization_spaces\": false,\n  \"eos_token\": \"<eos>\",\n"
        "  \"model_max_length\": %d,\n  \"pad_token\": \"<pad>\",\n"
        "  \"spaces_between_special_tokens\": false,\n"
        "  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n  \"unk_token\": \"<unk>\"\n}\n",
        m->model->config.max_positions);
    const int rc = hone_buf_ok(&b)
                       ? write_text(dir, "tokenizer_config.json", b.data, b.len, err)
                       : hone_err_memory(err, "tokenizer_config.json", b.len);
    hone_buf_done(&b);
    return rc;
}

/* Greedy, and the ids that end an answer: <eos>, <end_of_turn>, <start_function_response>. */
static int write_generation_config(const char *dir, hone_err *err)
{
    static const char text[] =
        "{\n  \"bos_token_id\": 2,\n  \"do_sample\": false,\n  \"eos_token_id\": [1, 106, 50],\n"
        "  \"pad_token_id\": 0\n}\n";
    return write_text(dir, "generation_config.json", text, sizeof(text) - 1, err);
}

int hone_folder_dtype(hone_dtype *ret, const char *name, hone_err *err)
{
    static const struct {
        const char *name;
        hone_dtype dtype;
    } names[] = { { "f32", HONE_F32 }, { "bf16", HONE_BF16 }, { "f16", HONE_F16 } };
    for (int i = 0; i < 3; i++)
        if (strcmp(names[i].name, name) == 0) {
            *ret = names[i].dtype;
            return 0;
        }
    hone_err_hint(err, "f32, bf16 or f16");
    return hone_fail(err, HONE_E_USAGE, "a safetensors folder cannot hold '%s'", name);
}

int hone_folder_write(const hone_merge *m, const char *chat_template, hone_dtype dtype,
                      const char *dir, hone_err *err)
{
    char *path = NULL;
    HONE_TRY(hone_fs_mkdirs(dir, err));
    path = hone_path_join(dir, "tokenizer.json");
    if (!path) return hone_err_memory(err, "a path", strlen(dir));
    int rc = hone_tokenizer_json_write(m->model->tokenizer, path, err);
    hone_free(path);
    if (rc < 0) return rc;
    HONE_TRY(write_tokenizer_config(m, dir, err));
    HONE_TRY(write_generation_config(dir, err));
    if (chat_template)
        HONE_TRY(write_text(dir, "chat_template.jinja", chat_template, strlen(chat_template),
                            err));
    return hone_model_write_safetensors(m->model, m->adapter, dir, dtype, 0, err);
}
