/* Inside of explaining a file: the findings, and the part about the .tflite model. */
#ifndef HONE_EXPORT_EXPLAIN_PARTS_H
#define HONE_EXPORT_EXPLAIN_PARTS_H

#include "export/explain.h"
#include "model/tflite_read.h"

/* How much a finding weighs: the device fails or answers wrongly; it may; it is good to know. */
typedef enum hone_find_level { HONE_FIND_ERROR, HONE_FIND_WARNING, HONE_FIND_NOTE } hone_find_level;

typedef struct hone_explanation {
    hone_arena *a;
    hone_json *o, *findings;
    const char *path;
    int context;      /* columns of the cache, 0 = not known */
    int vocabulary;   /* of the logits, 0 = not known */
    bool failed;      /* memory ran out */
} hone_explanation;

/* One finding; every rule has its own code. */
void hone_explain_find(hone_explanation *e, hone_find_level level, const char *code,
                       const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* A reader's error as a finding, with its place. */
void hone_explain_error(hone_explanation *e, const char *code, const hone_err *err);

void hone_explain_put(hone_explanation *e, hone_json *o, const char *key, hone_json *v);
void hone_explain_text(hone_explanation *e, hone_json *o, const char *key, const char *v);
void hone_explain_int(hone_explanation *e, hone_json *o, const char *key, int64_t v);

/* A SentencePiece model; needs the vocabulary. */
void hone_explain_pieces(hone_explanation *e, const uint8_t *p, size_t n);
/* Signatures, shapes, operators and number formats of a model; sets context and vocabulary. */
void hone_explain_model(hone_explanation *e, const hone_tflite *m);

#endif
