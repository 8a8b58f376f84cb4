/* What messages and notes say: statements (can follow "that"), other messages, note texts,
 * subjects. */
#include "datagen/words.h"

/* Statements about the sender, plans, things: also good after "that". */
#define SAY_1                                                                                      \
    "I'm (running|going to be) (late|<few> minutes late|a bit late|half an hour late)|"            \
    "I('ll| will) be (there|home|back|at the <place>) (at|by|before|around) <tm>|"                 \
    "I can't (come|make it|join|be there) (<when>|to the <event>|this time|after all)|"            \
    "I (can|can't) (pick up|bring|drop off) the <thing> <when>|"                                   \
    "I (need|want|would like) (the <thing>|more time|a refund|<count> more <things>|a day off "    \
    "<when>|an answer <when>)|"                                                                    \
    "I('ve| have) (sent|finished|signed|printed|lost|found|booked|ordered|paid for) the <thing>|"  \
    "I (forgot|left|lost|found) (my|the|your|his|her) <thing> (at the <place>|on the <top>|in "    \
    "the <place2>|)|"                                                                              \
    "I (accept|agree|quit|passed the exam|got the job|changed my mind|moved to <city>|am on my "   \
    "way|"                                                                                         \
    "am still waiting|miss you|love the idea|have the flu|am sick|am stuck in traffic|need help "  \
    "with the <thing>|"                                                                            \
    "will call <when>|feel better|am proud of you|owe you <money>|have a question about the "      \
    "<thing>)|"                                                                                    \
    "we('re| are) (moving to <city>|out of <things>|having a party <when>|leaving <when>|running " \
    "late|"                                                                                        \
    "painting the <place2>|expecting <count> guests|closed <when>|at the <place>|on our way|"      \
    "meeting at <tm>|short of <things>|getting married|having a baby|not coming)|"                 \
    "we (need|have|ordered|sold|bought|want) (a new <thing>|<count> <things>|more <things>)|"      \
    "we (need|have|want) to (talk about the <thing>|reschedule|cancel the <event>|leave "          \
    "early|wait)"
#define SAY_2                                                                                     \
    "the <thing> (is|isn't) (ready|broken|here|done|working|finished|too expensive|for "          \
    "sale|missing|"                                                                               \
    "on the <top>|in the <place2>|paid|late again|still wet|empty|full|free <when>|under the "    \
    "<top>)|"                                                                                     \
    "the <thing> (arrived|leaks|broke|fits|works again|came back|got lost|was delivered|needs a " \
    "new <thing>)"                                                                                \
    "( <past>| this morning| again|)|the <things> (are|aren't) (ready|here|in the <place2>|sold " \
    "out|"                                                                                        \
    "too small|for <first>|delicious|gone|in stock)|the <event> (is|was) "                        \
    "(cancelled|postponed|great|"                                                                 \
    "moved to <day>|at <tm>|at the <place>|on <day>|full|fun|boring|over by <tm>)|"               \
    "the <event> (starts|begins|ends) at <tm>( on <day>| instead|)|<first> (is|isn't) "           \
    "(coming|home|"                                                                               \
    "sick|at the <place>|here yet|moving out|allergic to <things>|in charge|on holiday until "    \
    "<day>)|"                                                                                     \
    "<first> (called|says hi|has the <thing>|needs the <thing> <when>|will pick you up at "       \
    "<tm>|won the <event>|"                                                                       \
    "left early|can't swim|loved the <thing>|lost a tooth|took the <thing>)|"                     \
    "(dinner|lunch|breakfast|practice|class|school|work|training|the game) (is|starts|ends) at "  \
    "<tm>|"                                                                                       \
    "there('s| is) (no <event> <when>|cake in the <place2>|a <thing> for you|a problem with the " \
    "<thing>|"                                                                                    \
    "nobody at the <place>|a leak in the <place2>|still <money> left|room for <count> more|a "    \
    "parcel for <first>)|"                                                                        \
    "it('s| is) (raining|snowing|<first>'s birthday <when>|too late|not my fault|your turn|cold " \
    "here|"                                                                                       \
    "urgent|all sorted|a boy|a girl|my last day <when>|<money> per person)|"                      \
    "my (flight|train|bus|plane) (is delayed|lands at <tm>|leaves at <tm>|was cancelled|got in "  \
    "early)|"                                                                                     \
    "my (phone|car|bike|laptop|key|back|new number) (is broken|won't start|is dead|hurts|got "    \
    "stolen|is <digits>)|"                                                                        \
    "you (can|should|may) (keep the <thing>|come over <when>|use my <thing>|start without "       \
    "me|take <day> off|park in front)|"                                                           \
    "you (forgot|left) your <thing> (here|at the <place>|in the <place2>|on the <top>)|"          \
    "nothing (happened|works|changed)|everything (is fine|went well|is ready for <day>)|"         \
    "<count> (people|guests|kids|friends) are coming (<when>|to the <event>)|nobody "             \
    "(came|answered|told me)"

