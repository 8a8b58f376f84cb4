/* Everyday things and doings: labels, events, dates, vague times, other slots of common functions.
 */
#include "datagen/words.h"

#define FOOD                                                                                       \
    "pasta|rice|potatoes|eggs|soup|stew|roast|turkey|chicken|ribs|steak|bacon|pancakes|waffles|"   \
    "cookies|brownies|muffins|cake|cheesecake|bread|sourdough|dough|buns|rolls|bagels|pizza|"      \
    "lasagna|quiche|casserole|meatballs|dumplings|noodles|ramen|lentils|chickpeas|beans|quinoa|"   \
    "couscous|porridge|oatmeal|granola|tea|green tea|black tea|chamomile|coffee|french press|"     \
    "cold brew|espresso|hot chocolate|broccoli|asparagus|carrots|beets|corn|artichokes|squash|"    \
    "pumpkin|cauliflower|brussels sprouts|fries|chips|wings|salmon|shrimp|mussels|tofu|tempeh|"    \
    "curry|chili|gravy|sauce|jam|caramel|pudding|custard|ice cream|smoothie|popcorn|marinade|"     \
    "soft boiled eggs|garlic bread|apple pie|pie crust|scones|risotto|polenta|gnocchi|spaghetti|"  \
    "fish sticks|baby bottle|bone broth|kombucha|yogurt|cinnamon rolls|pretzels|naan|paella"
#define CHORES                                                                                     \
    "laundry|washing machine|dryer|dishwasher|oven|grill|barbecue|sprinkler|charger|face mask|"    \
    "hair dye|nail polish|ironing|vacuuming|trash|recycling|parking meter|meter|kiln|glue|paint|"  \
    "varnish|3d print|backup|download|sauna|bath|shower|ice bath|steam room|tanning|laundry room"
#define ACTIVITY                                                                                   \
    "plank|push-ups|stretching|yoga|meditation|nap|power nap|homework|reading|piano practice|"     \
    "violin practice|screen time|break|coffee break|lunch break|time out|study session|sprint|"    \
    "warm-up|cool down|squats|wall sit|breathing exercise|speech|presentation|debate round|"       \
    "chess move|game|puzzle|writing sprint|brainstorming|meeting|standup|quiz|exam|practice "      \
    "test|"                                                                                        \
    "vocabulary|gaming|tv time|bedtime story|walk|dog walk|jump rope|intervals|rest|pomodoro"
#define WAKE_FOR                                                                                   \
    "work|school|gym|yoga|church|swimming|rowing|football practice|band practice|choir|the bus|"   \
    "the train|the flight|the ferry|breakfast|lunch|dinner|medication|pills|insulin|antibiotics|"  \
    "vitamins|eye drops|homework|piano lesson|the baby|school run|pickup|daycare|team call|"       \
    "standup|the interview|job interview|the exam|morning run|jogging|prayer|fajr|meditation|"     \
    "the dog|dog walk|cat food|the garden|night shift|early shift|late shift|rehearsal|the show|"  \
    "the match|the game|the webinar|the dentist|physio|the meeting|check-in|check-out|bedtime|"    \
    "sunrise|the eclipse|fishing|the market|the auction|ticket sale|the bakery|suhoor|feeding"

