/*
 * Frames of phone functions: how people ask for alarms, timers, events, light, settings, the way,
 * mail, contacts, notes. One list per family and kind of frame: .v  what the phone should do ("set
 * an alarm"); goes with "please", "can you", "I want to" ... .c  commands only ("wake me"); goes
 * with "please", "can you" .o  what the speaker wants to do himself ("get up at six"); goes with "I
 * need to" ... .n  a noun phrase with its article ("an alarm for six"); goes with "I need", "can I
 * get" ... .b  telegram style ("alarm six thirty") .s  whole sentences
 * {?x} says nothing; it ties an optional part to the argument x.
 */
#include "datagen/words.h"

#define ALARM_V                                                                                  \
    "<al.set> <al.obj> <al.at>[{?repeat}<al.rep>][{?label}<al.lab>]|"                            \
    "<al.set> <al.obj> <al.at>[{?repeat}<al.rep>][{?label}<al.lab>]|"                            \
    "<al.set> <al.obj>[{?label}<al.lab>] {clock:at}[{?repeat}<al.rep>]|"                         \
    "<al.set> <al.obj>[{?repeat}<al.rep>] {clock:at}[{?label}<al.lab>]|"                         \
    "<al.set> a* {repeat:adj} alarm <al.at>[{?label}<al.lab>]|"                                  \
    "<al.set> my {repeat:adj} alarm (to|for) {clock}|<al.set> a* {label.wake:bare} alarm "       \
    "<al.at>[{?repeat}<al.rep>]|"                                                                \
    "<al.set> an alarm <al.at>[{?repeat}<al.rep>][{?label}, (call|name|label) it {label.name}]|" \
    "(set|schedule) a wake-up call {clock:for}[{?repeat}<al.rep>]|(put|set) the alarm (to|on) "  \
    "{clock}[{?repeat}<al.rep>]|"                                                                \
    "(add|create|make) an alarm called {label.name} {clock:at}[{?repeat}<al.rep>]|"              \
    "(turn on|activate|enable) an alarm {clock:for}[{?repeat}<al.rep>][{?label}<al.lab>]|"       \
    "set (a reminder alarm|an early alarm|one alarm|another alarm|a loud alarm|one more alarm) " \
    "{clock:for}[{?repeat}<al.rep>][{?label}<al.lab>]"
#define ALARM_C                                                                                 \
    "wake me (up |){clock.wake:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|wake me (up "         \
    "|){clock.wake:at}[{?repeat}<al.rep>]|"                                                     \
    "wake me[ up][{?repeat}<al.rep>] {clock.wake:at}[{?label}<al.lab.w>]|(get|have) me up "     \
    "{clock.wake:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|"                                   \
    "get me out of bed {clock.wake:at}[{?repeat}<al.rep>]|make sure I'm (up|awake|out of bed) " \
    "{clock.wake:by}[{?repeat}<al.rep>]|"                                                       \
    "make sure I (wake up|get up) {clock.wake:at}[{?label}<al.lab.w>]|let the alarm (ring|go "  \
    "off) {clock.wake:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|"                              \
    "have the alarm (ring|go off|sound) {clock:at}[{?repeat}<al.rep>]|ring "                    \
    "{clock.wake:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|"                                   \
    "give me an alarm {clock:at}[{?repeat}<al.rep>][{?label}<al.lab>]|wake us (up "             \
    "|){clock.wake:at}[{?label}<al.lab.w>]|"                                                    \
    "don't let me sleep (past|longer than|beyond) {clock.wake}|let me sleep (until|till) "      \
    "{clock.wake}|buzz me {clock.wake:at}[{?label}<al.lab.w>]|"                                 \
    "have an alarm ready {clock.wake:at}[{?repeat}<al.rep>][{?label}<al.lab>]|start beeping "   \
    "{clock.wake:at}[{?label}<al.lab.w>]"
