/* What stands around a request: politeness, wake words, fillers, corrections. {vp}, {np}, {s} are
 * the request itself as a command, a noun phrase, a sentence; {ving} is the command with "-ing".
 * The .open lists add nothing behind it: there a text could be taken for a part of what is to be
 * written. */
#include "datagen/words.h"

#define V_OPEN                                                                                     \
    "{vp}|{vp}|{vp}|{vp}|{vp}|{vp}|{vp}|{vp}|please {vp}|please {vp}|can you {vp}|can you "        \
    "{vp}|can you please {vp}|could you {vp}|could you {vp}|could you please {vp}|would you "      \
    "{vp}|will you {vp}|"                                                                          \
    "I need you to {vp}|I want you to {vp}|I'd like you to {vp}|would you mind {ving}|go ahead "   \
    "and {vp}|just {vp}|help me {vp}|be so kind and {vp}|do me a favor and {vp}|kindly "           \
    "{vp}|quickly {vp}|now {vp}|"                                                                  \
    "you can {vp}|I was hoping you could {vp}|any chance you could {vp}|is it possible to "        \
    "{vp}|make sure to {vp}|next, {vp}|then {vp}|can you quickly {vp}|could you maybe {vp}|let's " \
    "{vp}|gonna need you to {vp}|how about you {vp}|time to {vp}"
#define V_ANY                                                                                     \
    V_OPEN "|{vp} please|{vp} please|{vp}, please|{vp} for me|{vp}, thanks|{vp} thank you|can "   \
           "you {vp} for me|can you {vp} please|could you {vp} please|{vp} will you|{vp}, would " \
           "you|{vp} if you can|{vp} now|{vp} real quick|{vp}, thank you very much|please {vp} "  \
           "for me|{vp}, ok"
#define C_OPEN                                                                                  \
    "{vp}|{vp}|{vp}|{vp}|please {vp}|please {vp}|can you {vp}|can you {vp}|can you please "     \
    "{vp}|could you {vp}|could you {vp}|could you please {vp}|would you {vp}|will you {vp}|I "  \
    "need you to {vp}|I want you to {vp}|I'd like you to {vp}|"                                 \
    "would you mind {ving}|just {vp}|be so kind and {vp}|do me a favor and {vp}|then {vp}|now " \
    "{vp}|you can {vp}|I was hoping you could {vp}|any chance you could {vp}|could you maybe "  \
    "{vp}|quickly {vp}|gonna need you to {vp}|you should {vp}"
#define C_ANY                                                                                  \
    C_OPEN "|{vp} please|{vp} please|{vp}, please|{vp}, thanks|can you {vp} please|could you " \
           "{vp} please|{vp} will you|{vp}, would you|{vp}, ok|{vp} thank you"
#define SELF_OPEN                                                                                 \
    "I want to {vp}|I want to {vp}|I need to {vp}|I need to {vp}|I'd like to {vp}|let me {vp}|I " \
    "have to {vp}|I wanna {vp}|I would like to {vp}|we need to {vp}|we want to {vp}|I gotta "     \
    "{vp}|I'm trying to {vp}|can I {vp}|I should {vp}|I'm supposed to {vp}"
#define SELF_ANY                                                                                \
    SELF_OPEN "|I want to {vp} please|I'd like to {vp} please|can I {vp} please|could we {vp} " \
              "please|I need to {vp}, please|I'd love to {vp}"
#define N_OPEN                                                                                    \
    "{np}|{np}|{np}|I need {np}|I need {np}|I want {np}|I'd like {np}|give me {np}|can I get "    \
    "{np}|can I have {np}|could I have {np}|let me have {np}|we need {np}|please {np}|how about " \
    "{np}|I would like {np}|could I get {np}"
#define N_ANY                                                                                  \
    N_OPEN "|{np} please|{np} please|{np}, please|{np}, thanks|can I get {np} please|give me " \
           "{np} please|I need {np} please|I need {np} now|quick, {np}|may I have {np}, "      \
           "please|{np} would be great|{np} if possible|I could use {np}"

const hone_words hone_words_talk[] = {
    { "w.v.open", V_OPEN },
    { "w.v.any", V_ANY },
    { "w.c.open", C_OPEN },
    { "w.c.any", C_ANY },
    { "w.o.open", SELF_OPEN },
    { "w.o.any", SELF_ANY },
    { "w.n.open", N_OPEN },
    { "w.n.any", N_ANY },
    { "w.b.open", "{np}|{np}|{np}|please {np}|ok {np}" },
    { "w.b.any", "{np}|{np}|{np}|{np}|{np} please|{np} please|please {np}|{np}, thanks|ok {np}" },
    { "w.s.open", "{s}" },
    { "w.s.any", "{s}|{s}|{s}|{s}|{s} please" },
    { "wake", "hey|hey|hi|hello|ok|okay|hey phone|ok phone|hello phone|hey you|yo|hey there|dear "
              "phone|computer|assistant|hi there|listen|excuse me" },
    { "start", "so|ok so|um|uh|well|alright|right|oh|ah|now|um so|uh ok|hmm|er|let me see|let's "
               "see|yeah|oh and|and|oh wait|actually|sorry|like|you know what|ok now|alright "
               "then|one thing|quick question|perfect, now|thanks, now|great, and now|good, then" },
    { "filler", "um|uh|um|uh|er|like|you know|hmm|uhm|let me think|well|what was it" },
    { "mend", ", no, |, no |, sorry, |, sorry |, I mean | I mean |, no wait, | no wait |, no make "
              "that | no make that |, actually |, or rather | or rather |, oops, |, scratch that, "
              "|, wait, no, | uh no |, er, no, |, hmm no, |, no sorry, | sorry | no | wait no |, I "
              "meant | I meant |, er, " },
    { "again", ", no, make it |, no, let's say |, actually make it |, or no, |... no, |, hmm, "
               "better |, make that | no make it | actually make it |, change that to |, no no, " },
    { "ctx.any", "I'm on my way home|I have my hands full|it's been a long day|sorry to bother "
                 "you|I'm in the car|I'm in bed|quick one|I need your help|one more thing|last "
                 "thing for today|hope this works|my glasses are upstairs|I just got home|let's "
                 "try this again|I'm a bit tired|ok here we go|I have a request|that's great" },
    { "after.any", "thanks|thank you|thanks a lot|that's all|that would be great|that would "
                   "help|you're the best|cheers|much appreciated|as soon as possible|if you don't "
                   "mind|when you have a second|quickly|that's it|ok" },
    { NULL, NULL }
};
