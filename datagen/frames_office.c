/* Frames of calendar events, mail and messages, contacts and notes (datagen/frames_phone.c tells
 * how). */
#include "datagen/words.h"

/* Where an event part stands: date and time in either order, then the place. */
#define CAL_V                                                                                     \
    "<ca.add> {title} (to|into|in) <ca.cal>[{?date} {date}][{?time} {time}][{?location} "         \
    "{location}]|"                                                                                \
    "<ca.put> {title} (in|into|on) <ca.cal>[{?date} {date:for}][{?time} {time}][{?location} "     \
    "{location}]|"                                                                                \
    "<ca.add> {title}[{?location} {location}][{?date} {date}][{?time} {time}] (to|into|in) "      \
    "<ca.cal>|"                                                                                   \
    "<ca.sch> {title}[{?date} {date}][{?time} {time}][{?location} {location}]|<ca.sch> "          \
    "{title}[{?location} {location}][{?date} {date}][{?time} {time}]|"                            \
    "<ca.sch> {title}[{?date} {date:for}][{?time} {time}][{?location} {location}]|<ca.sch> "      \
    "{title}[{?time} {time}][{?date} {date}][{?location} {location}]|"                            \
    "<ca.make> <ca.ev> (called|named|titled|with the title|with the name) {title.name}[{?date} "  \
    "{date:for}][{?time} {time}][{?location} {location}]|"                                        \
    "<ca.make> <ca.ev>[{?date} {date:for}][{?time} {time}][{?location} {location}] "              \
    "(called|named|titled) {title.name}|"                                                         \
    "<ca.make> <ca.ev>[{?date} {date:for}][{?time} {time}][{?location} {location}][,] "           \
    "{title.bare}|<ca.make> <ca.ev> for {title}[{?date} {date}][{?time} {time}][{?location} "     \
    "{location}]|"                                                                                \
    "(put|note|enter|mark|write) {title}[{?date} down {date:for}][{?time} {time}][{?location} "   \
    "{location}] in <ca.cal>|(mark|save|enter) {title} {date} in <ca.cal>[{?time}, "              \
    "{time}][{?location}, {location}]|"                                                           \
    "(block|reserve|keep) {date:bare}[{?time} {time}] for {title}[{?location} {location}] in "    \
    "<ca.cal>|(set up|arrange|plan|book) {title} {date:for}[{?time} {time}][{?location} "         \
    "{location}]|"                                                                                \
    "(add|put) to <ca.cal>[:] {title.bare}[{?date}[,] {date}][{?time}[,] {time}][{?location}[,] " \
    "{location}]|<ca.add> a calendar entry for {title}[{?date} {date}][{?time} "                  \
    "{time}][{?location} {location}]|"                                                            \
    "(add|put in) {title}[{?date} {date}][{?time} from {time:bare} on][{?location} "              \
    "{location}]|(schedule|plan)[{?date} {date:for}][{?time} {time}] {title}[{?location} "        \
    "{location}]|"                                                                                \
    "(remember|save) {title}[{?date} {date}][{?time} {time}][{?location} {location}] in "         \
    "<ca.cal>|(create|make|add) {title}[{?date} {date:for}][{?time} {time}][{?location} "         \
    "{location}]"
#define CAL_C                                                                                     \
    "pencil in {title}[{?date} {date:for}][{?time} {time}][{?location} {location}]|pencil me in " \
    "for {title}[{?date} {date}][{?time} {time}][{?location} {location}]|"                        \
    "note in <ca.cal> that I have {title}[{?date} {date}][{?time} {time}][{?location} "           \
    "{location}]|get {title} (into|on) <ca.cal>[{?date} {date:for}][{?time} {time}][{?location} " \
    "{location}]"
#define CAL_N                                                                                      \
    "a (calendar entry|calendar event|new event|new appointment|calendar item) for "               \
    "{title}[{?date} {date}][{?time} {time}][{?location} {location}]|"                             \
    "{title:art} in <ca.cal>[{?date} {date}][{?time} {time}][{?location} {location}]|an "          \
    "(event|entry|appointment) called {title.name}[{?date} {date}][{?time} {time}][{?location} "   \
    "{location}]|"                                                                                 \
    "{title:art}[{?date} {date}][{?time} {time}][{?location} {location}] in <ca.cal>|an entry in " \
    "<ca.cal>[{?date} {date:for}][{?time} {time}][{?location} {location}][:|,] {title.bare}"