#define ACTS                                                                                       \
    "take (my|the) (pills|medicine|vitamins|antibiotics|insulin|eye drops)|feed the "              \
    "(cat|dog|fish|"                                                                               \
    "chickens|rabbits|baby|horse)|water the (plants|garden|flowers|tomatoes|basil|cactus|lawn)|"   \
    "walk the dog|call (<who>|the bank|the doctor|the plumber|the insurance)|pick up "             \
    "(<first>|the "                                                                                \
    "kids|the parcel|the dry cleaning|the cake|my car)|take out the "                              \
    "(trash|bins|recycling|garbage)|"                                                              \
    "check (the oven|on the baby|the mail|the roast|my blood sugar|the laundry|the sourdough)|"    \
    "turn (off|down) the (oven|stove|heater|sprinkler|grill)|leave for (work|the airport|the "     \
    "station|school|the party)|catch the (bus|train|ferry|tram|flight)|join the (call|meeting|"    \
    "webinar|zoom)|stretch|drink (water|some water)|move the (car|laundry)|flip the (steak|meat|"  \
    "pancakes)|start (dinner|cooking|the barbecue)|get ready|pack (my bag|lunch|the car)|charge "  \
    "the "                                                                                         \
    "(car|bike|camera)|lock the (door|gate)|close the (windows|shop)|open the (door for <first>|"  \
    "shop)|put the (kids|baby) to bed|defrost the (chicken|fish|soup)|book the (tickets|court)|"   \
    "pay the (rent|bill|babysitter)|send the (report|invoice|contract)|bring (the "                \
    "cake|umbrella)|"                                                                              \
    "practice (piano|guitar|my speech|French)|study|go to bed|wake (<first>|the kids)|do yoga|"    \
    "go jogging|go for a run|meditate|pray|rinse the dye|take the bread out|stir the soup|"        \
    "change the bandage|log my hours|submit the essay|return the books|bleed the radiators"

#define EVENT_1                                                                                    \
    "a* ~(meeting|call|lunch|dinner|coffee|breakfast|interview|video call|brunch|catch "           \
    "up|drinks|"                                                                                   \
    "date|appointment|workshop|game night|picnic|phone call|walk|tennis match|jam session) with "  \
    "(<who>|<who>|<first>|<first> and <first>|Dr. <last>|Mr. <last>|the <last>s|the (team|"        \
    "client|designers|landlord|investors|neighbours|sales team|bank|twins))|"                      \
    "(meeting|lunch|dinner|coffee|call|breakfast|drinks|yoga|tennis|golf|squash|bowling|karaoke|"  \
    "poker|brunch|movie) with (<who>|<first>|<first>|<first> and <first>|the <last>s)|"            \
    "<first>'s (birthday|wedding|birthday party|graduation|concert|recital|farewell|baby shower|"  \
    "housewarming|school play|game|visit|surgery|party|funeral|barbecue|retirement party)"
#define EVENT_2                                                                                    \
    "the ~(team meeting|budget review|book club|parents evening|school play|board meeting|"        \
    "staff party|garage sale|house warming|company picnic|quarterly review|christening|opening|"   \
    "exam|finals|math test|driving test|blood test|vet appointment|car inspection|house viewing|"  \
    "flea market|marathon|concert|premiere|planning session|sprint review|retro|all hands|"        \
    "town meeting|choir rehearsal|football match|semi final|rent payment|tax deadline|webinar)|"   \
    "(a* |my |my |)~(dentist appointment|doctor's appointment|haircut|eye test|job interview|"     \
    "piano lesson|driving lesson|guitar lesson|swimming lesson|yoga class|spin class|"             \
    "dance class|pottery class|French course|cooking class|flight to "                             \
    "<city>|train to <city>|day off|night shift|vaccination|check-up|oil change|massage|"          \
    "manicure|performance review|tax appointment|boiler service|window cleaner|blood donation|"    \
    "garden club|bake sale|potluck|movie night|"                                                   \
    "date night|girls' night|poker night|trivia night|"                                            \
    "road trip|ski trip|weekend in <city>|anniversary dinner|"                                     \
    "anniversary|baptism|band practice|recording session|inventory|standup|onboarding)|"           \
    "(a* |the |a* |)~(chess tournament|spelling bee|science fair|product launch|photo "            \
    "shoot|rehearsal|"                                                                             \
    "deadline|lab meeting|kickoff|retrospective|open house|garage sale|board game night|pub "      \
    "quiz|"                                                                                        \
    "barbecue|picnic|hike|camping trip|fire drill|code review|town hall)|"                         \
    "(pick up|drop off|visit|meet|call) (<who>|<first>|the (doctor|twins|landlord|client))|pick "  \
    "up the (parcel|keys|rental car|dry cleaning|kids)|"                                           \
    "<noun2> (workshop|festival|seminar|exhibition|conference|tasting|training|course|fair)"

