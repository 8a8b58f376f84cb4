/* Utterances that want no call: small talk, questions, statements, things that other apps do. What
 * follows "##" is the answer. */
#include "datagen/words.h"

#define SORRY_LOOK "##I'm sorry, I can't look that up."
#define SORRY_OPINION "##That's hard to say. What do you think?"

#define SMALL                                                                                      \
    "(good morning|morning|good morning to you)##Good morning! How can I help you?|(good "         \
    "evening|good afternoon|hello|hi|hey|hi there|hello there|hey there|howdy|hey what's "         \
    "up)##Hello! How can I help you?|(good night|night|sleep well|bye|goodbye|see you|see you "    \
    "later|talk to you later|bye bye)##Goodbye!|"                                                  \
    "(thanks|thank you|thank you so much|thanks a lot|cheers|perfect thanks|great, thank "         \
    "you|thanks, that's all|ok thank you|that was helpful)##You're welcome!|how are you "          \
    "(doing|today|)##I'm fine, thank you. How can I help you?|how's it going##I'm fine, thank "    \
    "you. How can I help you?|"                                                                    \
    "(who|what) are you##I'm your phone's assistant.|what's your name##I'm your phone's "          \
    "assistant.|(are you|you) (real|human|a robot|a "                                              \
    "person|awake|there|listening|smart|happy)##I'm your phone's assistant.|what can you do( for " \
    "me|)##I can help you with your phone. Just ask!|"                                             \
    "(can you|do you) (sing|dance|laugh|dream|sleep|feel anything|hear me|understand "             \
    "me|understand German|like me|get bored|speak <k.language>)##I'm just your phone's "           \
    "assistant, but thanks for asking.|(you're|you are) (great|funny|the best|useless|so "         \
    "smart|silly|very helpful|annoying)##Thank you for telling me.|"                               \
    "(tell me|do you know|I want to hear|let's hear) (a joke|a story|a riddle|something funny|a "  \
    "fun fact|a secret|a poem|something interesting)##Sorry, I don't know any good ones.|(never "  \
    "mind|forget it|nothing|stop|cancel|no|not now|leave it|oops wrong button|nothing, "           \
    "sorry|it's ok|no thanks)##Okay.|"                                                             \
    "(ok|okay|yes|sure|alright|cool|nice|wow|great|fine|hmm|right|I "                              \
    "see|interesting|maybe|really|oh well|not bad|sounds good)##Okay. Is there anything "          \
    "else?|(what|huh|pardon|what did you say|say that again|I didn't get that)##How can I help "   \
    "you?|(happy birthday|merry christmas|happy new year)##Thank you, the same to you!|"           \
    "(I|we) (love|like|miss|trust) you##Thank you, that's kind.|(do you|don't you) (love "         \
    "me|remember me|know me|have a family|have friends|eat pizza|like music|believe in "           \
    "ghosts|ever sleep)##I'm just your phone's assistant.|tell me about yourself##I'm your "       \
    "phone's assistant.|testing(, one two three| testing|)##I can hear you."

