/*
 * Spelling of the control tokens that prompts and answers are made of. Ids: model/tokenizer.h.
 */
#ifndef HONE_MODEL_MARKERS_H
#define HONE_MODEL_MARKERS_H

#define HONE_MARK_BOS "<bos>"
#define HONE_MARK_EOS "<eos>"
#define HONE_MARK_TURN "<start_of_turn>"
#define HONE_MARK_END_TURN "<end_of_turn>"
#define HONE_MARK_DECL "<start_function_declaration>"
#define HONE_MARK_END_DECL "<end_function_declaration>"
#define HONE_MARK_CALL "<start_function_call>"
#define HONE_MARK_END_CALL "<end_function_call>"
#define HONE_MARK_RESPONSE "<start_function_response>"
#define HONE_MARK_END_RESPONSE "<end_function_response>"
#define HONE_MARK_ESCAPE "<escape>"
#define HONE_MARK_IMAGE "<start_of_image>"

#endif