#define ALARM_O                                                              \
    "get up {clock.wake:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|wake up " \
    "{clock.wake:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|"                \
    "be up {clock.wake:by}[{?repeat}<al.rep>]|be woken (up "                 \
    "|){clock.wake:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|be awake "     \
    "{clock.wake:at}[{?repeat}<al.rep>]|"                                    \
    "get out of bed {clock.wake:at}[{?repeat}<al.rep>]|sleep until {clock.wake}"
#define ALARM_N                                                                       \
    "an alarm <al.at>[{?repeat}<al.rep>][{?label}<al.lab>]|an alarm "                 \
    "<al.at>[{?repeat}<al.rep>][{?label}<al.lab>]|"                                   \
    "an alarm[{?label}<al.lab>] {clock:at}[{?repeat}<al.rep>]|a* {repeat:adj} alarm " \
    "<al.at>[{?label}<al.lab>]|"                                                      \
    "a wake-up call {clock:at}[{?repeat}<al.rep>]|a* {label.wake:bare} alarm "        \
    "{clock:at}[{?repeat}<al.rep>]|"                                                  \
    "my alarm {clock:at}[{?repeat}<al.rep>]|an alarm[{?repeat}<al.rep>] "             \
    "{clock:at}[{?label}<al.lab>]|the alarm {clock:at}[{?repeat}<al.rep>][{?label}<al.lab>]"
#define ALARM_B                                                                                  \
    "alarm {clock}[{?repeat}<al.rep>][{?label}<al.lab>]|alarm "                                  \
    "{clock:at}[{?repeat}<al.rep>][{?label}<al.lab>]|"                                           \
    "alarm {clock:for}[{?repeat}<al.rep>]|{clock} "                                              \
    "alarm[{?repeat}<al.rep>][{?label}<al.lab>]|{repeat:adj} alarm {clock}[{?label}<al.lab>]|"   \
    "alarm[{?repeat}<al.rep>] {clock:at}[{?label}<al.lab>]|{label.wake:bare} alarm "             \
    "{clock:at}[{?repeat}<al.rep>]|wake-up {clock:at}[{?repeat}<al.rep>]|"                       \
    "alarm clock {clock:at}[{?repeat}<al.rep>]|{repeat} {clock:at} alarm[{?label}<al.lab>]|new " \
    "alarm[,] {clock}[{?label}, {label.name}][{?repeat}, {repeat}]|"                             \
    "wake me {clock}[{?repeat}<al.rep>]|alarm[,] {clock}[{?repeat}, {repeat}][{?label}, "        \
    "(label|name|called|title) {label.name}]"