#define FACTS                                                                                      \
    "what('s| is) the capital of <country>|how (big|old|tall) is (<country>|the moon|Mount "       \
    "Everest|the earth|the sun|the universe|<sight.bare>)|who (wrote|painted|directed|invented) "  \
    "(Hamlet|the Mona Lisa|the telephone|Moby Dick|the piano|Faust|Guernica|the "                  \
    "bicycle|paper|Dracula|the light bulb)|"                                                       \
    "who (is|was) (the president of <country>|the king of <country>|Napoleon|Marie "               \
    "Curie|Einstein|Cleopatra|Gandhi|the first person on the moon|the mayor of <city>|Frida "      \
    "Kahlo|Joan of Arc)|when (did|was) (the war end|Rome founded|<city> founded|the wall "         \
    "fall|the internet invented|Mozart born|the titanic sink|coffee discovered)|"                  \
    "how many (people live in <city>|legs does a spider have|planets are there|days are in a "     \
    "year|meters are in a mile|grams are in a pound|countries are in Africa|teeth does a cat "     \
    "have|bones do we have|calories are in an egg|inches are in a foot|cups are in a liter|stars " \
    "are there|hours does a koala sleep)|"                                                         \
    "why (is the sky blue|do cats purr|do leaves fall|is the sea salty|do we dream|do onions "     \
    "make me cry|is the moon red|do dogs howl|are flamingos pink|does popcorn pop|do people "      \
    "yawn)|what('s| is) (<digits> (times|plus|minus|divided by) <dom>|the square root of "         \
    "<dom>|fifteen percent of <digits>|a palindrome|the speed of light|photosynthesis|the "        \
    "meaning of life|an atom|inflation|a black hole|the plural of octopus|pi)|"                    \
    "(how do you|how do I) (spell (necessary|rhythm|<country>|definitely)|boil an egg|make "       \
    "(pancakes|bread|sushi|risotto)|tie a tie|change a tire|get red wine out of a carpet|fold a "  \
    "fitted sheet|say thank you in <k.language>|learn <k.language>|lose weight|cook rice|peel a "  \
    "mango)|what does (<k.language> sound like|serendipity mean|ubiquitous mean|a notary do|rsvp " \
    "mean|eta mean|a quark do)|"                                                                   \
    "(is|are) (bats blind|<country> in Europe|tomatoes a fruit|penguins birds|whales fish|it "     \
    "safe to eat raw fish|mushrooms plants|the earth round|honey vegan)|what (year|day|month) "    \
    "(is it|was the moon landing|is today|is easter|does spring start)|(which|what) (animal is "   \
    "the fastest|river is the longest|planet is the biggest|language do they speak in "            \
    "<country>|currency do they use in <country>|continent is <country> on|time is it in "         \
    "<city>|ocean is the deepest)|"                                                                \
    "what (time is it|day is today|is the date today|is today's date)|where (is|does) "            \
    "(<country>|the Nile end|chocolate come from|the president live|<nonsense>|coffee grow)|(who " \
    "won|what was the score of) (the game|the match|the world cup|the election|the race|the "      \
    "final)( yesterday| last night|)|(can|do) (dogs eat (chocolate|grapes|cheese)|fish "           \
    "sleep|plants feel pain|penguins fly|cats swim|bees sleep)|"                                   \
    "how (long does (bread keep|an elephant live|it take to learn the piano|jet lag last)|much "   \
    "does (a car|an elephant|a litre of milk|gold) (cost|weigh)|fast is (light|a "                 \
    "cheetah|sound)|deep is the ocean|hot is the sun|cold is the north pole|high is Mount "        \
    "<last>)|define (irony|gravity|<nonsense>|metaphor)|what's (the tallest building|the best "    \
    "movie ever|in a margarita|the difference between a crocodile and an alligator|a good name "   \
    "for a dog)"

#define CHAT                                                                                       \
    "(what should I|what can I) (cook tonight|wear today|give <first> for her birthday|watch "     \
    "tonight|read|eat|do this weekend|name my cat)|(do|should) I (need an umbrella|look "          \
    "tired|call her back|buy it|quit my job|stay at home|dye my hair)|(what do you think of|do "   \
    "you like) (<artist>|<city>|the new <thing>|modern art|cats|my hair|winter)|which is better, " \
    "(<city> or <city>|tea or coffee|cats or dogs|the red one or the blue one)|recommend me (a "   \
    "book|a good movie|a restaurant|something to eat)|"                                            \
    "give me (advice|an idea for dinner|a gift idea|a recipe for <food>|a tip)|what's your "       \
    "(favorite (color|song|movie|food|city)|opinion)|do you think (it will work|he likes "         \
    "me|we'll win|I should go|she is right)"