/* Greetings, questions, orders, fragments: never after "that". */
#define ASK_1                                                                                      \
    "(happy birthday|congratulations|good luck|thank you|thanks|get well soon|merry christmas|"    \
    "safe travels|welcome back|sorry|well done|good morning|hi|see you <when>|happy anniversary)"  \
    "( and have a great day| for everything| on the new job| <first>| to you and <first>| from "   \
    "all of us|)|"                                                                                 \
    "(thanks|thank you) for (the <thing>|your help|dinner|the <things>|coming <past>|the lovely "  \
    "<thing>|everything)|"                                                                         \
    "(can|could) (you|we) (bring|send|buy|return|get|find) (the|a|some|your) <thing>|"             \
    "(can|could) we (meet|talk|move it to <day>|reschedule|skip <day>|start at <tm>|speak) "       \
    "(<when>|at <tm>|instead|)|"                                                                   \
    "what (time|day) (is the <event>|do you arrive|suits you|should I come|works for you)|"        \
    "(where|when) (are you|is the <thing>|do we meet|is the <event>|should I park|did you put "    \
    "the <thing>)|"                                                                                \
    "(do|did) you (have|see|need|get|find|like) (the|my|a|that) <thing>|are you "                  \
    "(home|coming|free <when>|okay|still "                                                         \
    "up for <day>|at the <place>)|is the <thing> (still available|ready|yours|in stock)|how (was " \
    "the <event>|are you|"                                                                         \
    "much is the <thing>|many are coming|did the <event> go)|who (is coming|has the <thing>|won "  \
    "the <event>)"
#define ASK_2                                                                                      \
    "please (send|bring|sign|return|check|print|cancel|confirm|find|review|forward) "              \
    "(the|your|my) <thing>"                                                                        \
    "( <when>| by <day>| before <tm>| again|)|please (call me|let me know|be on time|reply "       \
    "<when>|hurry|wait for me|"                                                                    \
    "don't be late|lock the door|call me back at <tm>)|don't forget (the|your|to bring the|to "    \
    "call the) <thing>|"                                                                           \
    "(call|meet|wait for|find) me (at the <place>|<when>|at <tm>|when you land|in the <place2>)|"  \
    "bring (the <thing>|<things>|your <thing>|a <thing>|warm clothes|some <things>)( and "         \
    "<things>| <when>| please|)|"                                                                  \
    "(running|almost) (late|there|done|home)|on my way|be there (soon|<when>|at <tm>)|not "        \
    "today|see you (at <tm>|on <day>|"                                                             \
    "at the <place>|soon)|let's (meet|eat|talk|leave|go) (at the <place>|<when>|at <tm>|on "       \
    "<day>)|"                                                                                      \
    "(love you|miss you|take care|no worries|all good|call me|pick me up)( <when>| "               \
    "please|)|yes(,| to| for) (<day>|the <thing>|"                                                 \
    "please)|no(,| to) (thanks|<things>|the <thing>|need to come)|<tm> (works|is fine|suits me)( " \
    "for me| too|)|<day> (works|is fine|"                                                          \
    "is better|doesn't work)( for me| too|)|(new|final|first) "                                    \
    "(address|draft|offer|price|version) (is|will be) (<addr>|ready <when>|"                       \
    "<money>|on your desk)|I was wondering if the <thing> is still available|hope you (are "       \
    "well|feel better|liked the <thing>)|"                                                         \
    "looking forward to (<day>|the <event>|seeing you)|(attached|here) is the <thing>|we should "  \
    "(talk|meet|hire <first>|leave early)"