#define ALARM_S                                                                                    \
    "I (have|need|want) to (get|be) up {clock.wake:at}[{?repeat}<al.rep>], (alarm please|set an "  \
    "alarm|wake me|set the alarm please|so set an alarm)|"                                         \
    "I need to be (up|awake) {clock.wake:by}, so (set an alarm|wake me|I need an alarm)[{?label} " \
    "called {label.name}]|"                                                                        \
    "my alarm should (ring|go off|sound) {clock:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|the "   \
    "alarm (should|must|has to|needs to) (ring|go off) "                                           \
    "{clock:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|"                                           \
    "{clock:at} I (need|have) to (be up|wake up|get up), (set an alarm|alarm please|wake me "      \
    "then)|"                                                                                       \
    "(can|could) (you make |)the alarm (ring|go off) {clock:at}[{?repeat}<al.rep>]|(wake-up "      \
    "time|getting up) (is|tomorrow is) {clock:at}, (set the alarm|alarm please)|"                  \
    "(new plan|change of plans|on second thought|ok new idea), (wake me|alarm|set the alarm) "     \
    "{clock:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|"                                           \
    "for {label.wake} I need an alarm {clock:at}[{?repeat}<al.rep>]|I need an alarm "              \
    "{clock:at}[{?repeat}<al.rep>][{?label}, it's for {label.wake}]|"                              \
    "{repeat}[,] (wake me|I get up|I have to get up|set an alarm|I need an alarm) "                \
    "{clock:at}[{?label}<al.lab.w>]|(we're|I'm) (getting up|leaving|up) early, alarm {clock:at}|"  \
    "I (always oversleep|never wake up on my own|overslept yesterday|can't be late again), (set "  \
    "an alarm|wake me|alarm) {clock:at}[{?repeat}<al.rep>]|"                                       \
    "let's (get up|say alarm|do an alarm|set the alarm|make the alarm) "                           \
    "{clock:at}[{?repeat}<al.rep>]|(I'd|I would) like to be woken (up "                            \
    "|){clock:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|"                                         \
    "(is it possible to|any chance you could) wake me {clock:at}[{?repeat}<al.rep>]|I'm supposed " \
    "to (be up|get up) {clock:at}, help me with that|"                                             \
    "(start|set|make) a timer, (no|sorry|I mean)(,|) an alarm "                                    \
    "{clock:for}[{?repeat}<al.rep>][{?label}<al.lab>]|someone has to wake me "                     \
    "{clock:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|if I'm not up {clock:by} I'm in trouble, "  \
    "(set an alarm|alarm please)|"                                                                 \
    "my alarm for {label.wake} (should|has to|must) (be|ring|go off) "                             \
    "{clock:at}[{?repeat}<al.rep>]|the {label.wake:bare} alarm (should be|goes|is) "               \
    "{clock:at}[{?repeat}<al.rep>]|{clock}[,] that's when I (need|have) to (get up|be up), "       \
    "(alarm please|set an alarm)|I'm getting up {clock.wake:at}[{?repeat}<al.rep>], (set the "     \
    "alarm|alarm please|wake me)|(could|can) there be an alarm "                                   \
    "{clock:at}[{?repeat}<al.rep>][{?label}<al.lab.w>]|alarm please[.] {clock}[{?repeat}[,] "      \
    "{repeat}][{?label}, (call it|label|name it) {label.name}]|label {label.name}, alarm "         \
    "{clock:at}[{?repeat}, {repeat}]|"                                                             \
    "I want the alarm {clock:at}[{?repeat}<al.rep>][{?label} and (call|name|label) it "            \
    "{label.name}]|(the usual|same as always), alarm {clock:at}[{?repeat}<al.rep>]"

#define TIMER_V                                                                                    \
    "<ti.set> a (timer|timer|timer|countdown|countdown timer) "                                    \
    "{duration:for}[{?label}<ti.lab>]|<ti.set> a timer {duration:of}[{?label}<ti.lab>]|"           \
    "<ti.set> a* {duration.adj} (timer|timer|countdown)[{?label}<ti.lab>]|<ti.set> a "             \
    "timer[{?label}<ti.lab>] {duration:for}|"                                                      \
    "<ti.set> the (timer|egg timer|kitchen timer|countdown) {duration:for}[{?label}<ti.lab>]|set " \
    "the timer {duration:to}[{?label}<ti.lab>]|"                                                   \
    "<ti.set> a timer {duration:for}[{?label}<ti.lab>]|<ti.set> a* {label:bare} timer "            \
    "{duration:for}|<ti.set> a* {label:bare} timer {duration:of}|"                                 \
    "count down {duration}[{?label}<ti.lab>]|count down from {duration}[{?label}<ti.lab>]|time "   \
    "{duration}[{?label}<ti.lab>]|start counting {duration}[{?label}<ti.lab>]|"                    \
    "put {duration} on (the clock|the timer)[{?label}<ti.lab>]|run a timer "                       \
    "{duration:for}[{?label}<ti.lab>]|<ti.set> a timer called {label.name} {duration:for}|"        \
    "(begin|do) a countdown {duration:of}[{?label}<ti.lab>]|<ti.set> another timer "               \
    "{duration:for}[{?label}<ti.lab>]|<ti.set> {duration} (on the timer|for {label})|time "        \
    "{label} {duration:for}"
