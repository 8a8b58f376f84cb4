/*
 * Journal: an append-only file of records that are durable before they count. Every record carries
 * its length and a CRC-32C, so a torn tail is certain: on open it is cut to the last whole record
 * and the cut bytes are kept in "PATH.torn". Records are JSON objects of one line: "%08x %08x
 * {json}\n" (length of the JSON text, its checksum). Damage that whole records follow is no torn
 * tail: such a file is refused with the place, never shortened. One process at a time; one thread
 * at a time.
 */
#ifndef HONE_COMMON_JOURNAL_H
#define HONE_COMMON_JOURNAL_H

#include "common/json.h"

typedef struct hone_journal hone_journal;
/* Opens or creates (mode 0600), recovers, and hands every whole record to on_record (may be NULL);
 * the record lives until on_record returns, and a negative return ends the opening with that code.
 * Errors: HONE_E_DATA (damage, with the byte), HONE_E_REFUSED (in use), HONE_E_IO. */
int hone_journal_open(hone_journal **ret, const char *path,
                      int (*on_record)(void *user, const hone_json *record, hone_err *err),
                      void *user, hone_err *err);
/* One record; with sync it is durable when this returns 0. Without, it waits in memory for the next
 * sync, the closing, or until many wait, so that records that share a sync share one write. After a
 * failure every later append and sync fails too: open the journal again. */
int hone_journal_append(hone_journal *j, const hone_json *record, bool sync, hone_err *err);
/* The same with the JSON text of an object, which is not looked at. */
int hone_journal_append_text(hone_journal *j, const char *text, size_t len, hone_err *err);
int hone_journal_sync(hone_journal *j, hone_err *err);
void hone_journal_close(hone_journal *j); /* accepts NULL; writes, does not sync */

#endif