#define NOTE_1                                                                                     \
    "buy (<item>|<item> and <item>|<item>, <item> and <item>|a <thing>|<count> "                   \
    "<things>|stamps|tickets for the <event>)|"                                                    \
    "(pick up|return|fix|sell|clean|order|replace|renew|cancel|find|paint|borrow|print|wrap|oil) " \
    "the <thing>( <when>| from the <place>| for <first>|)|"                                        \
    "(call|ask|email|pay|visit|thank|text|invite) (<first>|the <person2>|mom|dad) (about the "     \
    "<thing>|<when>|back|for the <thing>|)|"                                                       \
    "the (wifi |door |gate |garage |locker |alarm |safe |bike lock |)(password|code|combination) " \
    "is (<digits>|<nonsense><digits>|<digits> <digits>)|"                                          \
    "(locker|room|seat|gate|bus|platform|shelf|box|table|order|invoice|parking spot|flight|row) "  \
    "(number |)(<house.no>|<digits>|<letter><house.no>)|"                                          \
    "the (car|bike) is (parked|) (on level <house.no>|in row <letter>|at the <place>|on <street> " \
    "Street|behind the <place>)|"                                                                  \
    "<first>('s|'s) (birthday is on the <ord>|shoe size is <house.no>|address is <addr>|flight "   \
    "lands at <tm>|number ends in <digits>|allergic to <things>|favorite color is <k.color>)|"     \
    "<first> (owes me <money>|borrowed (my|the) <thing>|likes <things>|wants a <thing> for "       \
    "christmas|paid for the <thing>|is allergic to <things>|recommended the <venue>|takes "        \
    "<things> in the morning)|"                                                                    \
    "I owe <first> <money>|(idea|todo|reminder|important): <todo>|<things>, <things> and "         \
    "<things>|<item>, <item>, <item>|<item> <item> <item>|"                                        \
    "(two|three|four|2|3) (cups|spoons|grams|cloves) of <item>( and a bit of <item>|)|preheat "    \
    "the oven to (180|200|220|350|425)( degrees|)"
#define NOTE_2                                                                                     \
    "the (train|bus|ferry|tram) to <city> leaves at <tm>( from platform <dom12>|)|the "            \
    "(rent|bill|deposit|ticket|fee|loan) is (<money>|due on the <ord>)|"                           \
    "the (meter|odometer|scale|thermometer) (reads|says|shows) <digits>|the "                      \
    "(plumber|doctor|landlord|electrician|vet) (comes|is coming|called|charges "                   \
    "<money>|recommends <things>)( <when>| at <tm>| on <day>|)|"                                   \
    "(chapter|page|episode|season) (<dom>|<house.no>)( is worth rereading| next| has the "         \
    "recipe|)|(try|watch|read|listen to) (the one with the <thing>|<title>|the <venue>|that film " \
    "about <things>)|"                                                                             \
    "(milk|bread|dog food|printer ink|toothpaste|oat milk|soap|the cat food) (is|has) (running "   \
    "low|almost gone|run out)|"                                                                    \
    "(the |my |)(dentist|meeting|lesson|exam|inspection|interview) (is|was) (moved to <day>|on "   \
    "<day> at <tm>|in room <house.no>|cancelled)|"                                                 \
    "(measure|empty|defrost|sweep|tidy|check) the "                                                \
    "(window|freezer|gutters|attic|basement|tires|smoke alarm|mailbox)|"                           \
    "(never|always|don't) (trust|buy|lend|water|feed|mix) (the <things>|<first> "                  \
    "money|bleach|cheap <things>|the cactus)( again| in winter|)|"                                 \
    "(my|the) (blood pressure|weight|pulse|size|mileage) (was|is) (<dom>|<digits>|<house.no>)( "   \
    "today| this morning|)|"                                                                       \
    "(dream about|idea for|story about|song about|gift for <first>:|poem about) (a "               \
    "<thing>|flying <things>|the <place>|two <things>)|"                                           \
    "(plant|prune|water|dig up|move|cover) the (roses|tomatoes|tulips|hedge|basil|lavender|apple " \
    "tree)( in spring| in march| <when>| before the frost|)|"                                      \
    "(paint|filter|battery|bulb|ink|screw) (size|number|type|color) (is|was) "                     \
    "(<letter><digits>|<house.no>|<k.color>|<nonsense>)"