#define STATEMENTS                                                                                 \
    "I('m| am) (so |really |a bit "                                                                \
    "|)(tired|hungry|bored|happy|sad|cold|hot|thirsty|excited|nervous|sick|at home|stuck in "      \
    "traffic|on the bus|in love|back|busy|lost for words)##I see. Tell me if I can "               \
    "help.|(it's|it is) (raining again|so hot today|freezing|windy outside|beautiful "             \
    "today|snowing|getting late|my birthday today|finally friday|monday again)##I see. Tell me "   \
    "if I can help.|"                                                                              \
    "I (love|like|hate|don't like|miss|prefer) (<things>|<k.language> food|mondays|the "           \
    "summer|this weather|my new <thing>|cats|long walks|the sea|<artist>|<city>|cooking|this "     \
    "song|my job|spiders|winter|flying)##I see. Tell me if I can help.|I "                         \
    "(bought|sold|broke|found|lost|fixed|cleaned|got) (a new|my old|the|a|my) <thing> "            \
    "(yesterday|today|last week|this morning)##I see. Tell me if I can help.|"                     \
    "(my|our) (dog|cat|son|daughter|boss|neighbour|car|train|team|grandma|back|head) (is "         \
    "(sick|late again|so cute|funny|getting old|three years old|great)|was late|snores|loves "     \
    "<things>)##I see. Tell me if I can help.|(the|this|that) "                                    \
    "(<event>|movie|food|coffee|book|weather|traffic) (was|is) (great|awful|boring|amazing|too "   \
    "long|delicious|not bad|terrible|fun|cold)##I see. Tell me if I can help.|"                    \
    "I (had|ate) (pizza for lunch|sushi yesterday|soup for dinner|too much)##I see. Tell me if I " \
    "can help.|I (saw|met) (a deer in the garden|an old friend today|a rainbow)##I see. Tell me "  \
    "if I can help.|I (watched|saw) (a good movie|the sunset|the game)##I see. Tell me if I can "  \
    "help.|(<first>|my sister|my brother|my boss) (called me|is coming over|moved to <city>|got "  \
    "married|said hi|was at the <event>|forgot my birthday|makes great <food>)( yesterday| "       \
    "today| last week|)##I see. Tell me if I can help.|"                                           \
    "(we|I) (won|lost|missed the bus|finished|are almost there|went to <city> last year|had so "   \
    "much fun|slept badly|slept well|can't sleep|forgot what I wanted to say|need a "              \
    "holiday|should exercise more|talk too much)##I see. Tell me if I can help.|(what a|such a) "  \
    "(day|nice view|mess|long week|lovely evening|surprise|pity|terrible game)##I see. Tell me "   \
    "if I can help.|"                                                                              \
    "(I think|I guess|I hope|I believe) (it's going to rain|I left the oven on|we should "         \
    "leave|it's broken|she's right|I'm getting a cold|it works|everything is fine)##I see. Tell "  \
    "me if I can help."

/* Words that sound like a request and are none. */
#define TRAPS                                                                                      \
    "(wake up|rise and shine)( sleepyhead|, phone|)##Good morning! How can I help you?|(time "     \
    "flies|what a day|long time no see|better late than never|no news is good news)##I see. Tell " \
    "me if I can help.|"                                                                           \
    "how do I get (rid of ants|a visa|better at chess|over a cold|gum out of my hair|a refund|my " \
    "cat to sleep)" SORRY_LOOK "|(take me seriously|give me a break|leave me alone|hold on|wait "  \
                               "a minute|one second|just a moment|hang on)##Okay.|"                \
    "(the <event>|my train|the movie|school|work|the shop|the show|dinner) "                       \
    "(starts|ends|opens|closes|begins|was|is) at <tm>##I see. Tell me if I can help.|I (have to "  \
    "work|was up|slept|stayed) (until|till) <tm>##I see. Tell me if I can help.|(it's|it is) "     \
    "(<tm> already|almost <tm>|only <tm>)##I see. Tell me if I can help.|"                         \
    "(I|we) (always|usually|never|often) (get up early|eat at <tm>|listen to <artist>|walk to "    \
    "work|take the bus|write letters|forget names)##I see. Tell me if I can help.|(the light|the " \
    "sky|the view|the sunset|the moon) is (so |really |)beautiful( today| tonight|)##I see. Tell " \
    "me if I can help.|"                                                                           \
    "(play fair|game on|no pain no gain|easy come easy go|break a leg|fingers crossed)##I see. "   \
    "Tell me if I can help.|(my number|my address|my email|my name|my birthday) is (<digits> "     \
    "<digits>|<addr>|<address>|<first>|on <day>)##I see. Tell me if I can help.|(<first>|my "      \
    "sister|my boss) (said|thinks|told me|says) (that |)<say>##I see. Tell me if I can help.|"     \
    "(ten|twenty|five|thirty) minutes (is a long time|late again|later it was over)##I see. Tell " \
    "me if I can help.|(tomorrow|<day>|next week) (is my day off|will be fun|is a holiday|is "     \
    "going to be busy|works for me)##I see. Tell me if I can help.|(did|does|has|was) "            \
    "(<first>|my boss|the <person2>|mom) (call|like it|know|left|here|mad at me|remember "         \
    "me)" SORRY_LOOK "|"                                                                           \
    "(note to self, I need a vacation|remember the good times|remember last summer|do you "        \
    "remember <first>|who remembers the nineties)##I see. Tell me if I can "                       \
    "help.|(email|mail|music|coffee|wifi|the internet) (is|was) (overrated|a great "               \
    "invention|dead|life|terrible today)##I see. Tell me if I can help.|"                          \
    "(what|how) (would you do|should I say|do I tell <first>|do I apologize|do I "                 \
    "look)" SORRY_OPINION "|(which|what) (bus|train|song|restaurant|phone|bike) (is the best|do "  \
                          "you like|should I buy|is cheaper)" SORRY_OPINION