#define EVENT_3                                                                                    \
    "(cleaning|painting|clearing out|tidying|fixing|sorting) (the|my) "                            \
    "(garage|attic|kitchen|fence|"                                                                 \
    "basement|closet|boat)|packing|gardening|grocery shopping|laundry|homework with <first>|"      \
    "(vet appointment|check-up|grooming|swim class|dentist) for (the cat|the dog|<first>|the "     \
    "kids)|(football|handball|choir|band|theater|hockey|swimming) (practice|training)|"            \
    "(meeting|seeing|visiting) (<first>|<kin.name>|the <last>s)|<kin.name>'s (birthday|visit|"     \
    "surgery|60th|80th)|<first>'s (30th|18th|50th)|(dinner|lunch|brunch) with the <last>s|"        \
    "(dinner|lunch|coffee) with <kin.name>|call with the "                                         \
    "(bank|doctor|school|lawyer)|dentist|gym|"                                                     \
    "swimming|theater|movers|plumber|chimney sweep|electrician|eye exam|physio|yoga|team lunch"
#define MONTHS                                                                                     \
    "January|February|March|April|May|June|July|August|September|October|November|December"

#define DATES                                                                                      \
    "on ~<day>|on ~<day>|on ~<day>|on ~<day>|~tomorrow|~tomorrow|~tomorrow|~today|~next <day>|"    \
    "~next <day>|~this <day>|~this <day>|the ~day after tomorrow|on the ~<ord>|on the ~<ord> of "  \
    "<month>|on the ~<ord> of <month>|on ~<month> <ord>|on ~<month> <ord>|on ~<month> <dom>|"      \
    "on ~<dom> <month>|on ~<dom> <month>|on ~<day> the <ord>|on ~<day>, <month> <ord>|"            \
    "on ~<month> the <ord>|on the ~<ordw> of <month>|on ~<month> <ordw>|on the ~<ordw>|on "        \
    "~<dom> "                                                                                      \
    "<month> (2025|2026|2027)|on ~<month> <dom>, (2025|2026|2027)|on "                             \
    "~(2025|2026|2027)-(01|02|03|"                                                                 \
    "04|05|06|07|08|09|10|11|12)-(03|07|11|14|19|21|25|28)|on "                                    \
    "~<dom>/(1|2|3|4|5|6|7|8|9|10|11|12)|"                                                         \
    "~next week|~this weekend|~next weekend|on ~(Christmas Eve|New Year's Eve|Easter Sunday|"      \
    "Mother's Day|Valentine's Day|Halloween|New Year's Day|Good Friday|Boxing Day|Labor Day)|"     \
    "~<day> next week|~<day> (in two weeks|after next)|on the "                                    \
    "~(last|first|second) <day> of <month>|"                                                       \
    "on the ~last day of <month>|~next month|on ~<day> <dom> <month>|~tomorrow"

