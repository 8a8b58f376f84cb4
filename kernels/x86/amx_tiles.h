/* The shape of AMX tiles: all eight are 16 rows of 64 bytes. Included by the files for AMX only. */
#ifndef HONE_KERNELS_X86_AMX_TILES_H
#define HONE_KERNELS_X86_AMX_TILES_H

#include <stdint.h>

/* Layout: Intel's manual, LDTILECFG. */
typedef struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_config;

static const tile_config all_tiles = { .palette = 1,
                                    .row_bytes = { 64, 64, 64, 64, 64, 64, 64, 64 },
                                    .rows = { 16, 16, 16, 16, 16, 16, 16, 16 } };

/* The compiler's own function names only 8 of the 64 bytes as read (gcc 12). */
static inline void tiles_open(void)
{
    __asm__ volatile("ldtilecfg %0" ::"m"(all_tiles));
}

#endif