#define CAL_B                                                                                      \
    "(new event|new calendar entry|calendar|calendar entry|new appointment|event|appointment|new " \
    "calendar event)[:|,] {title.bare}[{?date}[,] {date:short}][{?time}[,] "                       \
    "{time:short}][{?location}[,] {location:short}]|"                                              \
    "(new event|calendar entry|calendar)[:|,] {date:short}[{?time}[,] {time:short}][,] "           \
    "{title.bare}[{?location}[,] {location:short}]|{title.bare}[{?date} {date:short}][{?time} "    \
    "{time:short}][{?location} {location}][,] calendar|"                                           \
    "{title.bare}[{?date} {date:short}][{?time} {time}][{?location} {location}][,] (add it "       \
    "to|put it in|put that in|into|in) <ca.cal>|{date:bare}[{?time} {time}] "                      \
    "{title.bare}[{?location} {location}][,] (calendar|into <ca.cal>|to <ca.cal>)|"                \
    "calendar[,] {date:bare}[{?time}[,] {time:short}][,] {title.bare}[{?location}[,] "             \
    "{location:short}]|event[,] {title.name}[{?location}, {location:short}][{?date}, "             \
    "{date:short}][{?time}, {time:short}]|"                                                        \
    "{title.bare}[{?date} {date}][{?time} {time}][{?location} {location}]|schedule[,] "            \
    "{title.bare}[{?date}[,] {date:short}][{?time}[,] {time:short}][{?location}[,] {location}]"
#define CAL_S                                                                                      \
    "{title:art} (is|will be) {date}[{?time} {time}][{?location} {location}], <ca.it>|I('ve| "     \
    "have)( got|) {title}[{?date} {date}][{?time} {time}][{?location} {location}], <ca.it>|"       \
    "{date}[{?time} {time}] (I have|I've got|there's|there is|we have|is) {title}[{?location} "    \
    "{location}], <ca.it>|{date}[{?time} {time}] (I have|there's) {title}[{?location} "            \
    "{location}], <ca.it>|"                                                                        \
    "{title.bare}[{?date} {date}][{?time} {time}][{?location} {location}], "                       \
    "<ca.it>|{title.bare}[{?time} {time}][{?date} {date}][{?location} {location}], <ca.it>|"       \
    "don't let me forget {title}[{?date} {date}][{?time} {time}][{?location} {location}], "        \
    "<ca.it>|"                                                                                     \
    "(could|can) (you make|we have) an (event|entry|appointment)[{?date} {date}][{?time} {time}] " \
    "for {title}[{?location} {location}]|{title:art}[{?date} {date}][{?time} {time}][{?location} " \
    "{location}] (should|needs to|has to|must) (be|go) (in|into) <ca.cal>|"                        \
    "(I need|I want) {title}[{?date} {date}][{?time} {time}] (in|on) <ca.cal>[{?location}, it's "  \
    "{location}]|{title:art}[{?location} {location}] is {date}[{?time} {time}], <ca.it>|"          \
    "{title:art} got (moved|scheduled|confirmed) (to|for) {date:bare}[{?time} "                    \
    "{time}][{?location} {location}], <ca.it>|(is it possible to|would it be possible to) "        \
    "(schedule|add|put in) {title}[{?date} {date}][{?time} {time}][{?location} {location}]|"       \
    "there's (going to be |){title}[{?date} {date}][{?time} {time}][{?location} {location}][,] "   \
    "<ca.it>|for {date:bare}[{?time} {time}] (please |)(add|put in|schedule|note) "                \
    "{title}[{?location} {location}]|"                                                             \
    "(for|on) <ca.cal>[:] {title.bare}[{?date} {date}][{?time} {time}][{?location} "               \
    "{location}]|<ca.who> (invited me to|asked me to come to) {title}[{?date} {date}][{?time} "    \
    "{time}][{?location} {location}], <ca.it>|"                                                    \
    "(please |)put[{?date} {date}][{?time} {time}] {title}[{?location} {location}] in "            \
    "<ca.cal>|(ok|so|right)[,] {title.bare}[,] {date}[{?time}[,] {time}][{?location}[,] "          \
    "{location}][,] <ca.it>|I (signed up for|registered for|booked|got tickets for) "              \
    "{title}[{?location} {location}][{?date} {date}][{?time} {time}], <ca.it>"