/* Whole sentences of many kinds; the model has to copy what it never saw. */
#define MORE                                                                                       \
    "the (kids|twins|cats|neighbours|new tenants|students) (want to see you|are asleep|broke the " \
    "<thing>|love the new <thing>|painted the <top>|finally agreed)|"                              \
    "I (will bring|cooked|made|ordered|left) (a|some|too much|enough) "                            \
    "(salad|soup|lasagna|wine|dessert|bread|curry) for (everyone|you|<first>|the party|six "       \
    "people)|"                                                                                     \
    "(the|your) (doctor|teacher|landlord|bank|school|office) (called about the <thing>|wants to "  \
    "talk to you|is closed on <day>|needs your signature|confirmed the <event>)|"                  \
    "(my|our) (flight|train|bus|boat|meeting) (from <city>|to <city>|) (got cancelled|lands at "   \
    "<tm>|was moved to <day>|is full|leaves in an hour)|"                                          \
    "I (think|believe|hope|guess|heard) (that |)(<first> is right|the <thing> is too small|we "    \
    "should wait until <day>|it will rain|they sold the house|you were great)|"                    \
    "(we're|we are) (thinking of you|proud of you|planning a trip to <city>|looking for a "        \
    "<thing>|selling the <thing>|going to be parents|almost out of <item>|painting the <place2> "  \
    "<k.color>)|"                                                                                  \
    "the (code|password|new number|pin) for the (<thing>|door|gate|printer|safe|locker) is "       \
    "<digits>|<first> and <first> are (getting married|moving in|coming too|on the same team|no "  \
    "longer together|in <city>)|"                                                                  \
    "I (finished|started|submitted|printed|translated|corrected) (chapter <dom>|the <thing>|page " \
    "<dom>|your essay|the first draft|all the slides)|(the|my) <thing> is (at <addr>|with "        \
    "<first>|in <city>|behind the <place>|next to the <thing>|not mine)|"                          \
    "(version|order|invoice|ticket|room|line) <digits> is (ready|wrong|missing|cancelled|on "      \
    "hold|paid|for <first>)|it (was lovely|was great|was nice) (to see you|meeting you|talking "   \
    "to you)( yesterday| in <city>| on <day>| again|)|"                                            \
    "(everyone|nobody|half the class|the whole family|somebody) (liked|forgot|ate|is "             \
    "bringing|asked about|is waiting for) the (<thing>|cake|soup|speech|news|results)|I "          \
    "(won't|will not) be (in the office|home|reachable|at the <event>) (<when>|until <day>|this "  \
    "week|for a while)|"                                                                           \
    "(yesterday|today|last week|on <day>) (we|I) (saw|visited|met|sold|fixed|cleaned) (the "       \
    "<place>|your <thing>|<first>|a <thing>|the <place2>)|(the|this) "                             \
    "(price|rent|deadline|plan|menu|date) (went up|has changed|is fine with me|is too high|stays " \
    "the same|suits us)|"                                                                          \
    "I (parked|am waiting|am standing|am sitting) (behind|in front of|next to|near) the "          \
    "(<place>|<spot>|main entrance|blue door)|there (was|were|is|are) (a misunderstanding|no "     \
    "seats left|two options|a mistake in the <thing>|three of us|something in the water|no "       \
    "hurry)|"                                                                                      \
    "(mom|dad|grandma|the boss|<first>) (is doing better|is out of hospital|turns <dom> on "       \
    "<day>|says thank you|found your <thing>|doesn't like <things>|made <food>)|(sorry,|) I "      \
    "(missed your call|was asleep|forgot your birthday|had no signal|mixed up the dates|took the " \
    "wrong <thing>)"
