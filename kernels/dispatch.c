/*
 * Fills the kernel table: the reference first, then what the processor can do better, level by
 * level. HONE_CPU_MASK hides features, so that one machine can run every path.
 */
#include "kernels/kernels.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

static const char *const feature_names[] = { "avx2", "fma", "avx512",   "bf16",
                                             "vnni", "amx", "amx_int8", "avx_vnni" };
enum { FEATURES = sizeof feature_names / sizeof *feature_names };

const char *hone_cpu_feature_name(unsigned bit)
{
    for (unsigned i = 0; i < FEATURES; i++) {
        if (bit == 1u << i) return feature_names[i];
    }
    return NULL;
}

#if defined(__x86_64__) && defined(__linux__)
/* Tiles for bf16, kept by the system over a change of threads (XCR0 bits 17 and 18), and leave to
 * use them, which is asked for once a process (Linux, arch_prctl). */
static bool amx_offered(void)
{
    enum { LEAF = 7, AMX_BF16 = 1 << 22, AMX_TILE = 1 << 24, OSXSAVE = 1 << 27 };
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    const unsigned tile_state = 3u << 17;
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE)) return false;
    if (!__get_cpuid_count(LEAF, 0, &a, &b, &c, &d)) return false;
    if (!(d & AMX_BF16) || !(d & AMX_TILE)) return false;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & tile_state) != tile_state) return false;
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}
#else
static bool amx_offered(void)
{
    return false;
}
#endif

#if defined(__x86_64__)
/* What the compiler's own test of features does not know. */
static unsigned offered_by_leaf(bool amx)
{
    enum { LEAF = 7, AMX_INT8 = 1 << 25, AVX_VNNI = 1 << 4 };
    unsigned a, b, c, d, f = 0;
    if (amx && __get_cpuid_count(LEAF, 0, &a, &b, &c, &d) && d & AMX_INT8) f |= HONE_CPU_AMX_INT8;
    if (__get_cpuid_count(LEAF, 1, &a, &b, &c, &d) && a & AVX_VNNI) f |= HONE_CPU_AVX_VNNI;
    return f;
}
#endif

static unsigned offered(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    unsigned f = 0;
    if (__builtin_cpu_supports("avx2")) f |= HONE_CPU_AVX2;
    if (__builtin_cpu_supports("fma")) f |= HONE_CPU_FMA;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        f |= HONE_CPU_AVX512;
    if (__builtin_cpu_supports("avx512bf16")) f |= HONE_CPU_BF16;
    if (__builtin_cpu_supports("avx512vnni")) f |= HONE_CPU_VNNI;
    if (amx_offered()) f |= HONE_CPU_AMX;
    f |= offered_by_leaf(f & HONE_CPU_AMX);
    if (!(f & HONE_CPU_AVX2)) f &= ~(unsigned)HONE_CPU_AVX_VNNI; /* the system keeps no registers */
    return f;
#else
    return 0;
#endif
}

/* Features named in a comma-separated list. */
static unsigned named(const char *list)
{
    unsigned f = 0;
    while (*list) {
        size_t n = strcspn(list, ",");
        if (n == 3 && !memcmp(list, "all", 3)) return ~0u;
        for (unsigned i = 0; i < FEATURES; i++) {
            if (strlen(feature_names[i]) == n && !memcmp(list, feature_names[i], n)) f |= 1u << i;
        }
        list += n + (list[n] == ',');
    }
    return f;
}

unsigned hone_cpu_features(void)
{
    const char *mask = getenv("HONE_CPU_MASK");
    return offered() & ~(mask ? named(mask) : 0);
}

hone_kernels hone_kernels_for(unsigned features)
{
    hone_kernels k = { .name = "ref",
#define X(SIGNATURE, kernel) .kernel = hone_##kernel##_f32_ref,
                       HONE_KERNEL_LIST(X)
#undef X
    };
#if defined(__x86_64__)
    if (!(features & HONE_CPU_AVX2) || !(features & HONE_CPU_FMA)) return k;
    k.name = "avx2";
#define X(SIGNATURE, kernel) k.kernel = hone_##kernel##_f32_avx2;
    HONE_KERNEL_LIST(X)
#undef X
    if (!(features & HONE_CPU_AVX512)) return k;
    k.name = "avx512";
#define X(SIGNATURE, kernel) k.kernel = hone_##kernel##_f32_avx512;
    HONE_ROW_KERNEL_LIST(X)
#undef X
#endif
    (void)features;
    return k;
}

static hone_kernels process_kernels;
static pthread_once_t kernels_once = PTHREAD_ONCE_INIT;

static void init(void)
{
    process_kernels = hone_kernels_for(hone_cpu_features());
}

const hone_kernels *hone_kernels_get(void)
{
    pthread_once(&kernels_once, init);
    return &process_kernels;
}