#define CAL_S2                                                                                 \
    "(we're|we are) having {title:art}[{?date} {date}][{?time} {time}][{?location} "           \
    "{location}], <ca.it>|(I'm|we're) (going to|invited to|expected at) {title:art}[{?date} "  \
    "{date}][{?time} {time}][{?location} {location}], <ca.it>|(mark|keep|save|reserve|hold|"   \
    "block) {date:bare}[{?time} {time:short}] (as|for) {title:bare}[{?location} {location}]|"  \
    "(mark|keep|reserve) {date:bare} (as|for) {title:bare}[{?location} {location}][{?time} "   \
    "{time}]|(put|sign|mark|write|note) me down for {title}[{?date} {date}][{?time} "          \
    "{time}][{?location} {location}]|(we moved|they moved|<first> moved) {title:art}[,|, "     \
    "it's|, now it's|, it is] {date}[{?time} {time}][{?location} {location}][ now| instead|]," \
    " (create|make|add) (an event|an entry|a new event)( for it| for that|)|"                  \
    "{title.bare}[{?date} {date}][{?time}[,] {time:short}][{?location} {location}][,] "        \
    "(please add that|please add it|add that|can you enter that|can you add that|please save " \
    "that|save it please|can you put that in|enter that please)|(add|put in|enter|plan|"       \
    "schedule|new) {title.bare}[{?date} {date:short}][{?time} {time:short}][{?location} "      \
    "{location}]|please add {title.bare}[{?date} {date:short}][{?time} "                       \
    "{time:short}][{?location} {location:short}]|(remember|don't forget) {title:art}[{?date} " \
    "{date}][{?time} {time}][{?location} {location}], (make it an event|put it in <ca.cal>|"   \
    "add it to <ca.cal>)|{date}[{?time} {time}] {title.bare}[{?location} {location}][,] "      \
    "(calendar|calendar please|add it|put it in|please enter that)|(I|we) (have to|need to|"   \
    "must) be at {title:art}[{?date} {date}][{?time} {time}][{?location} {location}], "        \
    "<ca.it>|(can|could|would) you (schedule|plan|enter|add|put in) {title:art} "              \
    "{date:for}[{?time} {time}][{?location} {location}]|{title:art}[{?location} "              \
    "{location}][{?time}, {time}] {date}, <ca.it>|I've got {title}[{?date} {date}][{?time} "   \
    "{time}][{?location} {location}] can you (enter|add|save|note) that|make "                 \
    "{date:bare}[{?time} {time:short}] {title.bare} in <ca.cal>[{?location}, {location}]"

#define MAIL_V                                                                                     \
    "<ma.send> {to:to} saying (that |){body.s}|<ma.send> {to:to} saying {body}|<ma.send> {to:to} " \
    "that {body.s}|<ma.send> {to:to} that says {body}|"                                            \
    "<ma.send> {to:to}[{?subject} <ma.sub>] (saying|and say|that says|with the message|with the "  \
    "text|telling them) {body}|"                                                                   \
    "<ma.send> {to:to}[{?subject} <ma.sub>] and (say|write|tell them) {body}|<ma.send> "           \
    "{to:to}[{?subject}, subject {subject}][,|:] {body}|"                                          \
    "<ma.send> {to:to}[{?subject} <ma.sub>] (saying|and say) {body}|<ma.send> {to:to}[{?subject} " \
    "<ma.sub>] (saying|and say|with the message) {body}|"                                          \
    "<ma.verb> {to} that {body.s}|<ma.verb> {to} that {body.s}|<ma.verb> {to} {body.s}|<ma.verb> " \
    "{to}[{?subject} <ma.sub>] (saying|and say|to say) {body}|<ma.verb> {to}[:|,] {body}|"         \
    "<ma.verb> {to} telling (him|her|them) (that |){body.s}|<ma.verb> {to} to (say|tell them|let " \
    "them know) (that |){body.s}|put {body.s} in an email to {to}|<ma.verb> {to}[{?subject} "      \
    "<ma.sub>] (that|saying that|to say that) {body.s}|<ma.verb> {to}[{?subject} <ma.sub>] and "   \
    "(write|say|tell them|tell her|tell him) {body}|"                                              \
    "(write|send) {to} <ma.mail>[{?subject} <ma.sub>] (that|saying) "                              \
    "{body.s}|(write|send|drop|shoot) {to} <ma.mail>[{?subject} <ma.sub>] (saying|and say|with "   \
    "the message|that says) {body}|"                                                               \
    "(write|send|drop|shoot) {to} <ma.mail>[{?subject}[,] <ma.sub>][:|,] {body}|(write|send) "     \
    "{to} <ma.mail> that {body.s}|write {to:to}[{?subject} <ma.sub>] (that|and say that) "         \
    "{body.s}|"                                                                                    \
    "(tell|inform) {to} (by|in an|via|per) (email|e-mail|mail) that {body.s}|tell {to} (by|in "    \
    "an|via) (email|mail)[:] {body.s}|let {to} know (by|via|in an) (email|mail|e-mail) that "      \
    "{body.s}|"                                                                                    \
    "let {to} know by email[{?subject} <ma.sub>] {body.s}|ask {to} by (email|mail) "               \
    "{body.if}|(answer|reply to|reply) {to} by (email|mail) that {body.s}|"                        \
    "send {to.address} the message {body}|send an email[{?subject} <ma.sub>] to {to} "             \
    "(saying|that says) {body}|send <ma.mail2> <ma.sub> to {to} (saying|and write|and say|with "   \
    "the text) {body}"