#define NOTE_MORE                                                                                  \
    "<first>'s (new |)(number|address|birthday|flight|locker|license plate) is "                   \
    "(<digits>|<addr>|<month> <ord>|<letter><letter> <digits>|<house.no>)|(the|my) "               \
    "(<thing>|medication|prescription|lens|filter) (runs out|expires|is due|needs service) (in "   \
    "<month>|on the <ord>|<when>)|"                                                                \
    "(cups|plates|chairs|boxes|towels|candles) for (<dom> people|the "                             \
    "<event>|<first>|<day>)|(size|shoe size|ring size|dress size) "                                \
    "(<dom>|<house.no>|medium|small)( for <first>|)|(gate|platform|row|seat|desk|shelf|lane) "     \
    "<letter><dom>|(password|username|code) <nonsense><dom>|"                                      \
    "the (<thing>|key|spare key|ladder|drill) is (at <first>'s|under the <top>|in the "            \
    "<place2>|behind the <thing>|with the <person2>)|(<first>|the <person2>|mom) "                 \
    "(recommended|wants|hates|collects|is looking for) (<things>|<title>|the <venue>|a "           \
    "<thing>|<k.genre> records|<city>)|"                                                           \
    "(<money>|<count> hours|ten kilometres|<dom> pages|two rounds) (on <day>|today|this week|for " \
    "the <event>|so far)|(ask|tell|remind|thank) (<first>|the <person2>|mom|the team) "            \
    "(about|for) (the <thing>|<things>|the <event>|christmas)|(<k.cuisine>|vegan|spicy|quick) "    \
    "(place|restaurant|recipe|bakery) (on <street> Street|in <city>|near the <place>|from "        \
    "<first>)|"                                                                                    \
    "(no|more|less|only|double) (<item>|sugar|salt|coffee|screens|meetings) (after <tm>|this "     \
    "week|in <month>|on <day>|for <first>)|(first|second|third) "                                  \
    "(aisle|floor|door|drawer|left|exit)( on the left| on the right| after the <place>| behind "   \
    "the <place>|)|(water|feed|call|pay|check) (<first>'s <thing>|the <thing>|the "                \
    "<person2>|grandma|the cactus) (every <day>|twice a week|on the <ord>|before <day>|once a "    \
    "month)|"                                                                                      \
    "(movies|books|songs|places|things) to (watch|read|learn|visit|pack): <noun>, <title> and "    \
    "<noun>|<noun> <noun> <digits>|<adj> <noun>, <adj> <noun>|(bus|tram|line|train) <dom> "        \
    "(to|from) <city>( at <tm>|)|<k.event.bare> (went well|was too long|needs a follow-up|costs "  \
    "<money>)|(one|two|three|half a) (spoon|cup|kilo|bag|bottle|litre)( and a half|) of <item>"

