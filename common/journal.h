/*
 * Journal: an append-only file of records that are durable before they count. Every record carries its
 * length and a CRC-32C, so a torn tail is certain: on open it is cut to the last whole record and the
 * cut bytes are kept in "PATH.torn". Records are JSON objects of one line: "%08x %08x {json}\n" (length of
 * the JSON text, its checksum).
 */
#ifndef HONE_COMMON_JOURNAL_H
#define HONE_COMMON_JOURNAL_H

#include "common/json.h"

typedef struct hone_journal hone_journal;
/* Opens or creates (mode 0600), recovers, and hands every whole record to on_record (may be NULL). */
int hone_journal_open(hone_journal **ret, const char *path,
                      int (*on_record)(void *user, const hone_json *record, hone_err *err),
                      void *user, hone_err *err);
int hone_journal_append(hone_journal *j, const hone_json *record, bool sync, hone_err *err);
int hone_journal_sync(hone_journal *j, hone_err *err);
void hone_journal_close(hone_journal *j); /* accepts NULL */

#endif