#define MAIL_C                                                                                     \
    "tell {to} (by|via) (email|mail|e-mail) that {body.s}|let {to} know (by|via) email that "      \
    "{body.s}|drop {to} a (quick |short |)(line by email|email|mail|e-mail) that {body.s}|remind " \
    "{to} by email that {body.s}"
#define MAIL_N                                                                                    \
    "an (email|e-mail) to {to}[{?subject} <ma.sub>] (saying|that says|with the text) {body}|an "  \
    "email to {to} that {body.s}|an email for {to}[{?subject}, subject {subject}][,|:] {body}|a " \
    "(mail|message by email) to {to}[{?subject} <ma.sub>] saying {body}"
#define MAIL_B                                                                                     \
    "email {to}[{?subject}[,] subject {subject}][,|:] {body}|email to {to}[{?subject}[,] subject " \
    "{subject}][,|:] {body}|(new email|new mail|mail|e-mail) to {to}[{?subject}[,] subject[:] "    \
    "{subject}][,|:] {body}|"                                                                      \
    "mail {to}[:|,] {body}|email {to}[{?subject}, subject {subject}], "                            \
    "(message|text|body|content) {body}|email {to}[{?subject}, (subject|title|subject line)[:] "   \
    "{subject}], (message|body|text)[:] {body}|"                                                   \
    "email[,] {to}[{?subject}, subject {subject}], {body}|(message|note) to {to} by email[:|,] "   \
    "{body}|new email, to {to}[{?subject}, subject {subject}], (text|message|body) "               \
    "{body}|subject {subject}, email to {to}, {body}"
#define MAIL_S                                                                                     \
    "{to:art} (should|needs to|has to|must) (get|receive|have) an email that {body.s}|{to:art} "   \
    "(should|needs to|must) know by email that {body.s}|I (need|want|have) to (email|mail|write) " \
    "{to} that {body.s}|"                                                                          \
    "I (need|want|have) to (email|mail) {to}[{?subject} <ma.sub>], (say|tell them|the message "    \
    "is|just say|write) {body}|I'd like to (email|write to|send an email to) {to}[{?subject} "     \
    "<ma.sub>][.|,] (the text is|it should say|say|write) {body}|"                                 \
    "(can|could) (you let|we tell) {to} by email that {body.s}|an email (should|has to|needs to) " \
    "go (out |)to {to}[{?subject} <ma.sub>][,] (saying|it says|text) {body}|(please |)email "      \
    "{to}[.|,] (tell them|say|the message is|it should say|write) {body}|"                         \
    "(send|write) an email[.] (it goes|it's) to {to}[{?subject}[.|,] the subject is "              \
    "{subject}][.|,] (the text is|it says|and it says|the message is) {body}|email "               \
    "{to}[{?subject}[.|,] (the subject is|subject is|subject should be|put as subject) "           \
    "{subject}][.|,] (say|and write|and say|tell them) {body}|"                                    \
    "(tell|inform) {to} in an email that {body.s}[{?subject}, (the subject is|subject "            \
    "is|subject|with the subject) {subject}]|email {to} that {body.s}[{?subject}, subject "        \
    "{subject}]|send {to:to} the following (email|mail)[{?subject} <ma.sub>][:|,] {body}|"         \
    "write (an email|a mail)[:|,] to {to}[{?subject}, subject {subject}][:|,] {body}|by email "    \
    "tell {to} that {body.s}|{body.s}[,] (email that to|send that by email to|mail that to|write " \
    "that to) {to}|{to} (has to|should|needs to) (know|hear) that {body.s}, (email|write an "      \
    "email|send a mail)|quick (mail|email) to {to}[{?subject}, subject {subject}][:|,] {body}"

#define MAIL_S2                                                                                \
    "email {to} {body.s}|(please |)email {to} {body.s}|new email to {to}[{?subject}, subject " \
    "{subject}], {body}|email {to} (about it|about that)[{?subject}, subject {subject}], "     \
    "{body}|(I need|I have|I want) to email {to} {body.s}|mail {to:to}[:|,] {body}|(please |"  \
    ")write {to} an email that {body.s}|(could|can) you email {to} (that |){body.s}|(send|"    \
    "write) {to} an email with the message {body}|email {to}[:|,] {body}|tell {to} in an "     \
    "email that {body.s}|(just |)email {to} {body.s}"