#define TIMER_C                                                                                   \
    "give me {duration}[{?label}<ti.lab>]|give me a* {duration.adj} "                             \
    "timer[{?label}<ti.lab>]|(let|have) a timer run {duration:for}[{?label}<ti.lab>]|"            \
    "(tell|warn|alert|notify) me (in|after) {duration}|let me know (when|once) {duration} (are "  \
    "up|have passed|is over|is up)|"                                                              \
    "(beep|ring|buzz) (in|after) {duration}[{?label}<ti.lab>]|ping me in {duration}|time me for " \
    "{duration}[{?label}<ti.lab>]|"                                                               \
    "(say stop|stop me|call me) (in|after) {duration}|give me a shout in {duration}|keep "        \
    "(time|track of) {duration}[{?label} for {label}]|make it {duration}[{?label} for {label}] "  \
    "on the timer|"                                                                               \
    "wake me (up |)in {duration}|track {duration} for me"
#define TIMER_O                                                                               \
    "set a timer {duration:for}[{?label}<ti.lab>]|time {duration}[{?label}<ti.lab>]|start a " \
    "timer {duration:of}[{?label}<ti.lab>]"
#define TIMER_N                                                                                    \
    "a timer {duration:for}[{?label}<ti.lab>]|a* {duration.adj} timer[{?label}<ti.lab>]|a "        \
    "countdown {duration:of}[{?label}<ti.lab>]|{duration} on the (timer|clock)[{?label}<ti.lab>]|" \
    "a* {label:bare} timer {duration:of}|a* {label:bare} timer {duration:for}|a timer "            \
    "{duration:of}[{?label}<ti.lab>]|a timer[{?label}<ti.lab>][,] {duration}|{duration} for "      \
    "{label}|"                                                                                     \
    "a* {duration.adj} {label:bare} timer|a* {duration.adj} countdown[{?label}<ti.lab>]|another "  \
    "{duration}[{?label} for {label}] on the timer|a timer called {label.name} {duration:for}"
#define TIMER_B                                                                                   \
    "timer {duration}[{?label}<ti.lab>]|{duration} timer[{?label}<ti.lab>]|timer "                \
    "{duration:for}[{?label}<ti.lab>]|countdown {duration}[{?label}<ti.lab>]|{duration.adj} "     \
    "timer[{?label}<ti.lab>]|"                                                                    \
    "{label:bare} timer {duration}|{label:bare} timer[,] {duration}|{label:bare}[,] {duration}, " \
    "timer|{duration} for {label}|timer[,] {duration}[{?label}, {label.name}]|{duration}, "       \
    "timer[{?label}<ti.lab>]|"                                                                    \
    "timer[{?label} for {label}] {duration}|{duration} countdown[{?label}<ti.lab>]|new timer[,] " \
    "{duration}[{?label}, (label|called|name) {label.name}]|timer[{?label}<ti.lab>] set to "      \
    "{duration}|timer on {duration}"
