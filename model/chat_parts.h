/* What the two halves of the prompt renderer share. Internal to model/. */
#ifndef HONE_MODEL_CHAT_PARTS_H
#define HONE_MODEL_CHAT_PARTS_H

#include "model/chat.h"

/* Absent, null, "", 0, 0.0, false, [] and {} (Jinja's truth test). */
bool hone_chat_falsy(const hone_json *v);
/* Text of a value as the template prints it: absent is nothing, null None, a list as Python shows
 * it. */
void hone_chat_str(hone_buf *out, const hone_json *v);
/* The same between two <escape>. */
void hone_chat_escaped(hone_buf *out, const hone_json *v);
/* declaration:NAME{..} of a tool's function object. */
int hone_chat_declaration(hone_buf *out, const hone_json *function, hone_err *err);

/* Where the parts of a rendered text lie, in bytes. */
typedef struct hone_chat_span {
    size_t from, to;
} hone_chat_span;

typedef struct hone_chat_marks {
    size_t answer_message;   /* in: index of the message that begins the completion, or SIZE_MAX */
    hone_chat_span *targets; /* in: room for two a message; out: what the model itself writes */
    size_t count;
    size_t answer_at;        /* out: where the completion begins; the end without an answer */
    size_t developer_end;    /* out: end of the developer turn, 0 without one */
} hone_chat_marks;

/* hone_chat_render that notes places; marks may be NULL. */
int hone_chat_render_marked(hone_buf *out, const hone_json *messages, const hone_json *tools,
                            bool add_generation_prompt, hone_chat_marks *marks, hone_err *err);

#endif