#define CONTACT_V                                                                                 \
    "<co.add> {name} (to|into|in) <co.book>[{?phone}<co.ph>][{?email}<co.em>]|<co.add> {name} "   \
    "(to|into|in) <co.book>[{?email}<co.em>][{?phone}<co.ph>]|<co.add> {name} (to|in) <co.book>|" \
    "<co.save> {name} as a (new |)contact[{?phone}<co.ph>][{?email}<co.em>]|<co.save> {name} as " \
    "a (new |)contact[{?email}<co.em>][{?phone}<co.ph>]|"                                         \
    "<co.make> <co.new>[ called| named| for| with the name] "                                     \
    "{name}[{?phone}<co.ph>][{?email}<co.em>]|<co.make> <co.new>[:|,] "                           \
    "{name}[{?phone}<co.ph2>][{?email}<co.em2>]|<co.make> <co.new> for "                          \
    "{name}[{?email}<co.em>][{?phone}<co.ph>]|"                                                   \
    "<co.save> {phone} (as|under|under the name|for) "                                            \
    "{name}[{?email}<co.em>]|(save|store|add|enter) the number {phone} (as|under|for) "           \
    "{name}[{?email}<co.em>]|(save|store|add) {name}'s (number|phone number|phone)[{?phone}[,] "  \
    "{phone}][{?email}<co.em>]|"                                                                  \
    "(save|store|add|enter) {name}'s (email|e-mail|address|email address|mail)[,] "               \
    "{email}[{?phone}<co.ph>]|<co.save> {name}[{?phone}<co.ph2>][{?email}<co.em2>] (in|to|into) " \
    "<co.book>|(save|store|add|remember) this (number|contact)[:|,] "                             \
    "{name}[{?phone}<co.ph2>][{?email}<co.em2>]|"                                                 \
    "put {name} (in|into|on) <co.book>[{?phone}<co.ph>][{?email}<co.em>]|(add|save|create)[ a] "  \
    "contact {name}[{?phone}<co.ph>][{?email}<co.em>]|<co.save> {email} as {name}|<co.save> "     \
    "{name} under {phone}[{?email}<co.em>]"
#define CONTACT_N                                                                         \
    "a new contact[,|:| for| called] {name}[{?phone}<co.ph>][{?email}<co.em>]|a contact " \
    "(for|named|called) {name}[{?phone}<co.ph>][{?email}<co.em>]|{name} in "              \
    "<co.book>[{?phone}<co.ph>][{?email}<co.em>]"
#define CONTACT_B                                                                             \
    "new contact[,|:] {name}[{?phone}<co.ph2>][{?email}<co.em2>]|contact[,|:] "               \
    "{name}[{?phone}<co.ph2>][{?email}<co.em2>]|{name}[{?phone}[,] {phone}][{?email}[,] "     \
    "{email}][,] (new contact|add to contacts|save as contact|save contact|contacts)|"        \
    "add contact[,|:] {name}[{?email}<co.em2>][{?phone}<co.ph2>]|save contact "               \
    "{name}[{?phone}<co.ph2>][{?email}<co.em2>]|contacts[:|,] add "                           \
    "{name}[{?phone}<co.ph2>][{?email}<co.em2>]|add {name}[{?phone}[,] {phone}][{?email}[,] " \
    "{email}]"
#define CONTACT_S                                                                                  \
    "{name}[{?phone}, {phone}][{?email}, {email}], <co.it>|I (met|got to know|just met|talked "    \
    "to|ran into) {name.person} (today|yesterday|at a party|at the gym|on the train|at "           \
    "work|),[{?phone} (his|her|their|the) number is {phone},][{?email} (his|her|the) email is "    \
    "{email},] <co.it>|"                                                                           \
    "{name}'s (number|new number|phone number|phone) is {phone}[{?email} and the email is "        \
    "{email}], <co.it>|{name}'s (email|mail|email address|e-mail) is {email}[{?phone} and the "    \
    "number is {phone}], <co.it>|"                                                                 \
    "new number for {name}[:|,] {phone}[{?email}, email {email}]|{name.person}, (my|our|the) "     \
    "(new |)<person2>[{?phone}, {phone}][{?email}, {email}], <co.it>|the (number|phone "           \
    "number|phone) of {name} is {phone}[{?email}, email {email}], <co.it>|{phone} is {name}'s "    \
    "(number|new number|cell|mobile)[{?email} and {email} is the mail], <co.it>|(the number "      \
    "|){phone} (belongs to|is for|is from|is) {name}[{?email}, email {email}], <co.it>|{email} "   \
    "is (the address of |the email of |){name}[{?phone}, phone {phone}], <co.it>|"                 \
    "(my|our) (new "                                                                               \
    "|)(neighbour|dentist|plumber|colleague|boss|landlord|tutor|babysitter|doctor|coach|roommate)" \
    " is (called |){name.person},[{?phone} (number|phone|his number is|her number is) "            \
    "{phone},][{?email} (mail|email) {email},] <co.it>|"                                           \
    "(I got|here is|here's|this is) {name}'s (number|contact)[{?phone}[:|,] {phone}][{?email}, "   \
    "mail {email}], (save it|add it to <co.book>|put it in <co.book>)|I need {name} in "           \
    "<co.book>[{?phone}, (the number is|number|it's) {phone}][{?email}, (email|the email is) "     \
    "{email}]|"                                                                                    \
    "{name} (should|has to|needs to) (be|go) in(to|) <co.book>[{?phone}, number "                  \
    "{phone}][{?email}, email {email}]|I have a new "                                              \
    "(contact|number|colleague|client|neighbour)[,|.|:] "                                          \
    "{name.person}[{?phone}<co.ph2>][{?email}<co.em2>][, please save| please add|]|"               \
    "(the name is|name|name is) {name}[{?phone}, (the number is|number|phone) {phone}][{?email}, " \
    "(the email is|mail|email) {email}], <co.it>|(let's|please) (add|save) {name.person} to "      \
    "<co.book>[{?phone}, (you can reach (him|her) at|reachable at) {phone}][{?email}, "            \
    "(mail|email) {email}]"