#define TIMER_S                                                                                    \
    "I (have|need) {duration}[{?label} for {label}], (start|set) (the|a) timer|{duration} (from "  \
    "now|starting now)[{?label} for {label}], (timer please|set a timer)|"                         \
    "the timer (should|has to|needs to) (run|go|last) {duration}[{?label} for {label}]|(I "        \
    "want|I'd like|I need) a timer that (runs|lasts|goes for|rings after) "                        \
    "{duration}[{?label}<ti.lab>]|"                                                                \
    "how about a timer {duration:for}[{?label}<ti.lab>]|let's (do|say|time|go for|make it) "       \
    "{duration}[{?label} for {label}][,] (on the timer|timer)|"                                    \
    "(the (chef|recipe|box|package|label|doctor|coach) says|it says|it says here) {duration}, "    \
    "(set|start) a timer[{?label}<ti.lab>]|(it takes|this takes|that needs|they need|it "          \
    "needs|these need) {duration}, (timer|timer please|set a timer|start the timer)|"              \
    "(it's|that's) going in (now|the oven), (timer|set a timer) {duration:for}|"                   \
    "(I'll|I'm going to) (rest|nap|lie down|close my eyes) for a bit, (timer|set a timer) "        \
    "{duration:for}|can (the timer go|we have a timer) {duration:for}[{?label}<ti.lab>]|"          \
    "(ready, set, go|ok go|starting now), {duration}[{?label} for {label}][,] (timer|on the "      \
    "timer)|for {label} I need a timer {duration:of}|for {label} {duration} please|"               \
    "(set|make) an alarm, (no|sorry|I mean)(,|) a timer {duration:for}[{?label}<ti.lab>]|start a " \
    "timer[,] (I think|maybe|let's say|say) {duration}[{?label} for {label}]|timer please[,] "     \
    "{duration}[{?label} for {label}]|(call|name|label) the timer {label.name} and set it to "     \
    "{duration}|"                                                                                  \
    "a timer {duration:for} please[{?label} and (call|name|label) it {label.name}]|set a "         \
    "timer[{?label} with the (name|label|title) {label.name}][,] {duration} please"

#define ALARM_S2                                                                               \
    "{repeat} {clock:at} (set an alarm|alarm|alarm please|wake me)[{?label}<al.lab>]|"         \
    "{repeat}[,] let me sleep (until|till|in till) {clock}|{repeat} (ring|wake me up|get me "  \
    "up) {clock:at}|{clock}[{?repeat} {repeat}] is when I (need|have|want) to be up[, set an " \
    "alarm|, wake me|]|set one {clock:for}[{?repeat}<al.rep>][{?label}<al.lab>]|(set|make|"    \
    "add) another one {clock:for}|(put|set) an alarm on {clock:for}[{?label}<al.lab>]|I "      \
    "(gotta|have to|need to|must|should) (be|get) (up|out of bed|going) "                      \
    "{clock.wake:by}[{?repeat}<al.rep>]|I (want|wanna|would like|'d like) to (get|wake) up "   \
    "{clock.wake:at}[{?repeat}<al.rep>]|it's late, (wake me|wake me up) {clock.wake:at}|(we|"  \
    "I) (leave|start|meet) at <tm>, (so |)(wake me|wake us|get me up|set the alarm) "          \
    "{clock.wake:at}|my (flight|train|bus|shift|exam|class) is at <tm>, (alarm|wake me|set "   \
    "an alarm) {clock.wake:at}|set an alarm {clock:for}, my (flight|train|bus|shift) (leaves|" \
    "starts|goes) (early|at <tm>)|(can|could) you (ring|buzz|wake me|get me up) "              \
    "{clock:at}[{?repeat}<al.rep>]|alarm {clock:for}, {label.act}|alarm {clock:at}[,] "        \
    "{label.name}|{label.act} {clock:at}, (set an alarm|alarm|alarm please)[{?repeat}, "       \
    "{repeat}]|(is it ok if|can) I sleep (until|till) {clock.wake}? (wake me then|set an "     \
    "alarm)|(not <tm>|<tm> is too (early|late)), (wake me|set it|set the alarm|alarm) "        \
    "{clock:at}|I said <tm> but (make it|wake me at|set the alarm to) {clock}"
