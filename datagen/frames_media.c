/* Frames of playlists, tables, weather, ratings, works and films (datagen/frames_phone.c tells
 * how). Here "some play" music frames with genre, year, service and the like are added to those of
 * frames_move.c. */
#include "datagen/words.h"

#define LIST_V                                                                                     \
    "add {track} to <pl.to>|add {track} by {artist} to <pl.to>|add {artist} to <pl.to>|add "       \
    "{music_item:art} to <pl.to>|add {music_item:art} by {artist} to <pl.to>|add "                 \
    "(this|the|another) {music_item} to <pl.to>|add the {music_item} {track}[{?artist} by "        \
    "{artist}] to <pl.to>|"                                                                        \
    "add (a|an|another|some) {music_item} (by|from) {artist} to <pl.to>|put "                      \
    "{track}[{?artist} by "                                                                        \
    "{artist}] (in|on|into|onto) <pl.to>|put {artist} (in|on|into|onto) <pl.to>|put "              \
    "(this|that|the) {music_item}[{?artist} by {artist}] (in|on|into|onto) <pl.to>|include "       \
    "{track}[{?artist} by {artist}] in <pl.to>|include {artist} in <pl.to>|"                       \
    "add {artist:poss} {track} to <pl.to>|add {artist:poss} {music_item} to <pl.to>|add the "      \
    "{artist:bare} {music_item} to <pl.to>|add (something|a song|music) by {artist} to "           \
    "<pl.to>|place {track} (in|on|into) <pl.to>|insert {track} into <pl.to>|add {track} to the "   \
    "playlist {playlist}|add {artist} to the playlist (called |named |){playlist}|"                \
    "have {artist} added to <pl.to>|get {track} (on|in|into) <pl.to>|add the {music_item} "        \
    "{track}[{?artist} by {artist}] (in|onto|into) <pl.to>|add {playlist:bare} the {music_item} "  \
    "{track}|add {track} (in|into|on) {playlist}|add {artist} (in|into|on) {playlist}|put "        \
    "(a|this|the) {music_item} (on|in) {playlist}|save {track}[{?artist} by {artist}] to <pl.to>"
#define LIST_S                                                                                     \
    "I want (to hear |){track} (in|on) <pl.to>|I'd like {artist} (in|on|added to) "                \
    "<pl.to>|<pl.to> (needs|should have|should include|could use|is missing) {track}[{?artist} "   \
    "by {artist}]|<pl.to> (needs|should have|should include|could use) (some |more "               \
    "|){artist}|is "                                                                               \
    "{artist} in <pl.to>? (please |)add (him|her|them|it)|"                                        \
    "this {music_item} (belongs|should go) (in|on|to) <pl.to>|(the |){music_item} {track} "        \
    "(goes|should go) (in|on|into) <pl.to>|I (love|like) this {music_item}, add it to <pl.to>|I "  \
    "want (to add |){artist} (to|in|on) <pl.to>|I want (to add |)(a|this|another) {music_item} "   \
    "(to|in) <pl.to>|{track} to <pl.to>|{artist} to <pl.to>"

#define TABLE_V                                                                                    \
    "<ta.v> (a table|a spot|a reservation) <ta.at>[{?party} {party:for}][{?count} "                \
    "<ta.n>]<ta.rest>|<ta.v> (a table|seats|a spot) <ta.n>[{?party} with {party}] "                \
    "<ta.at><ta.rest>|<ta.v> <ta.place><ta.rest>[{?count} <ta.n>][{?party} {party:for}]|<ta.v> "   \
    "<ta.place>[{?count} <ta.n>][{?party} {party:for}]<ta.rest>|"                                  \
    "<ta.v> (a table|a spot|seats)[{?count} <ta.n>][{?party} {party:for}]<ta.rest>|make (a "       \
    "reservation|reservations)[{?count} <ta.n>][{?party} "                                         \
    "{party:for}]<ta.at.o><ta.rest>|find (me "                                                     \
    "|us |)<ta.place><ta.rest>[{?count} <ta.n>]|get (me |us |)a (table|reservation)[{?count} "     \
    "<ta.n>]<ta.at.o><ta.rest>|<ta.v> {count} seats<ta.at.o><ta.rest>|<ta.v> a party of "          \
    "{count}<ta.at.o><ta.rest>"