const hone_words hone_words_texts[] = {
    { "say", SAY_1 "|" SAY_2 },
    { "ask", ASK_1 "|" ASK_2 },
    { "note", NOTE_1 "|" NOTE_2 },
    { "few", "five|ten|fifteen|twenty|5|10|15|20|a few" },
    { "count", "two|three|four|five|six|2|3|4|5|8|ten|twelve" },
    { "tm", "six|seven|eight|half past six|five thirty|quarter to nine|noon|10|7|8|3 pm|5 pm|9 "
            "am|7:30|"
            "18:15|eleven|half past two|4:45|midnight|2|two o'clock|12:30|nine thirty" },
    { "when", "tomorrow|tonight|today|on <day>|next week|this weekend|this "
              "afternoon|later|soon|after "
              "work|before lunch|next <day>|in an hour|tomorrow morning|in the evening|by <day>" },
    { "past", "yesterday|last night|last week|this morning|on <day>" },
    { "money", "20 euros|fifty dollars|12 bucks|30 pounds|a hundred euros|9.50|15 dollars|200 "
               "francs|"
               "eighty euros|five pounds|1,200 dollars|two thousand yen|40 bucks|7 euros" },
    { "digits", "4711|0815|2468|1357|9021|77|3390|8812|5543|1999|6042|12345|7788|2020|345|90210|"
                "8080|5150" },
    { "letter", "A|B|C|D|E|F|K|M|X|Z" },
    { "place", "office|station|airport|school|gym|library|bank|hotel|park|harbor|market|cinema|"
               "church|"
               "stadium|clinic|pool|restaurant|bakery|museum|garage|bus stop|lake|bar|playground" },
    { "place2", "kitchen|fridge|garage|basement|hallway|garden|drawer|car|living "
                "room|trunk|mailbox|cupboard|"
                "freezer|back room|attic|blue box|laundry room|red bag|glove "
                "box|shed|office|safe|top drawer" },
    { "top", "table|desk|shelf|counter|balcony|front porch|piano|windowsill|stairs|back "
             "seat|bench|sofa" },
    { "more", MORE },
    { "note.more", NOTE_MORE },
    { "thing", "report|contract|invoice|key|keys|car|bike|laptop|ticket|tickets|package|parcel|"
               "book|"
               "ladder|drill|charger|umbrella|printer|dishwasher|presentation|slides|draft|budget|"
               "passport|guitar|tent|cake|recipe|photo|form|application|receipt|offer|heater|"
               "washing machine|sofa|projector|menu|schedule|guest list|spare "
               "key|order|camera|jacket|"
               "suitcase|stroller|lawn mower|bill|deposit|prescription|certificate|sample|floor "
               "plan|"
               "microphone|trophy|bouquet|blanket|cat|dog|boat|roof|boiler|elevator|alarm|screen" },
    { "things", "flowers|chairs|cookies|apples|photos|documents|tickets|batteries|plates|glasses|"
                "nuts|"
                "peanuts|onions|candles|towels|boxes|books|shoes|tools|cups|napkins|sandwiches|"
                "olives|"
                "drinks|balloons|envelopes|pens|blankets|screws|seeds|cables|mushrooms|"
                "strawberries|eggs" },
    { "event", "meeting|party|concert|match|exam|dinner|trip|wedding|interview|lesson|rehearsal|"
               "picnic|"
               "game|workshop|presentation|barbecue|tournament|bake "
               "sale|training|viewing|course|hike" },
    { "person2", "plumber|landlord|doctor|bank|neighbour|school|dentist|insurance|hairdresser|vet|"
                 "tailor|"
                 "mechanic|tax advisor|florist|caterer|painter|travel agent|gardener|electrician" },
    { "item", "<k.item>" },
    { "todo", "<note.todo>" },
    { "note.todo", "learn <k.language>|start a podcast|call <first>|buy <item>|fix the "
                   "<thing>|sell the <thing>|"
                   "plant <things>|visit <city>|build a treehouse|clean the <place2>|back up the "
                   "photos|write to <first>" },
    { "k.body", "<say>|<say>|<say>|<ask>|<ask>|<ask>|<more>|<more>|<more>|<say> and <say>|<ask>, "
                "<say>|<say>, <ask>|<say> so <ask.o>" },
    { "ask.o", "please (call me|wait|bring the <thing>|start without me|hurry|let me know)|don't "
               "(wait|worry|cook|come)|"
               "take the (bus|train|key)|bring (a <thing>|<things>)|use the back door" },
    { "k.body.s", "<say>|<say>|<say>|<say>|<more>|<more>|<more>|<more>|<say> and <say>|<say> so "
                  "<ask.o>|<say> but <say>" },
    { "k.body.q", "<ask>|<ask>|<ask>|<say>|<ask> and <ask>" },
    { "k.body.if", "if (she|he|they|we|you) (can come <when>|is coming|have the <thing>|still "
                   "needs the <thing>|want to meet <when>|can bring the <thing>)|"
                   "when (the <event> starts|she arrives|he is free|they are coming|the <thing> is "
                   "ready)|"
                   "where (the <thing> is|to park|we meet|the <event> is)|whether the <thing> is "
                   "ready|what time the <event> starts" },
    { "k.note", "<note>|<note>|<note>|<note>|<note>|<note.more>|<note.more>|<note.more>|<note> and "
                "<note.todo>|<say>|<more>" },
    { "k.note.s", "<note.s>|<note.s>|<say>|<more>" },
    { "note.s", "the (wifi |door |gate |garage |locker |alarm |safe |bike lock "
                "|)(password|code|combination) is (<digits>|<nonsense><digits>|<digits> <digits>)|"
                "<first> (owes me <money>|borrowed (my|the) <thing>|likes <things>|wants a <thing> "
                "for christmas|is allergic to <things>|paid for the <thing>)|"
                "I owe <first> <money>|the (train|bus|ferry|tram) to <city> leaves at <tm>|the "
                "(rent|bill|deposit|ticket|fee) is (<money>|due on the <ord>)|"
                "the (plumber|doctor|landlord|electrician|vet) (comes|is coming|called|charges "
                "<money>)( <when>| on <day>|)|the car is parked (on level <house.no>|in row "
                "<letter>|behind the <place>|on <street> Street)|"
                "<first>'s (birthday is on the <ord>|shoe size is <house.no>|flight lands at "
                "<tm>)|(milk|dog food|printer ink|toothpaste) is running low|"
                "the (meter|odometer|scale) (reads|says|shows) <digits>|my (blood "
                "pressure|weight|pulse) was (<dom>|<digits>) this morning|"
                "(the |my )(dentist|lesson|exam|inspection|interview) is (on <day> at <tm>|in room "
                "<house.no>)" },
    { "k.note.todo", "buy (<item>|<item> and <item>|a <thing>|stamps|tickets for the <event>)|"
                     "(pick up|return|fix|sell|clean|order|replace|renew|cancel|print|wrap) the "
                     "<thing>( <when>| from the <place>| for <first>|)|"
                     "(call|ask|email|pay|visit|thank|invite) (<first>|the <person2>|mom|dad) "
                     "(about the <thing>|<when>|back|)|<note.todo>|"
                     "(measure|empty|defrost|sweep|tidy|check) the "
                     "(window|freezer|gutters|attic|basement|tires|mailbox)|"
                     "(prune|water|move|cover) the (roses|tomatoes|tulips|hedge|apple tree)( in "
                     "spring| <when>|)" },
    { "k.note.list", "<item>, <item>, <item>|<item> and <item>|<item>, <item> and <item>|<item>, "
                     "<things>, <item> and <things>|<item> <item> and <item>" },
    { "k.note.title", "<ntitle>" },
    { "ntitle", "Groceries|Shopping|Ideas|Todo|Gifts|Recipes|Work|Car|Garden|Books|Movies|Travel|"
                "Packing list|"
                "Passwords|House|Kitchen|Budget|Birthdays|School|Health|Quotes|Dreams|Wine|Music|"
                "Meeting|"
                "Project <noun>|<city> trip|<first>|Party|Plants|Doctor|Workout|Paint "
                "colors|Wishlist|Bike|"
                "shopping list|to do|gift ideas|holiday|weekend|random|kids|dinner "
                "ideas|vocab|camping|"
                "moving day|cellar|winter tires|house rules|<city>|Plan B|Lost and "
                "found|Christmas|"
                "Mushroom spots|band names|questions for <first>|home office|Week <dom>|<noun2> "
                "club|measurements" },
    { "k.subject", "<subj>" },
    { "subj", "Meeting|Invoice <digits>|Dinner|Hello|Question|Holiday plans|Your "
              "order|Application|Rent|"
              "Birthday|<day>|Order <digits>|Trip to <city>|Feedback|Thanks|Update|Urgent|Car|Keys|"
              "Project <noun>|Offer|Contract|Weekend|Lunch|Party|Budget|Sick "
              "day|Vacation|Complaint|"
              "Missing parcel|New address|Room <house.no>|Tickets|Photos|Broken <thing>|the "
              "<thing>|"
              "<thing>|<event>|Training|Question about the <thing>|sick leave|new schedule|day off|"
              "homework|reminder|good news|bad news|next steps|quick "
              "question|invitation|cancellation|"
              "<month> report|refund|your <thing>|party on <day>|lost <thing>|moving "
              "day|"
              "Football|Job interview|Class trip|Parking|Delivery|Water damage|Bank "
              "holiday|Heating|Wi-Fi" },
    { NULL, NULL }
};