#define TIMER_S2                                                                               \
    "(I'm|we're|I am) (putting|throwing|popping) the <food> (in|on)( now|), (so |)(start|set|" \
    "give me|time|do) {duration}|the <food> (needs|need|takes|take|gets|get) {duration}, "     \
    "(timer|timer please|set a timer|start a timer|start the timer|set the timer)|(the "       \
    "<chore>|<chore>|<activity>|<food>|this) (takes|needs|lasts|runs) {duration}, (timer "     \
    "please|set a timer|start a timer|timer|time it)|(let me know|tell me|remind me|warn me|"  \
    "beep|ping me|give me a shout|buzz me|come back to me) in {duration}, the <food> is (in "  \
    "the oven|on the stove|on|boiling|in)|I (have to|need to|should|must) (stir this|flip "    \
    "them|check it|turn them|wait|go|leave|take it out) (in|after) {duration}, (timer|set a "  \
    "timer|tell me|let me know)|(about|roughly|say|let's say|just|only|exactly|another) "      \
    "{duration}[,] (timer|timer please|on the timer|on the clock)|timer[,] (um|uh|let me see|" \
    "hmm|er)[,] {duration}[{?label} for {label}]|start a timer[,] (um|uh|hmm|for like|of "     \
    "about|for maybe|for exactly)[,] {duration}[{?label} for {label}]|(I'm going to|I'll|let " \
    "me) (nap|rest|lie down|read|study|work out|wait)( a bit|), (set a timer|timer|wake me) "  \
    "{duration:for}|(can|could) you (time|do|count down|start|make it|give me) {duration}|"    \
    "{duration} (starting now|from now|and go|please and go)[,| timer|]|(it's|we have) a "     \
    "(break|pause|time out), {duration} (on the timer|timer|please)|(the kids|<first>|we) "    \
    "(may|can) (play|watch|read) for {duration}, (set|start) a timer|(how about|make that|"    \
    "let's try) {duration} on the timer|in {duration} (tell me|let me know|beep|ring|the "     \
    "timer should ring|I want a beep)|(not five minutes|no, not that long), (set|start) a "    \
    "timer {duration:for}"

