/* Frames of calls, lists, reminders and rooms (datagen/frames_phone.c tells how). */
#include "datagen/words.h"

const hone_words hone_words_home[] = {
    { "f.call.v", "call {to}|ring {to}|phone {to}|dial {to}|give {to} a call|make a call to {to}" },
    { NULL, NULL }
};
