/* Requests near to a function but outside it, requests that lack what the function needs, and talk
 * about its things. "##" starts the answer. near.<family>, miss.<family>, past.<family>. */
#include "datagen/words.h"

#define NO_ALARM "##I'm sorry, I can set alarms, but I can't change or list them."
#define NO_TIMER "##I'm sorry, I can start timers, but I can't change or check them."
#define NO_CAL "##I'm sorry, I can add events, but I can't read or change them."
#define NO_LIGHT "##I'm sorry, I can only turn it on or off."
#define NO_WIFI "##I'm sorry, I can only open the settings."
#define NO_NAV "##I'm sorry, I can show you the way, but I don't know that."
#define NO_NAV2 "##I'm sorry, I can only show you the way."
#define NO_MAIL "##I'm sorry, I can send e-mails, but I can't read or manage them."
#define NO_CONTACT "##I'm sorry, I can add contacts, but I can't look them up or change them."
#define NO_NOTE "##I'm sorry, I can write notes, but I can't read or change them."
#define NO_MUSIC "##I'm sorry, I can play music, but I can't do that."
#define SEE "##I see. Tell me if I can help."

const hone_words hone_words_near[] = {
    { "neg", "cancel|delete|remove|turn off|stop|switch off|get rid of|disable" },
    { "polite", "|||please |can you |could you |could you please |I want to |I'd like to |I need "
                "you to |hey, " },
    { "near.alarm", "<polite><neg> (my|the|all|all my|tomorrow's|the <tm>|that) alarm(s|)" NO_ALARM
                    "|<polite>(snooze|pause|silence|skip) (the|my) alarm( for ten minutes| "
                    "tomorrow|)" NO_ALARM "|<polite>(change|move|shift|push) (my|the) alarm( from "
                                          "<tm>|) to <tm>" NO_ALARM "|(what|which) alarms (do I "
                                                                    "have|are set|are on)" NO_ALARM
                    "|(what time|when) is my (next |first |)alarm( set for| going off|)" NO_ALARM
                    "|(is|are) (my|the) alarm(s|) (on|set|still on)( for tomorrow| for "
                    "<tm>|)" NO_ALARM "|(did|have) I set an alarm( for tomorrow|)" NO_ALARM
                    "|<polite>(make the alarm louder|change the alarm sound|use another alarm "
                    "tone|list my alarms|show me my alarms|show all alarms)" NO_ALARM
                    "|how (do I|can I) (set an alarm|delete an alarm|change the alarm "
                    "sound)" NO_ALARM "|how many alarms do I have" NO_ALARM "|why didn't (my|the) "
                                                                            "alarm (ring|go off)( "
                                                                            "today| this "
                                                                            "morning|)" NO_ALARM },
    { "past.alarm", "(my|the) alarm (didn't ring|rang too early|woke the whole house|is so "
                    "annoying|was too quiet|scared me)( today| this morning|)" SEE
                    "|I (overslept|got up at <tm>|woke up at <tm>|slept through the alarm|set my "
                    "alarm already) (today|this morning|again|yesterday)" SEE "|I (hate|love) "
                                                                              "(alarms|my alarm "
                                                                              "clock|getting up "
                                                                              "early)" SEE
                    "|I bought a new alarm clock" SEE "|I usually (get up|wake up) at <tm>" SEE },
    { "miss.alarm", "(set|make|create|add) (an|a new|the|my) alarm##Sure. What time should it "
                    "ring?|wake me( up|)##Sure. What time should I wake you?|(I need|I want|give "
                    "me|I'd like) an alarm( please|)##Sure. What time should it "
                    "ring?|(set|make|add) an alarm (for tomorrow|called <activity>|for "
                    "<wakefor.n>|to <act>)##Sure. What time should it ring?|(alarm|new alarm|alarm "
                    "please|an alarm please|can you set an alarm|could you set an alarm for "
                    "me|please set an alarm|I need to get up early|wake me up tomorrow|wake me up "
                    "early|wake me (tomorrow|on <day>))##Sure. What time should it ring?" },
    { "near.timer",
      "<polite>(pause|stop|cancel|reset|restart|delete|resume|turn off|end) (my|the|that|all|the "
      "<food>) timer(s|)" NO_TIMER "|how (much time|long) is left( on the timer|)" NO_TIMER
      "|how (much longer|long does the timer run|many minutes are left)" NO_TIMER
      "|<polite>add (five|two|ten) (more |)minutes to the timer" NO_TIMER "|(is|are) (the|my|any) "
                                                                          "timer(s|) (still "
                                                                          "|)(running|done|"
                                                                          "on)" NO_TIMER
      "|what timers (are running|do I have)" NO_TIMER "|<polite>(start|open|use) (the|a) "
                                                      "stopwatch" NO_TIMER "|(check|show) (me "
                                                                           "|)(the|my) "
                                                                           "timer(s|)" NO_TIMER
      "|how long (do|should|does) (<food>|I boil an egg|a pizza need|the <food>) "
      "(cook|take|need|boil)" NO_TIMER "|when (is|will) the timer (done|finish|ring)" NO_TIMER
      "|<polite>make the timer (shorter|longer|louder)" NO_TIMER "|how do I set a timer" NO_TIMER },
    { "past.timer", "the timer (rang|went off|was too short|is done|didn't ring|was wrong)( "
                    "already| again|)" SEE "|I (waited|cooked it|ran|slept|studied) for (ten "
                                           "minutes|an hour|half an hour|20 minutes|two hours)( "
                                           "yesterday| today|)" SEE "|(the <food>) (took|needed) "
                                                                    "(ten minutes|an "
                                                                    "hour|forever|45 minutes)" SEE
                    "|(ten|five|twenty) minutes is (not enough|too long|a long time)" SEE
                    "|I'll be (back|there) in (ten minutes|an hour|five)" SEE },
    { "miss.timer", "(set|start|make|create|run) (a|the|a new|another) timer( please|)##Sure. How "
                    "long should it run?|(I need|give me|can I get|I want) a timer( "
                    "please|)##Sure. How long should it run?|(timer|new timer|timer "
                    "please|countdown please|start the countdown|set a countdown|can you set a "
                    "timer|could you start a timer for me|a timer for the <food>|start a timer for "
                    "the <food>|set a timer called <activity>|<food> timer|time me|set the timer "
                    "for the <food> please)##Sure. How long should it run?" },
    { "near.calendar",
      "(what's|what is) (on|in) my (calendar|schedule|agenda)( today| tomorrow| on <day>| this "
      "week|)" NO_CAL "|(do I have|have I got) (anything|something|any meetings|any "
                      "appointments|time)( on <day>| tomorrow| today| next week|)" NO_CAL
      "|when (is|was) (my |the |)(next |)(<event>|appointment|dentist appointment|<first>'s "
      "birthday|flight|meeting with <first>)" NO_CAL
      "|<polite>(cancel|delete|remove|move|reschedule|postpone|change) (my|the) "
      "(<event>|appointment|dinner with <first>|meeting|dentist appointment)( on <day>| to <day>| "
      "tomorrow|)" NO_CAL "|am I (free|busy) (on <day>|tomorrow|at <tm>|next week|tonight)" NO_CAL
      "|(show|open|read) (me |)my (calendar|schedule|appointments|agenda)( for <day>| for today| "
      "please|)" NO_CAL "|(who is|who's) coming to the <event>" NO_CAL "|<polite>invite <first> to "
                                                                       "(the|my) <event>" NO_CAL
      "|how many (meetings|appointments) do I have( today| this week|)" NO_CAL
      "|(where|what time) is (the|my) <event>( tomorrow| on <day>|)" NO_CAL "|which day is "
                                                                            "<first>'s "
                                                                            "birthday" NO_CAL },
    { "past.calendar",
      "(the|my|our) (<event>|meeting with <first>|dinner with <first>) (was|went) "
      "(great|well|cancelled|boring|too long|fine)( yesterday| today|)" SEE "|I "
                                                                            "(missed|forgot|"
                                                                            "enjoyed|skipped) "
                                                                            "(the|my) "
                                                                            "(<event>|appointment)("
                                                                            " yesterday| today| "
                                                                            "last week|)" SEE
      "|I('m| am) (so busy|fully booked|looking forward to the <event>|nervous about the <event>)( "
      "this week| tomorrow|)" SEE "|(last|next) week is (going to be |)(crazy|busy|quiet|a "
                                  "holiday)" SEE "|my calendar is (full|empty|a mess)" SEE },
    { "miss.calendar", "(create|add|make|schedule|put) (an event|a meeting|an appointment|a "
                       "calendar entry|something)( in my calendar| please|)##Sure. What is it, and "
                       "on which day?|(new event|new appointment|calendar entry please|I need an "
                       "appointment|I want to add something to my calendar|put something in my "
                       "calendar|add an event to my calendar|schedule a meeting|can you make an "
                       "appointment)##Sure. What is it, and on which day?|(add|put) "
                       "(<k.event.bare>) (to|in) (my|the) calendar##Sure. On which day?|schedule "
                       "(<k.event.bare>)##Sure. On which day?|(add|put) something in my calendar "
                       "(for <day>|for tomorrow|on <day>)##Sure. What is it?|create an event (for "
                       "<day>|tomorrow|on <day>)##Sure. What is it?" },
    { "near.light", "<polite>(make (the flashlight|the torch|the light) "
                    "(brighter|blink|red|dimmer|stronger)|dim the flashlight|change the color of "
                    "the flashlight|set the flashlight to fifty percent|let the torch flash|send "
                    "an sos with the light)" NO_LIGHT "|is (the|my) (flashlight|torch|light) "
                                                      "(on|off|still on|working|broken)" NO_LIGHT
                    "|how (bright|strong|hot) is the (flashlight|torch|light)" NO_LIGHT
                    "|how (do I|can I) (use|turn on|find|fix) the (flashlight|torch)" NO_LIGHT
                    "|how long (does|can|will) the (flashlight|torch) (last|run|stay on)" NO_LIGHT
                    "|(does|will) the (flashlight|torch) (use|need|drain) (a lot of |much |the "
                    "|)battery" NO_LIGHT "|where is the (flashlight|torch) (button|icon)" NO_LIGHT
                    "|turn on the (screen|camera flash|kitchen light|reading lamp)" NO_LIGHT
                    "|<polite>(turn|switch) (on|off) (the |my |)(tv|radio|heating|fan|oven|speaker|"
                    "bluetooth|vibration|location|dark mode|autocorrect|keyboard sounds|night "
                    "light|do not disturb|battery saver)" NO_LIGHT
                    "|<polite>(turn|switch|shut) the "
                    "(tv|radio|heating|fan|phone|screen|alarm|music|"
                    "coffee machine|notifications|data) (on|off|down)" NO_LIGHT
                    "|(which|what) (flashlight|torch|headlamp) should I (buy|get)" NO_LIGHT
                    "|(I|we) (don't need|won't need|have) (a|the) (flashlight|torch)( for "
                    "the trip| "
                    "with us|)" NO_LIGHT },
    { "past.light", "(I|we) (bought|lost|found|need to buy|forgot|dropped) (a|my|the) "
                    "(flashlight|torch|lamp|headlamp|candle)( yesterday| at home| last week|)" SEE
                    "|the (flashlight|torch|lamp) (broke|was too weak|helped a lot|is in the "
                    "drawer|needs batteries)( yesterday| again|)" SEE
                    "|it (was|is) (so |really |)(dark|bright|sunny) (outside|yesterday|in the "
                    "cave|last night)" SEE "|I'm afraid of the dark" SEE "|the light in the "
                                                                         "<k.room> is broken" SEE
                    "|(I like|I love) (candle light|the dark|the light in autumn|sunny "
                    "rooms)" SEE },
    { "near.page", "(is|are) (the |my |)(wifi|wi-fi|internet) "
                   "(fast|on|working|secure|free|slow|down|safe)( here| today|)" NO_WIFI
                   "|what('s| is) (the|my|our) (wifi|wi-fi) (password|name|speed|signal)" NO_WIFI
                   "|(how fast|how good) is (my|the) (wifi|internet|connection)" NO_WIFI
                   "|<polite>(turn on|turn off|open the settings for|open) (bluetooth|mobile "
                   "data|airplane mode|the hotspot|the display settings|the sound "
                   "settings|location)" NO_WIFI "|(which|what) (network|wifi) am I (on|connected "
                                                "to|using)" NO_WIFI "|why is (the|my) "
                                                                    "(wifi|internet|connection) so "
                                                                    "slow" NO_WIFI "|(who|how many "
                                                                                   "people) "
                                                                                   "(is|are) "
                                                                                   "(on|using) "
                                                                                   "(my|the) "
                                                                                   "wifi" NO_WIFI
                   "|<polite>(run|do) a speed test" NO_WIFI "|does (the <place>|the train|this "
                                                            "hotel|the bus) have (free "
                                                            "|)wifi" NO_WIFI
                   "|how (does|do) wifi work" NO_WIFI "|what does wifi (mean|stand for)" NO_WIFI },
    { "past.page", "the (wifi|internet|connection) (was down|was slow|works again|is great|is "
                   "fast|is terrible|was gone)( yesterday| today| all day| at the <place>|)" SEE
                   "|we (have|got) (a new router|fast internet|no internet at home|fiber now)" SEE
                   "|<first> (asked for|forgot|changed) the wifi password" SEE "|I (pay too much "
                                                                               "for|love|can't "
                                                                               "live without) (my "
                                                                               "|)(wifi|"
                                                                               "internet)" SEE
                   "|the hotel (had|has) (no|free|great) wifi" SEE },
    { "near.nav",
      "how far is (it to |)(<k.poi.t>|<city>|the <spot>)" NO_NAV "|how long does it take to (get "
                                                                 "to|drive to|walk to|fly to) (the "
                                                                 "<spot>|<city>|<first>'s "
                                                                 "place)" NO_NAV
      "|(is|are) (the <spot>|the <shop>|<city> airport) (open|closed|busy|crowded|expensive)( now| "
      "today| on <day>|)" NO_NAV "|(what|when) (time |)(does|is) (the <spot>|the <shop>) "
                                 "(open|close)" NO_NAV
      "|(is there|how is) (much |the |any )traffic( on the highway| to <city>| right now| "
      "today|)" NO_NAV "|where (am I|did I park|is my car|are my keys|is <first>|is my "
                       "phone)" NO_NAV "|<polite>(share|send) my location( with <first>| to "
                                       "<first>|)" NO_NAV2
      "|(what's|what is) (the address of|the best <shop> in|near) (the "
      "<spot>|<city>|<first>)" NO_NAV "|<polite>(save|remember) (this place|where I parked|my "
                                      "parking spot)" NO_NAV2 "|<polite>(stop|cancel|end|mute|"
                                                              "pause) (the "
                                                              "|)(navigation|route|"
                                                              "directions)" NO_NAV2
      "|(how much is|what does) (a ticket|the bus|the train|the entrance|parking) (to "
      "<city>|cost|at the <spot>)" NO_NAV "|when (does|is) the next (bus|train|tram)( to <city>| "
                                          "leave|)" NO_NAV "|what's the population of "
                                                           "<city>" NO_NAV },
    { "k.poi.t", "the <spot>|<sight.bare>|the <city> airport" },
    { "sight.bare", "Times Square|Big Ben|Union Station|Heathrow|IKEA|Pier 7|Hyde Park" },
    { "past.nav", "(I|we) (went|drove|walked|moved|flew|cycled) to (<city>|the <spot>|<country>)( "
                  "yesterday| last week| last summer| today|)" SEE "|I('m| am) (at the <spot>|in "
                                                                   "<city>|from <city>|on the way "
                                                                   "home|on the bus|almost "
                                                                   "there|back from <city>)( "
                                                                   "now|)" SEE
                  "|(the <spot>|<city>) (is|was) (beautiful|crowded|closed|boring|too far|lovely)( "
                  "today| yesterday|)" SEE "|I (love|hate|miss|know) (<city>|<country>|the "
                                           "<spot>)" SEE "|the (bus|train|tram) (was late|is "
                                                         "full|broke down|was on time)( again| "
                                                         "today|)" SEE "|I (got lost|missed my "
                                                                       "stop|ran out of gas) "
                                                                       "(yesterday|again|on the "
                                                                       "way)" SEE },
    { "miss.nav", "(navigate|start navigation|start the navigation|directions please|give me "
                  "directions|navigation please|I need directions|show me the way|take me "
                  "there|open navigation|navigate for me|which way|find a route|plan a route|guide "
                  "me there|(can you|could you) (navigate|give me directions|show me the "
                  "way))##Sure. Where do you want to go?|(I want to|I need to|let's) go "
                  "somewhere##Sure. Where do you want to go?" },
    { "near.mail", "<polite>(read|check|open|show) (me |)(my|the|my latest|my new) "
                   "(email|emails|mail|inbox|messages)" NO_MAIL "|(do I have|any|are there) (any "
                                                                "|)(new |unread "
                                                                "|)(emails|mail|messages)( from "
                                                                "<first>|)" NO_MAIL
                   "|did (<first>|my boss|the <person2>) (reply|answer|write back|email me|get my "
                   "email)( yet|)" NO_MAIL "|<polite>(delete|forward|archive|print|star) (the "
                                           "|that |this |)(last |)(email|mail|message)( from "
                                           "<first>| to <first>|)" NO_MAIL "|(who|what) "
                                                                           "(emailed|did <first> "
                                                                           "write) (me|in the "
                                                                           "email)( today| "
                                                                           "yesterday|)" NO_MAIL
                   "|what('s| is) <first>'s email( address|)" NO_MAIL "|how many (unread |new "
                                                                      "|)emails do I have" NO_MAIL
                   "|<polite>(attach|send) (the|a) (photo|file|document|video) to (<first>|the "
                   "email)" NO_MAIL "|<polite>(mark (all|it) as read|empty the spam folder|block "
                                    "emails from <first>|unsubscribe from this newsletter|undo the "
                                    "last email)" NO_MAIL "|when did <first> (email|write) "
                                                          "me" NO_MAIL "|is there a mail from "
                                                                       "<first>" NO_MAIL },
    { "past.mail", "(I|we) (got|received|sent|wrote|deleted|read) (an|that|your|the|a long) email( "
                   "from <first>| to <first>| yesterday| this morning| last night|)" SEE
                   "|<first> (emailed me|never answers emails|wrote a long email|sent me a mail)( "
                   "yesterday| today|)" SEE "|I (get|have) (too many|over a hundred|a lot of) "
                                            "emails" SEE "|my (inbox|spam folder) is (full|a "
                                                         "mess|empty)" SEE "|I (hate|love|prefer) "
                                                                           "(emails|writing "
                                                                           "letters|getting "
                                                                           "mail)" SEE "|I already "
                                                                                       "emailed "
                                                                                       "<first"
                                                                                       ">" SEE },
    { "miss.mail", "(send|write|compose) (an|a new|a quick) (email|e-mail|mail)( please|)##Sure. "
                   "To whom, and what should it say?|(new email|email please|I need to write an "
                   "email|I want to send an email|can you send an email|could you write an email "
                   "for me|start an email|I have to send a mail)##Sure. To whom, and what should "
                   "it say?|(send|write) an (email|e-mail) to (<first>|<first> <last>|my "
                   "boss|<address>|mom|the school)##Sure. What should it say?|(email|mail|write "
                   "to) (<first>|<first> <last>|my boss|my sister|<address>)##Sure. What should it "
                   "say?|(I need|I have|I want) to (email|write to|send an email to) (<first>|my "
                   "landlord|the <person2>|<address>)##Sure. What should it say?|(send|write) an "
                   "email saying <say>##Sure. Who should get it?|(can|could) you (email|mail) "
                   "<first>( for me| please|)##Sure. What should it say?|send <first> an email "
                   "with the subject <subj>##Sure. What should it say?" },
    { "near.contact", "what('s| is) <first>'s (number|phone number|address|email|last "
                      "name|birthday)" NO_CONTACT "|<polite>(delete|remove|erase|block|edit|rename|"
                                                  "update) (<first>|<first> <last>|<first>'s "
                                                  "number|my old dentist)( from my contacts| in my "
                                                  "contacts| from my phone|)" NO_CONTACT
                      "|(do I have|is) (<first>'s number|<first> <last>|<first>) in my "
                      "(contacts|phone book)" NO_CONTACT "|(show|find|open|look up) (me "
                                                         "|)(<first>'s contact|the contact of "
                                                         "<first>|<first> in my contacts|my "
                                                         "contacts|all my contacts)" NO_CONTACT
                      "|whose number is <digits> <digits>" NO_CONTACT "|how many contacts do I "
                                                                      "have" NO_CONTACT
                      "|<polite>change <first>'s (number|email|name) to (<digits> "
                      "<digits>|<address>|<first>)" NO_CONTACT "|<polite>(share|send) <first>'s "
                                                               "(number|contact) with "
                                                               "<first>" NO_CONTACT "|<polite>("
                                                                                    "merge|sort|"
                                                                                    "back "
                                                                                    "up|export|"
                                                                                    "sync) my "
                                                                                    "contact"
                                                                                    "s" NO_CONTACT
                      "|who is <first> <last>" NO_CONTACT },
    { "past.contact", "<first> (changed|lost|gave me|forgot) (his|her) (number|phone|card)( "
                      "yesterday| again|)" SEE "|I (met|saw|know|miss) (<first>|<first> <last>)( "
                                               "yesterday| at the <place>| from school|)" SEE
                      "|(my|our) new (neighbour|boss|colleague|teacher) is (nice|called "
                      "<first>|from <city>|strict)" SEE "|I have (too many|500|three) contacts" SEE
                      "|I already have <first>'s number" SEE "|<first> is (my best friend|a "
                                                             "colleague|my cousin|from "
                                                             "<city>)" SEE },
    { "miss.contact", "(add|create|save|make) a (new |)contact( please|)##Sure. What is the "
                      "name?|(new contact|I want to add a contact|I need to save a number|save "
                      "this number|add someone to my contacts|can you add a contact|save a phone "
                      "number|I have a new contact|(save|store) the number <digits> <digits>|add "
                      "<digits> <digits> to my contacts|add a number|store a new email "
                      "address|create a contact with the number <digits> <digits>)##Sure. What is "
                      "the name?" },
    { "near.note",
      "<polite>(read|show|open|find) (me |)(my|the|my last|yesterday's|all my) note(s|)( about the "
      "<thing>| called <ntitle>| from <day>|)" NO_NOTE "|<polite>(delete|remove|edit|change|share|"
                                                       "print|rename) (my|the|that|the last|all) "
                                                       "note(s|)( about the <thing>| called "
                                                       "<ntitle>|)" NO_NOTE "|what did I "
                                                                            "(write|note) (down "
                                                                            "|)(about the "
                                                                            "<thing>|yesterday|"
                                                                            "last week|in my "
                                                                            "note)" NO_NOTE
      "|(where|what) (is|are) my notes( about the <event>| from <day>|)" NO_NOTE
      "|how many notes do I have" NO_NOTE "|<polite>(send|email|forward) (my|the) note to "
                                          "<first>" NO_NOTE "|do I have a note (about|called) (the "
                                                            "<thing>|<ntitle>)" NO_NOTE
      "|<polite>(pin|lock|archive|sort) (my|the|this) note(s|)" NO_NOTE "|what's in (the|my) note( "
                                                                        "called <ntitle>| about "
                                                                        "<things>|)" NO_NOTE
      "|is there a note about the <event>" NO_NOTE },
    { "past.note", "I (wrote|lost|found|can't read|deleted|forgot) (my|the|a|his|her) note(s|)( "
                   "yesterday| in class| on the table|)" SEE "|<first> left (me |)a note( on the "
                                                             "<place2>| yesterday|)" SEE
                   "|I (take|write|make) (too many|a lot of|good) notes( in class| at work|)" SEE
                   "|(that's|it's) worth (noting|remembering)" SEE
                   "|there was a note on the (door|fridge|car)" SEE "|I have a good memory" SEE },
    { "miss.note", "(make|take|create|write|add) a (new |quick |)note( please| for me|)##Sure. "
                   "What should it say?|(new note|note please|I want to write a note|I need to "
                   "write something down|can you take a note|take notes|write something down|I "
                   "need a note|open a new note|start a note|could you write a note for me|write "
                   "this down|note to self|make a note called <ntitle>|create a note titled "
                   "<ntitle>|new note called <ntitle>|add a note with the title <ntitle>|jot "
                   "something down)##Sure. What should it say?" },
    { "near.music", "(who|what) (sings|sang|wrote|plays|is singing) (<track>|this|this song|that "
                    "song|<track>)" NO_MUSIC "|what('s| is) (this song|playing|the name of this "
                                             "song|this band called|the name of this "
                                             "track)" NO_MUSIC "|<polite>(pause|stop|skip|mute|"
                                                               "turn off|turn down|turn "
                                                               "up|rewind|restart) (the |this "
                                                               "|)(music|song|track|"
                                                               "playlist)" NO_MUSIC
                    "|(next|previous|skip|next song|next track|last song|louder|pause|go back one "
                    "song)( please|)" NO_MUSIC "|<polite>(add|save|like) (this "
                                               "song|this|<track>|this track) to (my |the "
                                               "|)(favorites|<plist> "
                                               "playlist|library|playlist)" NO_MUSIC
                    "|<polite>(create|delete|make|share|rename) (a |my |the |)(new |<plist> "
                    "|)playlist" NO_MUSIC "|(when|where) (is|does) <artist> (playing|on "
                                          "tour|touring|come to <city>|from|play next)" NO_MUSIC
                    "|<polite>(show|find|read) (me |)the lyrics (of|to|for) <track>" NO_MUSIC
                    "|how (old is|many albums does|tall is) <artist>( have|)" NO_MUSIC
                    "|<polite>(download|buy) (<track>|tickets for <artist>|the new album|this "
                    "song)" NO_MUSIC "|when (did|was) <track> (come out|released|recorded)" NO_MUSIC
                    "|is <artist> (still alive|still together|on tour|from <country>|a "
                    "band)" NO_MUSIC "|(what|which) (song|playlist|artist) do I (play|listen to) "
                                     "(most|the most)" NO_MUSIC "|what (kind of music|genre) (is "
                                                                "this|does <artist> play)" NO_MUSIC
                    "|<polite>set a sleep timer for the music" NO_MUSIC },
    { "past.music",
      "(I|we) (saw|met|love|like|grew up with|used to listen to|hate|miss) <artist>( live| last "
      "year| in concert| so much|)" SEE "|<track> is (my favorite song|a great song|overrated|so "
                                        "good|our wedding song)" SEE
      "|(the concert|the band|the new album|this song|that song) (was|is) (great|amazing|boring|so "
      "loud|my favorite|terrible)" SEE "|I (play|played|am learning|practice) (the guitar|the "
                                       "piano|the drums|<track> on the piano|the violin)( every "
                                       "day| at school| yesterday|)" SEE "|<first> (sings|plays) "
                                                                         "in a band" SEE
      "|this song reminds me of (<first>|<city>|summer)" SEE "|<artist> (came to <city>|has a new "
                                                             "album|cancelled the tour|is so "
                                                             "talented)" SEE },
    { "near.generic", "<polite>(cancel|undo|delete|change|edit) (the last|my|that|the) "
                      "{thing}##I'm sorry, I can't do that.|(show|list) (me |)(all |)my "
                      "{thing}s##I'm sorry, I can't do that.|how (does|do) (the |){thing} "
                      "work##I'm sorry, I can't explain that.|what is (a* |){thing}##I'm sorry, I "
                      "can't explain that.|how (expensive|popular|old) is (the |a* ){thing}##I'm "
                      "sorry, I don't know that.|I (talked|read|heard|thought) about (the |a* "
                      "){thing} (yesterday|today|last week)" SEE "|(my|our|the) {thing} (was|is) "
                                                                 "(great|terrible|fine|boring|late|"
                                                                 "perfect)( yesterday| today| "
                                                                 "again|)" SEE },
    { NULL, NULL }
};