#define TABLE_S                                                                                    \
    "I (want|need|would like|'d like) to (eat|dine|have dinner|have lunch|go "                     \
    "out)<ta.at.o>[{?party} with {party}][{?count} <ta.n>]<ta.rest>|{party} (and I "               \
    "|)(want|would "                                                                               \
    "like|need|are looking for)(| to go to) <ta.place><ta.rest>[{?count} <ta.n>]|we (want|are "    \
    "going) to eat {dish}[{?venue} at {venue}]<ta.rest>[{?count} <ta.n>]|"                         \
    "(a |)table for {count}<ta.at.o><ta.rest>|(I need|we need|I want|I'd like|I want to "          \
    "book|I'd like to book|I need to book|can you book|"                                           \
    "could you book|can I get|please book|I would like to book) "                                  \
    "<ta.place><ta.rest>[{?count} <ta.n>][{?party} {party:for}]|{count} of us (want|would like) "  \
    "to eat<ta.at.o><ta.rest>|(is there|do you know) <ta.place><ta.rest>? (book it|get us a "      \
    "table)"

#define WEATHER_S                                                                                  \
    "(what's|what is|how's|how is|what will be) the (weather|forecast|weather forecast|weather "   \
    "like)( going to be| like|)<we.rest>|(weather|forecast|weather forecast)( for|) "              \
    "<we.rest0>|(tell|give|show) me the (weather|forecast|weather forecast)( "                     \
    "for|)<we.rest>|will "                                                                         \
    "it (be |){weather}<we.rest>|will it (be |get |){temperature}<we.rest>|is it (going to be "    \
    "|){weather}<we.rest>|is it (going to be |){temperature}<we.rest>|"                            \
    "(will|is) there (be |going to be |)(a |any |){weather}<we.rest>|how {temperature} (will it "  \
    "be|is it|is it going to be)<we.rest>|(is|will) it {temperature}<we.rest>|what does the "      \
    "(weather|forecast) look like<we.rest>|(I need|I want|get me|check) the "                      \
    "(weather|forecast|weather forecast)( for|)<we.rest>|what's the chance of "                    \
    "{weather}<we.rest>|should I expect {weather}<we.rest>|when will it {weather}<we.rest>|"       \
    "(do I need|should I bring) (an umbrella|a coat), (will there be|is there) "                   \
    "{weather}<we.rest>|what (weather|temperature) (can I expect|will there be)<we.rest>|{when} "  \
    "will it (be |){weather}<we.rest>|{when} will it (be |){temperature}<we.rest>|how is the "     \
    "weather<we.rest>|tell me (if|whether) it('s| is| will be) {weather}<we.rest>|tell me "        \
    "(if|whether) it('s| is| will be) {temperature}<we.rest>|any {weather}<we.rest>"

#define RATE_V                                                                                     \
    "<ra.v> <ra.w> <ra.x>|<ra.v> <ra.w> <ra.x>|<ra.v> <ra.w>[,] <ra.x>|give <ra.w> <ra.x>|give "   \
    "<ra.w> (a|a rating of|a score of) <ra.x>|give <ra.x> to <ra.w>|assign <ra.x> to <ra.w>|add "  \
    "(a rating of |)<ra.x> (to|for) <ra.w>|<ra.v> <ra.w> (as|at|with) (a |)<ra.x>|put <ra.x> on "  \
    "<ra.w>"
#define RATE_S                                                                                     \
    "I('d| would) (give|rate) <ra.w> (a |at |)<ra.x>|I (give|rate) <ra.w> (a |)<ra.x>|<ra.w> "     \
    "(gets|deserves|is worth|was|is) (a |)<ra.x>|(my rating for|I think) <ra.w> "                  \
    "(is|deserves|gets) (a |)<ra.x>|<ra.x> for <ra.w>|<ra.w>, <ra.x>|(I want to|let me) give "     \
    "<ra.w> (a |)<ra.x>"

#define WORK_V                                                                                     \
    "find (me |)<wo.w>|find (me |)<wo.w>|(look|search) for <wo.w>|look up <wo.w>|search "          \
    "<wo.w>|show (me |)<wo.w>|(show|get|give) me <wo.w>|play the {work_type} "                     \
    "{work}|download <wo.w>|bring up "                                                             \
    "<wo.w>|pull up <wo.w>|open <wo.w>|look for <wo.w>|buy <wo.w>|locate <wo.w>|tell me "          \
    "(about|where to find|where I can (see|find|get)) <wo.w>|help me (find|look for) "             \
    "<wo.w>|search for (information on |)<wo.w>"
