/* Frames of calls, lists, reminders and rooms (datagen/frames_phone.c tells how). */
#include "datagen/words.h"

const hone_words hone_words_home[] = {
    { "f.call.v", "call {to}|call {to}|ring {to}|phone {to}|dial {to}|give {to} a (call|ring)|make "
                  "a call to {to}|start a call with {to}|get {to} on the (phone|line)|ring up "
                  "{to}|put me through to {to}|connect me (to|with) {to}" },
    { "f.call.s", "I (need|want|have) to (talk|speak) to {to}|{to} please|get me {to}|I need {to} "
                  "on the (phone|line)|(can|could) I (talk|speak) to {to}|let me (talk|speak) "
                  "(to|with) {to}|is {to} available? call (him|her|them)" },
    { "f.list.v", "add {item} to (my|the) (shopping list|grocery list|list)|put {item} (on|in) "
                  "(my|the) (shopping list|grocery list|list)|write {item} on the (shopping "
                  "|grocery |)list|note {item} on the shopping list|get {item} on the list" },
    { "f.list.s", "we need {item}|we're out of {item}|I need {item}[, put it on the list]|we('re| "
                  "are) running low on {item}, (add it|put it on the list)|don't let me forget "
                  "{item}|buy {item} next time|there's no {item} left|{item} for the (shopping "
                  "|)list|shopping list[:|,] {item}" },
    { "f.reminder.v", "remind me to {text}[{?date} {date}][{?time} {time}]|remind me[{?date} "
                      "{date}][{?time} {time}] to {text}|set a reminder to {text}[{?date} "
                      "{date}][{?time} {time}]|set a reminder[{?date} {date:for}][{?time} {time}] "
                      "to {text}|create a (task|reminder|todo)[:|,| to] {text}[{?date}, "
                      "{date}][{?time} {time}]|"
                      "add a (task|reminder|todo) to {text}[{?date} {date}][{?time} {time}]|tell "
                      "me[{?date} {date}][{?time} {time}] to {text}|add {text} to my (tasks|todo "
                      "list|to-dos)[{?date} {date:for}][{?time} {time}]" },
    { "f.reminder.s", "I (need|have|want) to {text}[{?date} {date}][{?time} {time}], (remind "
                      "me|don't let me forget)|don't let me forget to {text}[{?date} "
                      "{date}][{?time} {time}]|I mustn't forget to {text}[{?date} {date}][{?time} "
                      "{time}]|[{?date}{date} ][{?time}{time} ]remind me to "
                      "{text}|(reminder|task)[:|,] {text}[{?date}, {date}][{?time}, {time}]" },
    { NULL, NULL }
};
