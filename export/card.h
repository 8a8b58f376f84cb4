/* The model card of an export: Markdown for people, from the same facts as the manifest. */
#ifndef HONE_EXPORT_CARD_H
#define HONE_EXPORT_CARD_H

#include "export/package_parts.h"

/* Writes k->r->card_path. Fails with HONE_E_DATA when --report names no report. */
int hone_card_write(hone_package *k, const hone_manifest *m);

#endif
