/* SHA-256 and short content ids (libcrypto), CRC-32C for journals and event files. */
#ifndef HONE_COMMON_HASH_H
#define HONE_COMMON_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/json.h"

typedef struct hone_sha256 hone_sha256;
hone_sha256 *hone_sha256_new(void); /* NULL when out of memory */
void hone_sha256_add(hone_sha256 *h, const void *p, size_t n);
void hone_sha256_hex(hone_sha256 *h, char hex[65]); /* ends h: free it afterwards */
void hone_sha256_free(hone_sha256 *h);

void hone_sha256_of(const void *p, size_t n, char hex[65]);
int hone_sha256_file(const char *path, char hex[65], hone_err *err);
/* Every regular file of a folder tree: hash over sorted "relative-path\0sha256\n" lines. Links to
 * files count as files, links to folders are left out. */
int hone_sha256_tree(const char *path, char hex[65], hone_err *err);
void hone_sha256_json(const hone_json *v, char hex[65]); /* canonical form; "" if out of memory */
/* Git's id of a file's content: SHA-1 over "blob <n>", NUL and the bytes. For names that a hub
 * gives to small files; never for anything that must withstand an attacker. */
void hone_git_blob_of(const void *p, size_t n, char hex[41]);
uint32_t hone_crc32c(uint32_t crc, const void *p, size_t n); /* start with 0 */

#endif