const hone_words hone_words_things[] = {
    { "food", FOOD },
    { "chore", CHORES },
    { "activity", ACTIVITY },
    { "wakefor", WAKE_FOR },
    { "act", ACTS },
    { "month.cap", MONTHS },
    { "month", "<month.cap>|<month.cap>|<month.low>" },
    { "month.low", "january|february|march|april|may|june|july|august|september|october|november|"
                   "december" },
    { "day", "monday|tuesday|wednesday|thursday|friday|saturday|sunday|Monday|Tuesday|Wednesday|"
             "Thursday|Friday|Saturday|Sunday" },
    { "dom", "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|29|30" },
    { "dom12", "1|2|3|4|5|6|7|8|9|10|11|12" },
    { "ord", "1st|2nd|3rd|4th|5th|6th|7th|8th|9th|10th|11th|12th|13th|14th|15th|16th|17th|18th|"
             "19th|"
             "20th|21st|22nd|23rd|24th|25th|26th|27th|28th|29th|30th|31st" },
    { "ordw", "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|"
              "thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|"
              "twentieth|twenty first|twenty second|twenty third|twenty fourth|twenty fifth|"
              "twenty-sixth|twenty-seventh|twenty eighth|twenty ninth|thirtieth|thirty first" },
    { "noun2", "photo|wine|jazz|robotics|gardening|history|poetry|coding|climate|beer|cheese|film|"
               "safety|first aid|sewing|pottery|marketing|leadership|data|bread|mushroom|bonsai" },
    { "k.date", DATES },
    { "k.date.day", "on ~<day>|~tomorrow|~next <day>|~this <day>|~today|on the ~<ord>|the ~day "
                    "after tomorrow" },
    { "k.time.vague", "at ~noon|at ~midnight|in the ~morning|in the ~afternoon|in the ~evening|at "
                      "~lunchtime|"
                      "at ~midday|at ~sunset|in the ~late afternoon|in the ~early morning|at "
                      "~noon|in the ~morning|"
                      "in the ~evening|at ~dawn|at ~teatime" },
    { "k.label", "<food>|<food>|the ~<food>|the ~<food>|the ~<food>|my ~<food>|the ~<chore>|the "
                 "~<chore>|<activity>|<activity>|my ~<activity>|the ~<activity>" },
    { "k.label.act", "<act>" },
    { "k.label.wake", "<wakefor.s>" },
    { "wakefor.s", "~work|~school|the ~gym|~yoga|~church|~swimming|~rowing|~football practice|"
                   "~band practice|~choir|the ~bus|the ~train|my ~flight|the "
                   "~ferry|~breakfast|~lunch|"
                   "~dinner|my ~medication|the ~pills|~insulin|~antibiotics|~vitamins|the ~eye "
                   "drops|"
                   "~homework|my ~piano lesson|the ~baby|the ~school run|~daycare pickup|the ~team "
                   "call|"
                   "the ~standup|my ~interview|the ~exam|my ~morning run|~jogging|~prayer|~fajr|"
                   "~meditation|the ~dog|the ~night shift|the ~early shift|~rehearsal|the ~match|"
                   "the ~webinar|my ~dentist appointment|~physio|the ~meeting|~check-in|~bedtime|"
                   "the ~sunrise|~fishing|the ~market|the ~ticket sale|~suhoor|the ~night feeding|"
                   "~cello practice|the ~delivery|my ~shift|the ~stock opening|my ~<first> call|"
                   "~<first>'s birthday|the ~conference call|~tennis|the ~carpool|~class|the "
                   "~airport" },
    { "k.label.name", "<food>|<chore>|<activity>|<wakefor.n>|<act>|<adj2> "
                      "<activity>|<plainname>|<plainname>" },
    { "wakefor.n", "work|school|gym|early bird|shift|rehearsal|medication|pills|school run|swim "
                   "team|"
                   "team call|morning run|baby|feeding time|prayer|bus|dog walk|train to <city>|"
                   "<first> pickup|<first> ballet|tax call|market day|trash day|wake up|last "
                   "call" },
    { "adj2", "morning|evening|long|short|second|deep|daily|quick|final" },
    { "plainname", "rise and shine|last chance|kitchen|round two|phase one|plan B|do it|the "
                   "end|snooze|"
                   "tango|project x|mission one|panic|bean juice|move "
                   "it|hustle|checkpoint|lap "
                   "(one|two|three)|batch (one|two|three)|get up lazy|no excuses|coffee o'clock|go "
                   "time" },
    { "k.event", EVENT_1 "|" EVENT_1 "|" EVENT_2 "|" EVENT_2 "|" EVENT_3 },
    { "k.event.bare", "meeting with <who>|lunch with <first>|dinner with <first> and "
                      "<first>|dentist|"
                      "dentist appointment|yoga class|haircut|book club|team meeting|job interview|"
                      "piano lesson|<first>'s birthday|<first>'s wedding|parents evening|vet "
                      "appointment|tax appointment|coffee with <first>|call with <who>|car "
                      "inspection|"
                      "choir rehearsal|football training|board meeting|blood test|movie "
                      "night|flight to "
                      "<city>|swimming|therapy|physio|<noun2> workshop|<noun2> course|haircut|pub "
                      "quiz|"
                      "parent teacher conference|band practice|ballet|game night|garage "
                      "sale|brunch|" EVENT_3 },
    { "k.event.name", "<k.event.bare2>|<k.event.bare2>|<Cap>" },
    { "k.event.bare2", "Budget review|Planning day|Team lunch|Project kickoff|Band "
                       "practice|Yoga|Dinner "
                       "with <first>|<first>'s birthday|Movie night|Sprint demo|Trip to "
                       "<city>|Family "
                       "dinner|Book club|Call with <first>|Moving day|Game night|Operation <noun>|"
                       "Movie marathon|Q3 review|Q1 planning|Project <noun>|Board meeting|Date "
                       "night|"
                       "Spring cleaning|Interview <last>|<last> demo|Taxes|Vet <first>|Mission "
                       "<city>" },
    { "Cap", "retro|demo day|date night|big cleanup|family council|sushi night|laundry day|open "
             "mic|"
             "hackathon|spa day|launch party|stocktaking|movers|dress rehearsal|study "
             "group" },
    { "k.weather", "rain|snow|cloudy|sunny|windy|foggy|storm|hail|overcast|thunderstorms|rainy|"
                   "blizzard|"
                   "drizzle|humid|tornado|hurricane|stormy|snowfall|a "
                   "cyclone|depression|clear|fog|sleet|"
                   "snowing|raining|snowy|hailing|dry|gusty|hazy|mist|showers|a storm" },
    { "k.temperature", "hot|cold|warm|freezing|chilly|hotter|colder|warmer|cool|mild|boiling|"
                       "temperate|chillier|cooler|frosty|scorching|icy" },
    { "k.cuisine", "italian|thai|mexican|french|indian|chinese|japanese|greek|korean|turkish|"
                   "vietnamese|"
                   "spanish|lebanese|ethiopian|moroccan|peruvian|german|russian|polish|vegan|"
                   "seafood|"
                   "mediterranean|brazilian|cuban|cajun|creole|middle eastern|creperie|southern|"
                 "argentinian|british|caribbean|danish|egyptian|filipino|hungarian|indonesian|"
                 "iranian|irish|israeli|jewish|malaysian|nepalese|portuguese|scottish|"
                 "swedish|swiss|syrian|tex-mex|ukrainian|vegetarian|gluten free|"
                 "fast food|sichuan|armenian" },
    { "k.dish", "pizza|sushi|pasta|tacos|burgers|pho|ramen|curry|paella|steak|dumplings|kebab|"
                "falafel|"
                "lobster|oysters|risotto|noodles|salad|fondue|pancakes|gnocchi|wings|chili|corn "
                "dogs|soup|sandwiches|waffles|tapas|bratwurst|fish and chips|barbecue|lasagna|"
                "hummus|moussaka|cheesecake|ice cream|crepes|tempura|bibimbap|goulash|quiche|ribs|"
                "donuts|empanadas|satay|borscht" },
    { "k.facility", "wifi|parking|outdoor seating|a terrace|live music|a pool|wheelchair "
                    "access|smoking "
                    "room|a playground|valet parking|spa|baby sitting|indoor|outdoor" },
    { "k.place_type", "restaurant|bar|pub|cafe|bistro|diner|tavern|brasserie|steakhouse|pizzeria|"
                      "food "
                      "truck|gastropub|cafeteria|brewery|taverna|tea house|bakery" },
    { "k.sort", "best|top|highly rated|popular|cheapest|newest|latest|top-rated|top rated|most "
                "popular|"
                "good|fancy|most recent|greatest|best rated|nice|cheap|excellent|famous|top ten|"
                "top five|top fifty|new|decent|finest" },
    { "k.count", "two|three|four|five|six|seven|eight|nine|ten|2|3|4|5|6|7|8|9|10|12|one|1|"
                 "twelve" },
    { "k.party", "(my|me and my) "
                 "(wife|husband|mother|father|sister|brother|family|boss|kids)|<first>|<first>, "
                 "<first>, and <first>|<first>, <first> and I|my (sister|brother|wife|mom|dad|"
                 "son|daughter|boyfriend|girlfriend|aunt) and I|me (and <first>|and "
                 "<first> <last>)|<first> <last> and <first>|"
                 "<first> and <first>|<first>, <first> and me|<first> and I|my (friends|coworkers|"
                 "colleagues|parents|grandparents)|<first> and my (mom|dad|cousin|aunt)" },
    { "k.distance", "near|close to|next to|nearby|around|within walking distance of|far from|not "
                    "far from|"
                    "at|by|in the area of|close by" },
    { "k.distance.to", "near|close to|next to|around|within walking distance of|far from|not far "
                       "from|by|in the area of|close to|near" },
    { "k.distance.as", "in the same area|neighboring|within the same area|in the same area" },
    { "k.distance.alone", "nearby|close by|in the area|nearby|around here|within walking "
      "distance" },
    { "k.nearby.adj", "nearest|closest|nearby|local|nearest|closest" },
    { "k.nearby.adv", "nearby|in the neighborhood|in the area|around here|close by|within walking "
                      "distance|near me|in the area|close by|in the neighbourhood|around" },
    { "k.nearby", "nearest|closest|nearby|in the neighborhood|in the area|around here|close "
                  "by|within "
                  "walking distance|near me|local" },
    { "k.rating_value", "zero|one|two|three|four|five|six|0|1|2|3|4|5|6|1|2|3|4" },
    { "k.best_rating", "5|6|five|six|10|ten" },
    { "k.rating_unit", "stars|points|stars|points|star" },
    { "k.select", "this|current|that|last|next|previous" },
    { "k.movie_type", "movies|films|animated movies|movie|film|movies|films" },
    { "k.schedule", "movie schedule|movie times|showtimes|movie schedules|film schedule|movie "
                    "listings|schedule|movie time|film times|movie listing|film "
                    "schedules|schedules" },
    { "k.cinema", "<last> Theatres|<street> Cinemas|<last> Cinemas|<city> Theatres|Cineplex "
                  "<city>|Odeon|<last> (Entertainment|Cinema Group|Theater|Amusement Company)|"
                  "(South|Grand|Royal|United|National) <noun> Cinemas|<noun> Theatres|<first> "
                  "and <last> Theatres|"
                  "<last> Pictures|Star Theatres|Regal Cinemas|<street> Theatre Corporation" },
    { "k.venue_type", "cinema|movie theatre|movie house|theatre|movie theater|theater|cinemas" },
    { "k.here", "here|my current location|my current place|this area|my current position|current "
                "spot|current location|my area|where I am" },
    { "k.color", "red|blue|green|yellow|purple|orange|pink|white|warm "
                 "white|turquoise|amber|violet" },
    { "k.room", "kitchen|bedroom|living room|bathroom|garage|hallway|basement|attic|office|garden|"
                "dining room|kids' room|guest room|porch|terrace|cellar|study|nursery" },
    { "k.item", "milk|eggs|bread|butter|bananas|coffee|toilet paper|dish "
                "soap|apples|cheese|rice|onions|"
                "tomatoes|olive oil|batteries|cat food|sugar|salt|flour|oat "
                "milk|chicken|pasta|yogurt|"
                "garlic|lemons|ice cream|trash bags|shampoo|light "
                "bulbs|carrots|honey|diapers|tofu" },
    { "k.language", "english|spanish|french|german|italian|japanese|chinese|korean|portuguese|"
                    "arabic|"
                    "russian|hindi|turkish|dutch|swedish|polish|greek|swahili|vietnamese|thai" },
    { "k.product", "headphones|a laptop bag|running shoes|a toaster|a desk lamp|an umbrella|a "
                   "backpack|"
                   "winter gloves|a phone case|a garden hose|a yoga mat|a rice cooker|socks|a "
                   "kettle|"
                   "a keyboard|sunglasses|a tent|a bike lock|a water bottle|a monitor" },
    { "k.app", "camera|calculator|browser|gallery|calendar|maps|weather app|notes|messages|photos|"
               "settings|music player|bank app|clock|podcasts" },
    { "k.free", "<noun>|<adj> "
                "<noun>|<nonsense>|<title>|<first>|<food>|<activity>|<city>|<work.word>" },
    { "work.word", "alpha|blue folder|version two|north wing|draft|backup|main|project <noun>|team "
                   "<noun>|"
                   "order <house.no>|ticket <house.no>|batch <house.no>|section B|row <house.no>" },
    { NULL, NULL }
};