const hone_words hone_words_phone[] = {
    { "al.set", "set|set|set|set|make|create|add|schedule|set up|put" },
    { "al.obj", "an alarm|an alarm|an alarm|the alarm|my alarm|a new alarm|alarm|the alarm "
                "clock|an alarm clock" },
    { "al.at", "{clock:for}|{clock:for}|{clock:at}" },
    { "al.rep", " {repeat}| {repeat}| {repeat}|, {repeat}" },
    { "al.lab", " for {label.wake}| for {label.wake}| for {label.wake}| to {label.act}| to "
                "{label.act}| called {label.name}|"
                " labelled {label.name}| labeled {label.name}| named {label.name}| with the label "
                "{label.name}|"
                ", call it {label.name}|, label it {label.name}| and call it {label.name}|, name "
                "it {label.name}|"
                " with the name {label.name}|, label {label.name}| and label it {label.name}| "
                "titled {label.name}|, it's for {label.wake}" },
    { "al.lab.w", " for {label.wake}| for {label.wake}| to {label.act}" },
    { "f.alarm.v", ALARM_V },
    { "f.alarm.c", ALARM_C },
    { "f.alarm.o", ALARM_O },
    { "f.alarm.n", ALARM_N },
    { "f.alarm.b", ALARM_B },
    { "f.alarm.s", ALARM_S "|" ALARM_S2 },
    { "ti.set", "set|set|set|start|start|start|make|create|set up|run|put on|begin|add" },
    { "ti.lab", " for {label}| for {label}| for {label}| for {label}| to {label.act}| called "
                "{label.name}| labelled {label.name}|"
                " named {label.name}|, call it {label.name}|, label it {label.name}| and call it "
                "{label.name}|"
                " with the label {label.name}|, name it {label.name}|, it's for {label}|, label "
                "{label.name}" },
    { "f.timer.v", TIMER_V },
    { "f.timer.c", TIMER_C },
    { "f.timer.o", TIMER_O },
    { "f.timer.n", TIMER_N },
    { "f.timer.b", TIMER_B },
    { "f.timer.s", TIMER_S "|" TIMER_S2 },
    /* how often */
    { "e.repeat.daily", "every day|every day|daily|each day|every single day|seven days a "
                        "week|everyday" },
    { "e.repeat.daily.am", "every morning|each morning|every day|daily" },
    { "e.repeat.daily.pm", "every evening|every night|each night|every day" },
    { "e.repeat.daily.adj", "daily|everyday|daily" },
    { "e.repeat.weekdays", "on weekdays|every weekday|(from |)monday to friday|monday through "
                           "friday|on workdays|every workday|"
                           "on work days|(from |)Monday to Friday|weekdays|mon to fri|during the "
                           "week|on school days|on working days|"
                           "Monday through Friday|mondays to fridays|weekdays only|only on "
                           "weekdays|every working day" },
    { "e.repeat.weekdays.adj", "weekday|workday|weekday|work day" },
    { "e.repeat.weekends", "on weekends|every weekend|on the weekend|at weekends|on saturdays and "
                           "sundays|every saturday and sunday|"
                           "saturdays and sundays|weekends only|on Saturdays and Sundays|at the "
                           "weekend|weekends|only on weekends|"
                           "saturday and sunday" },
    { "e.repeat.weekends.adj", "weekend|weekend" },
    { "e.repeat.weekly", "every week|weekly|once a week|each week" },
    { "e.repeat.weekly.adj", "weekly" },
    { "e.repeat.monthly", "every month|monthly|once a month|each month" },
    { "e.repeat.monthly.adj", "monthly" },
    { "e.repeat.never", "just once|only once|once|one time only" },
    { "e.repeat.never.adj", "single|one-time" },
    /* contexts: what people tell before or after, which is no argument */
    { "ctx.alarm", "I have (a flight|an early meeting|an exam|a long drive|an interview|a train to "
                   "catch|guests|school|a doctor's appointment) tomorrow|"
                   "I (can't|mustn't) oversleep (again|tomorrow|this time)|I'm (so tired|going to "
                   "bed now|off to bed|exhausted|a heavy sleeper)|"
                   "(big|early|long|busy) day tomorrow|my phone alarm never wakes me|the kids have "
                   "school|I was late (again |)today|"
                   "we're leaving early|(tomorrow|monday) is going to be rough|I promised to be on "
                   "time|new job starts tomorrow|"
                   "the plumber is coming|I keep sleeping in|good night|it's late already|I work "
                   "the early shift this week|"
                   "my bus leaves at (seven|8:10|six thirty)|I usually get up at "
                   "(six|seven|8)|sunrise is at (six|5:40)|I fell asleep at (two|3) last "
                   "night|<first> is picking me up at (eight|7:30)|my "
                   "(flight|train|shift|class|exam) (is|starts) at (nine|8|ten thirty|6:45)|school "
                   "starts at eight|I set it for six yesterday|it's already (eleven|half past "
                   "twelve|1 am)" },
    { "after.alarm", "I can't be late|I really need to get up|it's important|otherwise I'll "
                     "oversleep|don't let me sleep in|I have an exam|early flight|that should be "
                     "enough time|"
                     "I have a train to catch|my (flight|train|bus) (leaves|goes) early|I have "
                     "(guests|an exam|to drive far)|"
                     "we're leaving early|the kids have school|so I don't miss the bus|so that I'm "
                     "not late|because "
                     "I start early|big day" },
    { "ctx.timer", "I'm (boiling eggs|making tea|baking|in the kitchen|on the stove|doing "
                   "laundry|about to start|putting the pizza in|steeping tea|cooking)|"
                   "the (water|oven|pizza|pasta|cake|chicken|rice) is (ready|in|on)|I don't want "
                   "to burn it|don't let it burn|it's in the oven now|"
                   "my hands are (full|wet|dirty)|they need to (cool|rest|soak)|I always forget "
                   "the (oven|tea|stove)|let's play a round|the kids get a bit more screen time|"
                   "time for a (break|nap|workout)|we're on a break|the dough has to rest|I'm in "
                   "the sauna|first round|the washing machine is (on|running)|it's been five "
                   "minutes already|dinner is at seven|<first> said not too long|I have ten "
                   "minutes left before the bus" },
    { "after.timer", "I don't want to burn it|the pot is on|I'm in the kitchen|it's already "
                     "boiling|starting now|and go|I always forget|that should do it|no more than "
                     "that|they burn easily" },
    { NULL, NULL }
};