#define CONTACT_S2                                                                             \
    "(I met|I know|there's|we have) (a guy|a woman|a girl|someone|a man|a lady|a plumber|an "  \
    "electrician) (called|named) {name.person}[{?phone}, (his|her|the) number is "             \
    "{phone}][{?email}, (his|her|the) email is {email}], <co.it>|(save|add|put|store) (my|"    \
    "our|the) (new |)<person2> (in|to|into) <co.book>, (his|her|the) name is "                 \
    "{name.person}[{?phone} and (his|her|the) number is {phone}][{?email}, email {email}]|"    \
    "(save|store|keep) this number[,] {phone}[,] it's {name}[{?email}, mail {email}]|make "    \
    "{name} a contact[{?phone}[,] {phone}][{?email}[,] {email}]|(add|store|save) the number "  \
    "{phone} as {name}[{?email}, email {email}]|(can|could) you (remember|save|keep|store) "   \
    "{name}'s (number|phone number)[{?phone}, it's {phone}][{?email}, email {email}]|(store|"  \
    "save|add) {name} under {phone}[{?email}, mail {email}]|I have a new (coworker|colleague|" \
    "neighbour|client|friend|boss) {name.person}, (save|add) (him|her|them)[{?phone} with "    \
    "{phone}][{?email} with {email}]|(please |)save {name}[{?phone}, phone {phone}][{?email}," \
    " email {email}]|contact[:] {name}[{?phone}, {phone}][{?email}, {email}]"

#define NOTE_V                                                                                   \
    "<no.make> that {text.s}|<no.make> (saying|that says|with the text|which says) "             \
    "{text}|<no.make>[:|,] {text}|<no.make>[:|,] {text}|<no.make> to {text.todo}|<no.make> to "  \
    "{text.todo}|"                                                                               \
    "<no.make> (called|titled|named|with the title) {title}[,|:| saying| that says| with the "   \
    "text| and write| with] {text}|<no.make> (called|titled|named|with the title) {title} "      \
    "(saying|with the text|that says|and write) {text}|"                                         \
    "<no.make>[,] (title|titled|headline) {title}, (text|saying|content) {text}|<no.make> "      \
    "(called|titled) {title} (with|containing) {text.list}|<no.make>[,] {title}[:] {text}|"      \
    "<no.write>[:|,] {text}|<no.write> that {text.s}|<no.write> that {text.s}|<no.write> "       \
    "{text}|<no.write> {text.list}|<no.write> {text} (in|on|as) a (note|new note)[{?title} "     \
    "(called|titled|named) {title}]|"                                                            \
    "<no.write>[{?title} under the title {title}][:|,] {text}|(note|note down) that "            \
    "{text.s}|(note|note down)[:|,] {text}|(note|note down)[:|,] "                               \
    "{text}|(put|write|save|keep|store|record) (this|the following|that) (in|as|on|into) a "     \
    "note[{?title} (called|titled|named) {title}][:|,] {text}|"                                  \
    "(put|write) {text.list} (in|on|into) a note[{?title} (called|titled|named) "                \
    "{title}]|(save|keep) the note[:|,] {text}|save (this |a |)note[{?title} as {title}|][:|,] " \
    "{text}|(start|open|create) a note[{?title} (called|titled) {title}] (and write|and "        \
    "put|with) {text}|memo[:|,] {text}|(dictate|record) a note[:|,] {text}"
#define NOTE_C                                                                                    \
    "remember this in a note[:|,] {text}|keep in (my notes|a note|the notes) that {text.s}|make " \
    "sure (you note|you write down) that {text.s}|put in my notes that {text.s}|add to my notes " \
    "that {text.s}|add to my notes[:|,] {text}|remember in my notes that {text.s}"