#define WORK_S                                                                                     \
    "(where|how) can I (find|see|watch|get|buy|read|hear|listen to|download) <wo.w>|I "            \
    "(want|need|would like|'d like) to (find|look up|read|get|buy) <wo.w>|I "                      \
    "(want|need|would like|'d like) to "                                                           \
    "(see|watch|hear|play) the {work_type} {work}|I('m| am) "                                      \
    "looking for <wo.w>|(do you have|have you got|is there) <wo.w>|can I "                         \
    "(see|get|find|have|watch) <wo.w>|what is <wo.w>|<wo.w> please|who made <wo.w>|I wish to "     \
    "(see|watch|read) <wo.w>"

#define FILM_S                                                                                     \
    "(find|show|get|give|tell) me (the |){schedule}<fi.rest>|(what is|what's|what are) the "       \
    "{schedule}<fi.rest>|(what|which) {movie_type} are "                                           \
    "(playing|showing|on)<fi.rest>|(when|where|what time) is {work} "                              \
    "(playing|showing|on)<fi.rest>|is {work} (playing|showing|on)<fi.rest>|find (the "             \
    "|){schedule} for {work}<fi.rest>|"                                                            \
    "(find|show) (me |){movie_type}<fi.rest>|(what|which) {venue_type} (is|are) "                  \
    "(showing|playing) {work}<fi.rest>|find the {nearby.adj} {venue_type} "                        \
    "(playing|showing|with) "                                                                      \
    "{work}[{?when} {when}]|find a {venue_type} {nearby.adv} (playing|showing|with) "              \
    "{work}[{?when} "                                                                              \
    "{when}]|I (want to|'d like to|need to) (see|watch) {work} at {cinema}[{?when} "               \
    "{when}]|I want to (see|watch) "                                                               \
    "{work} (at|in) the [{?nearby}{nearby.adj} ]{venue_type}[{?when} "                             \
    "{when}]|{schedule}<fi.rest>|(I need|I want|can I get) "                                       \
    "(the |){schedule}<fi.rest>|"                                                                  \
    "(which|what) {movie_type} are at the {nearby.adj} {venue_type}[{?when} "                      \
    "{when}]|(where|when) can "                                                                    \
    "I (see|watch) {work}<fi.rest>|(are there any|any) {movie_type} "                              \
    "(playing|showing)<fi.rest>|(tell me |)what {movie_type} {cinema} (is|are) "                   \
    "(showing|playing)[{?when} {when}]|(does|is) {cinema} (show|showing|playing) {work}[{?when} "  \
    "{when}]|what time (does|is) {work} (play|start|playing)<fi.rest>|look up (the "               \
    "|){schedule}<fi.rest>"

#define MORE_MUSIC_V                                                                               \
    "play <mu.what><mu.rest>|play <mu.what><mu.rest>|play (me |)"                    \
    "<mu.what><mu.rest>|put on <mu.what><mu.rest>|start playing "                                \
    "<mu.what><mu.rest>|use {service} to play "                                                    \
    "<mu.what><mu.rest>|go to {service} and play <mu.what><mu.rest>|open {service} and play "      \
    "<mu.what><mu.rest>|open {service}|play {service}|play {genre}<mu.rest>|play (some "           \
    "|){genre} "                                                                                   \
    "music<mu.rest>|play {album}<mu.rest>|play the album {album}<mu.rest>|play "                   \
    "music<mu.rest>|play (something|anything|a song|some "            \
    "music) off "                                                                                  \
    "(my |the |){playlist:bare}( playlist|)<mu.rest0>|(turn on|switch to|go to|start) "            \
    "{service}|play {artist:poss} (music|songs|stuff|newest|best)<mu.rest0>|play {track} from "    \
    "{album}<mu.rest0>|play (songs|music|something|hits|tunes) from (the "                         \
    "|){year}<mu.rest1>|play "                                                                     \
    "(the |){year} {music_item}[{?artist} (by|of) {artist}]<mu.rest1>"
