/* Number formats of exported files by name (kernels/quant.h). */
#include <string.h>

#include "kernels/quant.h"

static const char *const NAMES[HONE_QUANT_KINDS] = {
    [HONE_QUANT_F32] = "f32",       [HONE_QUANT_I8_ROW] = "q8",    [HONE_QUANT_I4_ROW] = "q4c",
    [HONE_QUANT_I4_B32] = "q4b32",  [HONE_QUANT_I4_B64] = "q4b64", [HONE_QUANT_I4_B128] = "q4b128",
};

const char *hone_quant_name(hone_quant q)
{
    return NAMES[q];
}

int hone_quant_parse(hone_quant *ret, const char *name, hone_err *err)
{
    for (int q = 0; q < HONE_QUANT_KINDS; q++)
        if (strcmp(NAMES[q], name) == 0) {
            *ret = (hone_quant)q;
            return 0;
        }
    hone_err_hint(err, "f32, q8, q4b32, q4b64, q4b128 or q4c");
    return hone_fail(err, HONE_E_USAGE, "there is no number format '%s'", name);
}