#define NOTE_N                                                                                   \
    "a note that {text.s}|a note (saying|that says) {text}|a (new |quick |)note[:|,] {text}|a "  \
    "note (called|titled|named) {title} (saying|with|that says|with the text) {text}|a note to " \
    "{text.todo}|a (memo|note) that says {text}"
#define NOTE_B                                                                                  \
    "note[:|,] {text}|note[:|,] {text}|note to self[:|,] {text}|note to self[:|,] "             \
    "{text.todo}|new note[:|,] {text}|new note[,] {title}[:|,] {text}|memo[:|,] {text}|note "   \
    "{title}[:|,] {text}|note[,] title {title}, {text}|"                                        \
    "{text}[,] (put that in a note|make a note of that|note that down|write that down|note "    \
    "it|save that as a note)|{text}, note|quick note[:|,] {text}|new note titled {title}[,|:] " \
    "{text}|notes[:|,] {text}|for my notes[:|,] {text}"
#define NOTE_S                                                                                    \
    "{text}[.|,] (please write that down|write that down|note that please|make a note of it|put " \
    "it in a note|can you note that|note that down for me|jot that down)|I (need|want|have) to "  \
    "(write down|note down|note|remember) that {text.s}|"                                         \
    "I need to (write something down|make a note|remember something|note something)[:|,] "        \
    "{text}|(could|can) you (write|note|take) (this|something) down (for me|)[:|,|?] {text}|let " \
    "me (note|write down|jot down)[:|,| that] {text.s}|"                                          \
    "(before I forget|so I don't forget|for later|for the record|while I think of it)[,] "        \
    "(note|write down|note down|make a note)[:|,| that] {text.s}|(before I forget|so I don't "    \
    "forget)[,] (a note|note)[:|,] {text}|"                                                       \
    "I (must not|shouldn't|mustn't) forget (this|it)[,] (note|write down|write it down|make a "   \
    "note)[:|,] {text}|(open|start) a new note and (write|put)[:|,|] {text}|there should be a "   \
    "note (saying|that) {text.s}|title {title}[,|.] (note text|text|the note says|note) {text}|"  \
    "a note[{?title} called {title}] please[:|,] {text}|the title is {title} and the note "       \
    "(says|is) {text}|(write|put) (in|into) a note (called|titled) {title}[:| that|,] "           \
    "{text.s}|(take|make) a note please[:|,] {text}|(got a pen? |pen and paper, "                 \
    ")(write|note)[:|,] {text}"