#define MORE_MUSIC_T                                                                               \
    "(I want to hear|let me hear|I'd like to hear|can you play|I wanna hear|could you "            \
    "play|I want "                                                                                 \
    "to listen to|I'd like to listen to|let's (hear|listen to)|is it possible to hear) "           \
    "<mu.what><mu.rest>|(I'm|I am) in the mood for (some |){genre}<mu.rest0>|I need (some "        \
    "|){genre}<mu.rest0>|(I want|I need|I'd like) (some |to hear |)music (from|of) (the "          \
    "|){year}<mu.rest1>|(what about|how about) (some |){artist}<mu.rest>|can you play "            \
    "something off "                                                                               \
    "(my |the |){playlist:bare}( playlist|)<mu.rest0>|what's on {service}? play <mu.what>|does "   \
    "{service} have <mu.what>? play it|{artist:poss} {track} please<mu.rest0>|I'd love to hear "   \
    "<mu.what><mu.rest>|would you play <mu.what><mu.rest>|(some |){genre} (on|from|via) {service}"

const hone_words hone_words_media[] = {
    { "pl.to", "{?owner}{owner} {playlist:bare} playlist|{playlist:bare} playlist|the "
               "{playlist:bare} playlist|{?owner}{owner} {playlist:bare}|{?owner}{owner} playlist "
               "{playlist:bare}|{playlist:bare}|the playlist {playlist:bare}|{?owner}{owner} "
               "playlist named {playlist:bare}|{?owner}{owner} {playlist:bare} list" },
    { "f.playlist.v", LIST_V },
    { "f.playlist.s", LIST_S },
    { "ta.v", "book|book|book|reserve|book me|book us|get|find|schedule|make me" },
    { "ta.n", "for {count}|for {count} people|for a party of {count}|for {count} persons" },
    { "ta.at", "at {venue}|at (a|the) <ta.kind>|in (a|the) <ta.kind>" },
    { "ta.at.o", "[{?venue} at {venue}][{?place_type} at (a|the) <ta.kind>]" },
    { "ta.kind", "[{?sort}{sort} ][{?cuisine}{cuisine} ]{place_type}|[{?sort}{sort} "
                 "]{place_type}[{?cuisine} that serves {cuisine}( food|)]" },
    { "ta.place", "(a |the )<ta.kind>|(a |the |)[{?sort}{sort} ]{place_type}[{?cuisine} with "
                  "{cuisine} (food|cuisine)]|{venue}|(a |)[{?sort}{sort} ]{cuisine} (place|food)" },
    { "ta.rest", "[{?dish} (serving|with|for) {dish}][{?facility} with "
                 "{facility}][{?relation}{?poi} <re.poi>][{?relation} "
                 "{relation.alone}][{?poi} (at|near) {poi}][{?city} in "
                 "{city}][{?region} in {region}][{?region}{?city}][{?country} in "
                 "{country}][{?when} {when:for}]|"
                 "[{?when} {when}][{?dish} (serving|with|for) {dish}][{?facility} with "
                 "{facility}][{?relation}{?poi} <re.poi>][{?relation} "
                 "{relation.alone}][{?poi} near {poi}][{?city} in "
                 "{city}][{?region}, {region}][{?country} in {country}]|"
                 "[{?facility} with {facility}][{?city} in {city}][{?region} "
                 "{region}][{?country}, {country}][{?relation}{?poi} <re.poi>][{?relation} "
                 "{relation.alone}][{?poi} at "
                 "{poi}][{?dish} (for|with|serving) {dish}][{?when} {when}]" },
    { "re.poi", "{relation.to} {poi}|{relation.to} {poi}|{relation.as} (as|to) {poi}" },
    { "f.restaurant.v", TABLE_V },
    { "f.restaurant.s", TABLE_S },
    { "we.rest0", "[{?relation}{?nature}{relation.to} {nature} "
      "][{?relation}{?city}{relation.to} {city} ][{?relation}{relation.alone} "
      "][{?nature}{nature} ][{?city}{city} ][{?region}{region} "
                  "][{?country}{country} ][{?here}{here} ][{?when} "
                  "{when}][{?weather} with {weather}][{?temperature} {temperature}]" },
    { "we.rest", "[{?relation}{?nature} {relation.to} {nature}][{?relation}{?city} "
      "{relation.to} {city}][{?relation} {relation.alone}][{?nature} (in|at|for) "
      "{nature}][{?city} in {city}][{?region}, "
                 "{region}][{?country} in {country}][{?here} (in |at |){here}][{?when} "
                 "{when}]|[{?when} {when}][{?relation}{?city} {relation.to} "
                 "{city}][{?relation} {relation.alone}][{?here} (in |at |){here}][{?city} "
                 "in {city}][{?region} in {region}][{?country}, "
                 "{country}][{?nature} (in|at) {nature}]|"
                 "[{?here} {here}][{?relation}{?nature} {relation.to} {nature}][{?relation} "
                 "{relation.alone}][{?city} (in|for) {city}][{?region} "
                 "{region}][{?country} {country}][{?nature} (in|at) {nature}][{?when} {when}]" },
    { "f.weather.s", WEATHER_S },
    { "ra.v", "rate|rate|rate|score|mark" },
    { "ra.w", "{work}|{work}|(the |){book_type} {work}|(the |){select} {book_type}|{select} "
              "{series}|(the |){series} {work}|(the |){select} {series}|the {book_type} (called "
              "|titled |){work}|{select} one|the {book_type}" },
    { "ra.x", "{rating}[{?unit} {unit}][{?best} out of {best}]|{rating}[{?best} (out of|of) "
              "{best}][{?unit} {unit}]|{rating}[{?best} of a possible {best}][{?unit} {unit}]|a "
              "{rating}[{?best} out of {best}]|{rating}[{?unit} {unit}][{?best} (and|with) a best "
              "rating of {best}]" },
    { "f.rate.v", RATE_V },
    { "f.rate.s", RATE_S },
    { "wo.w", "{work}|{work}|{work}|the {work_type} {work}|the {work_type} (called |named |titled "
              "|){work}|(a|the) {work_type} called {work}|{work}, (the|a) {work_type}|{work} "
              "{work_type}|the {work} {work_type}|(a |){work_type} {work}" },
    { "f.work.v", WORK_V },
    { "f.work.s", WORK_S },
    { "fi.rest", "[{?cinema} at {cinema}][{?venue_type} (at|in) (the |a |){venue_type}][{?nearby} "
                 "{nearby.adv}][{?movie_type} for {movie_type}][{?work} for {work}][{?when} "
                 "{when}]|[{?movie_type} for {movie_type}][{?nearby}{?venue_type} at the "
                 "{nearby.adj} {venue_type}][{?nearby} {nearby.adv}][{?venue_type} at "
                 "the {venue_type}][{?cinema} at {cinema}][{?when} {when}][{?work} of "
                 "{work}]|[{?nearby}{?venue_type} (in|at) the {nearby.adj} "
                 "{venue_type}][{?nearby} {nearby.adv}][{?venue_type} at "
                 "(the|a|any) {venue_type}][{?when} {when}][{?movie_type} of "
                 "{movie_type}][{?cinema} at "
                 "{cinema}]" },
    { "f.screening.s", FILM_S },
    { "mu.what", "[{?sort}(the |){sort} ][{?year}{year} ][{?genre}{genre} ][{?artist}{artist:bare} "
                 "]{music_item}|[{?sort}(the |){sort} ]{music_item}[{?artist} by "
                 "{artist}]|{track}[{?artist} by {artist}]|(the |){music_item.song} "
                 "{track}[{?artist} "
                 "by {artist}]|(the |)[{?sort}{sort} ]{genre}[ music]|[{?sort}(the |){sort} "
                 "]{artist}|{album}[{?artist} by {artist}]|(the |){music_item.disc} "
                 "{album}[{?artist} "
                 "by {artist}]|(the |)[{?sort}{sort} ](songs|music) (by|from) "
                 "{artist}|{artist:poss} {album}|{artist:poss} {music_item}" },
    { "mu.rest", "[{?year} from (the |){year}][{?service} on {service}]|[{?service} "
                 "(on|using|from|through|with) {service}][{?year} from (the |){year}]|[{?year} "
                 "(of|from|released in) {year}][{?service} in {service}]|[{?playlist} from the "
                 "{playlist:bare} playlist][{?genre} {genre}][{?service} on {service}]" },
    { "mu.rest0", "[{?service} (on|using|from|through|with|via) {service}]" },
    { "mu.rest1", "[{?artist} by {artist}][{?service} (on|from|in) {service}]" },
    { "f.music.m", MORE_MUSIC_V },
    { "f.music.t", MORE_MUSIC_T },
    { NULL, NULL }
};