const hone_words hone_words_nocall[] = {
    { "nc.small", SMALL },
    { "facts", FACTS },
    { "chat", CHAT },
    { "nc.facts", "<facts>" SORRY_LOOK "|<facts>" SORRY_LOOK "|(do you know|can you tell me|I was "
                                                             "wondering|tell me|quick "
                                                             "question,|hey,|I'd like to know) "
                                                             "<facts>" SORRY_LOOK },
    { "nc.chat", "<chat>" SORRY_OPINION },
    { "nc.state", STATEMENTS "|" TRAPS "|" TRAPS },
    /* other apps: topic lists, each left out when a declared function is about the same thing */
    { "ot.call", "(call|ring|phone|dial|video call|facetime) (<who>|<first>|the "
                 "<person2>|mom|<first> <last>|the pizza place|back the last number)|(can|could) "
                 "you (call|ring) (<first>|mom|the <person2>)( please| for me|)|(call|dial) "
                 "(911|<digits> <digits>|the emergency number)|I (need|want|have) to (call|ring) "
                 "(<first>|my mom|the <person2>)|give (<first>|mom) a (call|ring)|redial|who "
                 "called me|hang up|answer the (call|phone)|(put|call) <first> on speaker|any "
                 "missed calls" },
    { "ot.sms", "(text|sms|whatsapp) (<first>|mom|my brother|the team)( that| saying|) <say>|send "
                "(a text|an sms|a text message|a whatsapp|a telegram message) to (<first>|dad|my "
                "boss)( saying <say>| that <say>|)|read (me |)my (texts|text "
                "messages|messages)|any new (texts|messages)|reply to the last text|post (this |a "
                "photo |)on (instagram|facebook|my story)|tweet that <say>" },
    { "ot.weather", "what('s| is) the weather( like|)( in <city>| today| tomorrow| like this "
                    "weekend|)|will it (rain|snow|be sunny|be cold) (tomorrow|today|tonight|on "
                    "<day>|this weekend)|do I need (an umbrella|a jacket|sunscreen) "
                    "(today|tomorrow)|how (hot|cold|warm) is it( outside| in <city>| today|)|is it "
                    "(raining|snowing|going to rain|windy)( in <city>| outside|)|weather "
                    "(forecast|tomorrow|in <city>|for the weekend)|when does the sun (set|rise)" },
    { "ot.camera", "take a (photo|picture|selfie|screenshot|video|panorama)|open the "
                   "(camera|gallery|photos)|show me (my |the |)(photos|pictures|videos)( from "
                   "(<city>|last summer|yesterday|the wedding)| of <first>|)|(record|film) (a "
                   "video|this)|scan this (document|code|qr code)|delete (the last photo|all "
                   "blurry photos|this picture)|send <first> (the|a) photo|what's in this "
                   "picture|zoom in" },
    { "ot.volume", "turn (up|down) the volume|(volume|sound) (up|down|to fifty percent|to "
                   "max)|make it (louder|quieter)|mute (the phone|everything|my phone)|(put|set) "
                   "(the|my) phone (on|to) (silent|vibrate|mute)|(unmute|louder|quieter)( "
                   "please|)|set the (volume|ringtone) to (five|ten|maximum|<title>)|change my "
                   "ringtone|turn the sound off|do not disturb( on| please|)" },
    { "ot.screen", "(turn|make) the (screen|display) (brighter|darker|off)|(increase|lower|set) "
                   "the brightness( to (half|eighty percent)|)|(switch to|turn on|enable|disable) "
                   "dark mode|rotate the screen|lock (the|my) (phone|screen)|change (my|the) "
                   "wallpaper|make the (text|font) bigger|(restart|reboot|shut down|turn off) "
                   "(the|my) phone|update (the|my) (phone|apps|software)|how much battery (do I "
                   "have|is left)|turn on (battery saver|airplane mode|power saving)|charge my "
                   "phone" },
    { "ot.bluetooth", "turn (on|off) bluetooth|connect (my|the) "
                      "(headphones|speaker|earbuds|watch)|pair (my|a new) "
                      "(watch|speaker|keyboard)|is bluetooth on|(enable|disable) (mobile data|the "
                      "hotspot|gps|roaming|location services|nfc|vpn)|open (the |)bluetooth "
                      "settings|(turn|switch) (mobile data|airplane mode|the hotspot) "
                      "(on|off)|share my hotspot with <first>" },
    { "ot.translate", "translate (hello|good morning|where is the station|this|I love you|thank "
                      "you) (to|into) <k.language>|how do you say (cheese|please|good night|I'm "
                      "hungry) in <k.language>|what does (bonjour|danke|hola|grazie|ciao) "
                      "mean|what's the <k.language> word for <thing>" },
    { "ot.reminder", "remind me (to <act>|about the <event>|that <note.s>)( at <tm>| tomorrow| "
                     "when I get home| on <day>|)|(set|create|add) a reminder( to <act>| for the "
                     "<event>|)|what are my (tasks|reminders|todos)( for today|)|add (<act>|buying "
                     "<item>) to my (tasks|todo list|to-do list)" },
    { "ot.list", "(add|put) <item> (to|on) (my |the )(shopping list|grocery list)|what's on "
                 "(my|the) (shopping|grocery) list|(remove|take) <item> (from|off) the list|order "
                 "(<item>|more <item>|a pizza|sushi|groceries|flowers for <first>|a <thing>)( "
                 "online| from the usual place|)|buy (a new <thing>|<things>) online" },
    { "ot.taxi", "(call|get|order|book) (me |)(a taxi|a cab|an uber|a ride)( to the <place>| to "
                 "<city>| home|)|book (a flight|a train|a hotel|a table|a room|tickets) "
                 "(to|in|for) (<city>|<day>|two people|the <event>)|how much is a "
                 "(flight|taxi|ticket) to <city>|check me in for my flight|is my (flight|train) "
                 "(on time|delayed)|rent a car in <city>" },
    { "ot.pay", "(send|transfer|pay) (<first>|my landlord|the plumber) <money>|(what's|check) my "
                "(account balance|balance|credit card bill)|how much (money do I have|did I spend "
                "this month)|pay the <thing> bill|request <money> from <first>|(buy|sell) (ten "
                "shares of <noun>|bitcoin|stocks)|what's the price of (bitcoin|gold|<noun> "
                "stock)|convert <money> to (dollars|euros|yen)" },
    { "ot.news", "(what's in the news|read me the news|any news|the latest headlines|news please)( "
                 "about <country>| today|)|(search|google|look up|look for) (<noun>|<k.cuisine> "
                 "recipes|<things>|<city> hotels|cheap flights|reviews of the <thing>)( online| on "
                 "the web|)|(open|go to) (the "
                 "browser|youtube|<domain>.com|wikipedia|instagram)|what's trending|show me "
                 "(videos|pictures) of (cats|<city>|<things>)" },
    { "ot.home", "turn (on|off) the (lights|heating|tv|fan|coffee machine|lamp) in the "
                 "<k.room>|turn the (heating|thermostat|temperature) (up|down|to (20|21|68) "
                 "degrees)|(lock|unlock|open|close) the (front door|garage "
                 "door|garage|blinds|curtains|window)|(dim|brighten) the (lights|lamp)( in the "
                 "<k.room>|)|start the (vacuum|robot|dishwasher|washing machine)|is the (front "
                 "door|garage|oven) (locked|closed|off)|what's the temperature in the "
                 "<k.room>|turn on the (tv|radio|air conditioner|oven)" },
    { "ot.apps", "(open|launch|start) (the |)(calculator|browser|game|instagram|whatsapp|banking "
                 "app|spotify app|store|clock app|settings app|maps "
                 "app)|(install|delete|uninstall|download|update) (the |a |an "
                 "|)(app|game|<k.app>|<noun> app)|close (all apps|the app|everything|this)|read "
                 "this (page |text |)(to me|aloud|out loud)|play a (game|movie|video|round of "
                 "chess)|find my (phone|watch|tablet)|how many steps did I (walk|take) "
                 "today|what's my (heart rate|screen time|location)|where am I|(type|copy|paste) "
                 "(this|that)" },
    { "na.other", "Sorry, I can't do that.|Sorry, I can't do that.|I'm sorry, I can't do that on "
                  "this phone." },
    { NULL, NULL }
};