const hone_words hone_words_office[] = {
    { "ca.add", "add|add|add|put|enter" },
    { "ca.put", "put|put|put|get|write|enter" },
    { "ca.cal", "my calendar|the calendar|my calendar|the calendar|my diary|my schedule|the "
                "agenda|my agenda|calendar" },
    { "ca.sch", "schedule|schedule|schedule|plan|set up|book|calendar|put down|add" },
    { "ca.make", "create|make|add|create|set up|add|open" },
    { "ca.ev", "an event|a calendar event|a calendar entry|an appointment|a new event|an entry|a "
               "new calendar event|an event in my calendar" },
    { "ca.it", "add it to <ca.cal>|put it in <ca.cal>|put that in <ca.cal>|save that in "
               "<ca.cal>|into <ca.cal> please|enter it in <ca.cal>|"
               "can you add that to <ca.cal>|please put it in <ca.cal>|add that to <ca.cal>|note "
               "it in <ca.cal>|calendar please|"
               "could you put that in <ca.cal>|make a calendar entry|put it on <ca.cal>|please "
               "schedule it|please add it|create an event|make an event for it|mark it in "
               "<ca.cal>" },
    { "ca.who", "<first>|my boss|my sister|the neighbours|<first>|my aunt|the school" },
    { "f.calendar.v", CAL_V },
    { "f.calendar.c", CAL_C },
    { "f.calendar.n", CAL_N },
    { "f.calendar.b", CAL_B },
    { "f.calendar.s", CAL_S "|" CAL_S2 },
    { "ctx.calendar", "I (keep forgetting|always forget|forget everything)|my calendar is (empty|a "
                      "mess)|I just got off the phone|(finally|good news), (we|they) "
                      "(agreed|confirmed)|"
                      "I'm planning my week|so much going on|the invitation came today|they "
                      "finally gave me a slot|my boss will kill me if I forget|the doctor's office "
                      "called|I have my diary here|next week is busy|<first> (told me|called)|it's "
                      "(tuesday|monday) today" },
    { "after.calendar", "don't let me forget|it's important|I can't miss it|everyone will be "
                        "there|I almost forgot|finally|they confirmed it|can't wait|I hope I have "
                        "time" },
    { "ma.mail", "an email|an email|an e-mail|a mail|a quick email|a short mail|an email" },
    { "ma.mail2", "an email|an e-mail|a mail" },
    { "ma.send", "send an email|send an email|send an e-mail|send a mail|write an email|write an "
                 "email|write a mail|compose an email|send email|send a quick email|draft an email|"
                 "write an e-mail|shoot an email|send out an email|fire off an email|send "
                 "mail|compose a mail|type an email" },
    { "ma.verb", "email|email|email|email|mail|e-mail|send an email to|write an email to" },
    { "ma.sub", "with the subject {subject}|with subject {subject}|with the subject line "
                "{subject}|, subject {subject},|with {subject} as the subject|, the subject is "
                "{subject},|subject {subject}" },
    { "f.mail.v", MAIL_V },
    { "f.mail.c", MAIL_C },
    { "f.mail.n", MAIL_N },
    { "f.mail.b", MAIL_B },
    { "f.mail.s", MAIL_S "|" MAIL_S2 },
    { "ctx.mail", "I can't type right now|my hands are full|I'm driving|I forgot to (write|reply) "
                  "yesterday|they're waiting for my answer|before I forget|I tried calling but "
                  "nobody answered|"
                  "I'm in a meeting|it's urgent|I owe them a reply|my laptop is dead|quick "
                  "thing|<first> just called|I talked to <first> today|it's about (tomorrow|the "
                  "trip|dinner)|my inbox is a disaster|one more thing" },
    { "co.add", "add|add|add|add|put|save|enter" },
    { "co.book", "my contacts|my contacts|the contacts|my contact list|my phone book|the address "
                 "book|contacts|my address book|my phone" },
    { "co.save", "save|save|save|store|add|enter|put in|register" },
    { "co.make", "create|make|add|create|add|set up|save|open" },
    { "co.new", "a contact|a new contact|a contact|new contact|a contact entry|contact" },
    { "co.ph", " with the number {phone}|, number {phone}|, phone {phone}|, (his|her|the|their) "
               "number is {phone}| with phone number {phone}| with {phone}|, phone number "
               "{phone}|, {phone}| and the number {phone}|, you can call (him|her) at {phone}| "
               "(under|at) {phone}|, cell {phone}|, mobile {phone}|, tel {phone}|, number is "
               "{phone}" },
    { "co.ph2", ", {phone}| {phone}|, phone {phone}|, number {phone}|, tel {phone}| phone "
                "{phone}|, the number is {phone}" },
    { "co.em", " with the email {email}|, email {email}|, (his|her|the|their) email is {email}| "
               "with email address {email}|, mail {email}|, {email}| and the email {email}|, "
               "address {email}| with the address {email}|, e-mail {email}|, email is {email}" },
    { "co.em2", ", {email}|, email {email}|, mail {email}| email {email}|, the email is {email}| "
                "and {email}" },
    { "co.it", "add (him|her|that|it) to <co.book>|save (it|that|this)|save (it|that) as a "
               "contact|add (it|that|this) as a (new |)contact|put (it|that|him|her) in "
               "<co.book>|make (it |that |)a contact|"
               "can you save that|please save it|save the number|store that|create a "
               "contact|please add (him|her|it) to <co.book>|new contact please|could you add that "
               "to <co.book>|into <co.book> please" },
    { "f.contact.v", CONTACT_V },
    { "f.contact.n", CONTACT_N },
    { "f.contact.b", CONTACT_B },
    { "f.contact.s", CONTACT_S "|" CONTACT_S2 },
    { "ctx.contact", "I (just |)got a new (phone|number|neighbour|client)|before I lose (the|this) "
                     "(number|card|note)|I have (his|her) (business |)card here|we just exchanged "
                     "numbers|I keep losing (it|numbers)|"
                     "someone new at work|I'll need this later|I met someone nice|we hired a new "
                     "plumber|it's on the back of my hand|this one is important" },
    { "no.make", "make a note|make a note|make a note|take a note|take a note|create a note|add a "
                 "note|write a note|create a new note|make a new note|leave a note|set a note|do a "
                 "note|start a note|add a new note" },
    { "no.write", "write down|write down|write down|jot down|jot down|note down|put down|take "
                  "down|scribble down" },
    { "f.note.v", NOTE_V },
    { "f.note.c", NOTE_C },
    { "f.note.n", NOTE_N },
    { "f.note.b", NOTE_B },
    { "f.note.s", NOTE_S },
    { "ctx.note", "I'll forget (this|it) otherwise|before I forget|I can't find a pen|so that I "
                  "remember|my memory is terrible|one for the notes|I had an idea|important|for "
                  "tomorrow|I just thought of something|quick|I'm in the car|ok listen" },
    { NULL, NULL }
};
