/* Frames of light switches, settings pages, the way, and music (datagen/frames_phone.c tells how).
 * In switch and page frames {obj} is the thing that is switched or opened. */
#include "datagen/words.h"

#define ON_V                                                                                       \
    "turn on {obj}|turn {obj} on|switch on {obj}|switch {obj} on|put {obj} on|put on "             \
    "{obj}|enable {obj}|activate {obj}|start {obj}|get {obj} on|"                                  \
    "turn on {obj}|turn {obj} on|switch {obj} on|fire up {obj}|light up {obj}|power on {obj}|use " \
    "{obj}|make {obj} go on|have {obj} on|keep {obj} on|bring {obj} on|set {obj} to on|leave "     \
    "{obj} on"
#define ON_S                                                                                       \
    "{obj.the} on|{obj.the} on|{obj.the} on please|{obj.bare} on|{obj.bare} on please|{obj.the} "  \
    "please|{obj.bare}[,] please|{obj.bare}, on|I need {obj}|I need {obj} (now|please|for a "      \
    "second|on)|I want {obj} on|"                                                                  \
    "(get|give) me {obj}|can I have {obj} on|can I get {obj}|(can|could) {obj} be "                \
    "(turned|switched) on|{obj.the} (should|has to|needs to|must) be on|{obj.the} needs to go "    \
    "on|on with {obj}|"                                                                            \
    "let me have {obj}|we need {obj}|{obj.the} can go on now|{obj.the}, turn it on|{obj.the} is "  \
    "off, (turn it on|switch it on|on please)|I'd like {obj} on|{obj.bare} now|now "               \
    "{obj.the}|where's {obj}, turn it on|"                                                         \
    "time for {obj}|let's have {obj}|{obj.the} would (help|be good|be great) now|is {obj} on? if " \
    "not (turn|switch) it on|why is {obj} off, (turn it on|switch it on)|{obj.the} again "         \
    "please|quick, {obj}"
#define OFF_V                                                                                    \
    "turn off {obj}|turn {obj} off|switch off {obj}|switch {obj} off|disable {obj}|deactivate "  \
    "{obj}|stop {obj}|shut off {obj}|shut {obj} off|kill {obj}|cut {obj}|put {obj} out|put out " \
    "{obj}|"                                                                                     \
    "turn off {obj}|turn {obj} off|switch {obj} off|turn {obj} off again|switch off {obj} "      \
    "again|power off {obj}|shut down {obj}|set {obj} to off|make {obj} go off|quit {obj}|take "  \
    "{obj} off|get {obj} off|turn {obj} back off"
#define OFF_S                                                                                      \
    "{obj.the} off|{obj.the} off|{obj.the} off please|{obj.bare} off|{obj.bare} off "              \
    "please|{obj.bare}, off|no more {obj.bare}|I don't need {obj} (anymore|any more|now|any "      \
    "longer)|(enough|that's enough) {obj.bare}|"                                                   \
    "(can|could) {obj} be (turned|switched) off|{obj.the} (can|should|may) be (turned|switched) "  \
    "off (now|again|)|{obj.the} can go off (now|)|off with {obj}|{obj.the} is (still |)on, (turn " \
    "it off|switch it off|off please|please turn it off)|"                                         \
    "I'm done with {obj}|I'm done with {obj}, (turn it off|off please)|{obj.the} (should|has "     \
    "to|must) be off|(you can|please) stop {obj} (now|)|we don't need {obj} "                      \
    "(anymore|now)|without {obj} please|I want {obj} off|get rid of {obj}|lose {obj}|"             \
    "{obj.the} is (draining|eating) my battery, (turn it off|off please|switch it off)|why is "    \
    "{obj} (still |)on, (turn it off|switch it off)|did I leave {obj} on? (turn|switch) it "       \
    "off|{obj.the} is blinding me, (off|turn it off)|{obj.the} out|that's enough, {obj.the} off"

#define PAGE_V                                                                              \
    "open {obj}|open up {obj}|show {obj}|go to {obj}|bring up {obj}|pull up {obj}|call up " \
    "{obj}|display {obj}|launch {obj}|jump to {obj}|switch to {obj}|open {obj}|open "       \
    "{obj}|navigate to {obj}|go into {obj}|get to {obj}|access {obj}|load {obj}|find {obj}"
#define PAGE_C                                                                                    \
    "take me to {obj}|show me {obj}|bring me to {obj}|get me (to|into) {obj}|give me {obj}|let "  \
    "me see {obj}|let me into {obj}|open {obj} for me|get me to {obj}|lead me to {obj}|point me " \
    "to {obj}"
#define PAGE_O                                                                                     \
    "see {obj}|get to {obj}|go to {obj}|look at {obj}|open {obj}|check {obj}|change something in " \
    "{obj}|get into {obj}"
#define PAGE_S                                                                                     \
    "{obj.the}|{obj.bare}|{obj.bare} please|{obj.the} please|{obj.bare}, please|I need {obj}|I "   \
    "want {obj}|I'd like {obj}|where (is|are) {obj}|where do I find {obj}|where can I find {obj}|" \
    "{obj.bare} now|to {obj} please|can I (see|get|have) {obj}|could I have {obj}|I can't find "   \
    "{obj}|I'm looking for {obj}|let's (open|see|check|have a look at|go to) {obj}|(can|could) "   \
    "you find {obj} for me|"                                                                       \
    "I have to (get to|change something in) {obj}|settings, {obj.bare}|settings please, "          \
    "{obj.bare}|open settings, {obj.bare}|{obj.the}, open (it|them|that) please|how do I get to "  \
    "{obj}|which way to {obj}? just open it|{obj.the} page please"

#define NAV_V                                                                                      \
    "navigate {destination:to}[{?mode} {mode}]|navigate {destination:to}[{?mode} {mode}]|start "   \
    "navigation {destination:to}[{?mode} {mode}]|start navigating {destination:to}[{?mode} "       \
    "{mode}]|find (the way|a way|a route|directions|the route|the quickest way|the best way) "     \
    "{destination:to}[{?mode} {mode}]|"                                                            \
    "get directions {destination:to}[{?mode} {mode}]|show (the way|directions|the route|a route) " \
    "{destination:to}[{?mode} {mode}]|plan (a|the|my) (route|trip) {destination:to}[{?mode} "      \
    "{mode}]|map (a|the) (route|way) {destination:to}[{?mode} {mode}]|"                            \
    "find {destination}[{?mode} and tell me how to get there {mode}]|look up the (way|route) "     \
    "{destination:to}[{?mode} {mode}]|pull up (directions|the route|the map) "                     \
    "{destination:to}[{?mode} {mode}]|set (a |the |)course {destination:for}|set the navigation "  \
    "{destination:to}[{?mode} {mode}]|"                                                            \
    "give (me |)directions {destination:to}[{?mode} {mode}]|open (the |)(map|maps|navigation) "    \
    "(and take me |){destination:to}[{?mode} {mode}]|find the (fastest|shortest|quickest|nicest) " \
    "(way|route) {destination:to}[{?mode} {mode}]|route (me |){destination:to}[{?mode} {mode}]|"   \
    "find (a|the) {mode:adj} route {destination:to}|get {mode:adj} directions "                    \
    "{destination:to}|show the {mode:adj} route {destination:to}|calculate the (way|route) "       \
    "{destination:to}[{?mode} {mode}]|show {destination} on the map|search for {destination} on "  \
    "the map"
#define NAV_C                                                                                     \
    "take me {destination:to}[{?mode} {mode}]|take me {destination:to}[{?mode} {mode}]|bring me " \
    "{destination:to}[{?mode} {mode}]|guide me {destination:to}[{?mode} {mode}]|lead me "         \
    "{destination:to}[{?mode} {mode}]|show me the way {destination:to}[{?mode} {mode}]|"          \
    "show me (how to get|how I get|the route|the quickest route|where to go) "                    \
    "{destination:to}[{?mode} {mode}]|get me {destination:to}[{?mode} {mode}]|direct me "         \
    "{destination:to}[{?mode} {mode}]|tell me how to get {destination:to}[{?mode} {mode}]|give "  \
    "me directions {destination:to}[{?mode} {mode}]|"                                             \
    "help me (find|get to) {destination}[{?mode} {mode}]|give me {mode:adj} directions "          \
    "{destination:to}|point me {destination:to}|navigate me {destination:to}[{?mode} "            \
    "{mode}]|show me where {destination.named} is|give me the {mode:adj} route "                  \
    "{destination:to}|send me {destination:to}[{?mode} {mode}]"
#define NAV_O                                                                            \
    "go {destination:to}[{?mode} {mode}]|get {destination:to}[{?mode} {mode}]|{mode:v} " \
    "{destination:to}|{mode:v} {destination:to}|{mode:v} {destination:to}|find "         \
    "{destination}[{?mode} {mode}]|be at {destination}[{?mode} {mode}]|{mode:v} {destination:to}"
#define NAV_N                                                                                \
    "directions {destination:to}[{?mode} {mode}]|the (route|way|fastest way|quickest "       \
    "route|shortest way) {destination:to}[{?mode} {mode}]|a route {destination:to}[{?mode} " \
    "{mode}]|a* {mode:adj} route {destination:to}|{mode:adj} directions "                    \
    "{destination:to}|navigation {destination:to}[{?mode} {mode}]"
#define NAV_B                                                                                      \
    "directions {destination:to}[{?mode} {mode}]|route {destination:to}[{?mode} "                  \
    "{mode}]|navigation {destination:to}[{?mode} {mode}]|way {destination:to}[{?mode} "            \
    "{mode}]|{destination.named}[,] (directions|route|navigation|navigate)|{mode:adj} directions " \
    "{destination:to}|"                                                                            \
    "{mode:adj} route {destination:to}|navigate[,] {destination.named}[{?mode}[,] "                \
    "{mode}]|{destination:to}[{?mode} {mode}]|map[,] {destination.named}|{mode} "                  \
    "{destination:to}|{destination.named}[,] {mode}|destination[:|,] "                             \
    "{destination.named}[{?mode}[,] {mode}]|{destination.near:art}|{destination.near:art} "        \
    "please|next stop[:|,] {destination.named}"
#define NAV_S                                                                                      \
    "how do (I|we) get {destination:to}[{?mode} {mode}]|how do (I|we) get "                        \
    "{destination:to}[{?mode} {mode}]|how can I get {destination:to}[{?mode} {mode}]|what's the "  \
    "(way|best way|fastest way|route|quickest way) {destination:to}[{?mode} {mode}]|which way "    \
    "(is it |){destination:to}[{?mode} {mode}]|"                                                   \
    "where is {destination.near}|where's {destination.near}|where is {destination.near}, (take "   \
    "me there|show me the way|navigate there)|I'm going {destination:to}[{?mode} {mode}], (which " \
    "way|show me the way|navigate please|start navigation|directions please)|we're "               \
    "(going|heading|off) {destination:to}[{?mode} {mode}], (navigate|which way|show the route)|"   \
    "I (need|want|have|would like) to {mode:v} {destination:to}[, which way|, show me the way|, "  \
    "directions please|]|I (have|need) to be at {destination} (soon|by (noon|five|3)|in (an "      \
    "hour|twenty minutes)), (navigate|show me the way|get me there)|I'm (meeting "                 \
    "<first>|expected|having lunch) at {destination}, (navigate|get me there|how do I get "        \
    "there|take me there)|"                                                                        \
    "I want to (go|get) {destination:to}[{?mode} {mode}][, which way|, how]|I'm lost, (take "      \
    "me|get me|navigate|how do I get) {destination:to}[{?mode} {mode}]|can (I|you|we) {mode:v} "   \
    "{destination:to}? show me (the way|how)|is there a {mode:noun} {destination:to}|which "       \
    "{mode:noun} (goes|takes me|do I take|do I need) {destination:to}|"                            \
    "let's {mode:v} {destination:to}|let's go {destination:to}[{?mode} {mode}]|I'd (rather |like " \
    "to |){mode:v} {destination:to}[, show me how|, which way|]|(going|heading|off|on my way) "    \
    "{destination:to}[{?mode} {mode}][, navigate please|, directions please|, show me the "        \
    "way|]|I (don't know|forgot|can't find) the way {destination:to}[{?mode} {mode}]|"             \
    "{mode} {destination:to}[, please|, which way|]|{destination.named} is where I "               \
    "(need|want|have) to (go|be)[{?mode}, {mode}]|what's the {mode:adj} route "                    \
    "{destination:to}|how do I {mode:v} {destination:to}|the (way|route) {destination:to} "        \
    "please[{?mode}, {mode}]|(can|could) you get me {destination:to}[{?mode} {mode}]|"             \
    "(is|are) there {destination.near:art} (around|nearby)? (take|bring|lead) me there|I'm "       \
    "(hungry|out of gas|tired|bored|early|late), take me {destination.near:to}|I need "            \
    "{destination.near}[, where do I go|, navigate|, show me the way]|(drop|change) that, "        \
    "(navigate|take me) {destination:to}[{?mode} {mode}]|new destination[:|,] "                    \
    "{destination.named}[{?mode}, {mode}]|"                                                        \
    "show me {destination.named} on the map|I'm at the <spot> and need to get "                    \
    "{destination:to}[{?mode} {mode}]|from here {destination:to}[{?mode} {mode}][, "               \
    "please|]|{mode}, how do I get {destination:to}|I'd like to go {mode} {destination:to}|if I "  \
    "{mode:v} {destination:to}, which way do I go"

#define MUSIC_V                                                                                    \
    "play {artist.known}|play {artist.known}[{?shuffle} {shuffle}]|play {track.known}|play "       \
    "{track.known}|play {track} by {artist}|play {track} by {artist}|play {track} from "           \
    "{artist}|play the (song|track|tune) {track}[{?artist} by {artist}]|play the (song|track) "    \
    "{track}|"                                                                                     \
    "play (something|some music|some songs|a song|music|anything|songs|the music|tracks|some|a "   \
    "few songs) (by|from|of) {artist}[{?shuffle} {shuffle}]|play (something|music|a "              \
    "song|songs|anything) by {artist}[{?shuffle} {shuffle}]|play (some|the band|the artist|the "   \
    "group|the singer) {artist}[{?shuffle} {shuffle}]|"                                            \
    "play {artist:poss} {track}|play {track} (performed|sung|made|recorded) by {artist}|play (my " \
    "|the |)playlist {playlist}[{?shuffle} {shuffle}]|play (my |the |){playlist:bare} "            \
    "playlist[{?shuffle} {shuffle}]|play the playlist (called|named) {playlist}[{?shuffle} "       \
    "{shuffle}]|"                                                                                  \
    "play (some |)music[{?shuffle} {shuffle}]|play (something|a song|some tunes|some songs|a "     \
    "tune|anything|whatever|any song|some background music)[{?shuffle} {shuffle}]|put on "         \
    "{artist.known}[{?shuffle} {shuffle}]|put {artist.known} on|put on {track} by {artist}|put "   \
    "{track} by {artist} on|put on (some|something by|music by|a song by) {artist}|put on (the "   \
    "song |){track.known}|"                                                                        \
    "put on (my |the |){playlist:bare} playlist[{?shuffle} {shuffle}]|put (my |the "               \
    "|){playlist:bare} playlist on[{?shuffle} {shuffle}]|put (some |the |)music on|put on (some "  \
    "|)(music|tunes|songs)|start (the |my |){playlist:bare} playlist[{?shuffle} {shuffle}]|start " \
    "(the |)playlist {playlist}[{?shuffle} {shuffle}]|start (the |some |)music|"                   \
    "start (playing |){artist.known}|start (playing |){track} by {artist}|start the song "         \
    "{track}|shuffle {artist}{shuffle:silent}|shuffle {artist:poss} "                              \
    "(songs|music|stuff){shuffle:silent}|shuffle (my |the |){playlist:bare} "                      \
    "playlist{shuffle:silent}|shuffle (the |my |)playlist {playlist}{shuffle:silent}|shuffle "     \
    "(songs|music|something|some songs) by {artist}{shuffle:silent}|shuffle (my music|my "         \
    "songs|some music|everything|all my songs|my library){shuffle:silent}|"                        \
    "queue up {track} by {artist}|queue up {artist.known}|blast {track} by {artist}|blast (some "  \
    "|){artist.known}|crank up {track.known}|turn on {artist.known}|turn on (some |the "           \
    "|)music|turn on (my |the |){playlist:bare} playlist|find (and play |){track} by "             \
    "{artist}|get {playlist:bare} playlist going|kick off the {playlist:bare} playlist|"           \
    "play {track}, (it's |the one |)by {artist}|play that song (by|from) {artist}[,] "             \
    "{track}|play the one (by|from) {artist} called {track}|play a song called {track}[{?artist} " \
    "by {artist}]|play {artist}, {track}|play {track}[,] {artist}|play that song {track}|play "    \
    "the one called {track}[{?artist} by {artist}]|play the title {track}[{?artist} by "           \
    "{artist}]|play {playlist}, it's (a|my) playlist[{?shuffle}, {shuffle}]|play everything "      \
    "(by|from) {artist}[{?shuffle} {shuffle}]|play the "                                           \
    "(singer|rapper|pianist|band|duo|orchestra) {artist.band}[{?shuffle} {shuffle}]"
#define MUSIC_C                                                                                   \
    "play me {track} by {artist}|play me (something|some music|a song|some songs) (by|from) "     \
    "{artist}|play me (something|some music|a song)|play me {artist.known}|play me the song "     \
    "{track}|play me my {playlist:bare} playlist[{?shuffle} {shuffle}]|let me hear "              \
    "{track}[{?artist} by {artist}]|let me hear {artist.known}|"                                  \
    "let me hear (some|something by) {artist}|surprise me with (a song|some music)|entertain me " \
    "with some music|give me {track} by {artist}|give me (some|something by) {artist}|give me "   \
    "some (music|tunes)|give me the {playlist:bare} playlist|let me listen to "                   \
    "{artist}[{?shuffle} {shuffle}]|let me listen to {track} by {artist}|hit me with "            \
    "(some|something by) {artist}|hit shuffle on {playlist:bare}, it's a playlist{shuffle:silent}"
#define MUSIC_O                                                                               \
    "hear {track}[{?artist} by {artist}]|hear {track} from {artist}|listen to {track} from "  \
    "{artist}|hear {track.known}|hear {artist.known}|hear (some|something by|something "      \
    "from|music by|songs by) {artist}[{?shuffle} {shuffle}]|listen to {track}[{?artist} by "  \
    "{artist}]|listen to {artist}[{?shuffle} {shuffle}]|listen to (some |)music[{?shuffle} "  \
    "{shuffle}]|hear (some |)(music|tunes|songs)|hear a song|"                                \
    "listen to (my |the |){playlist:bare} playlist[{?shuffle} {shuffle}]|hear (my |the "      \
    "|)playlist {playlist}[{?shuffle} {shuffle}]|hear the (song|track) {track}[{?artist} by " \
    "{artist}]|listen to the song {track}|listen to something (by|from) {artist}|hear "       \
    "{artist:poss} {track}|listen to the playlist {playlist}[{?shuffle} {shuffle}]|dance to " \
    "{track} by {artist}|dance to {artist.known}"
#define MUSIC_N                                                                              \
    "some {artist.known}|something (by|from) {artist}|{track} by {artist}|the song "         \
    "{track}[{?artist} by {artist}]|my {playlist:bare} playlist[{?shuffle} {shuffle}]|the "  \
    "{playlist:bare} playlist[{?shuffle} {shuffle}]|the playlist {playlist}[{?shuffle} "     \
    "{shuffle}]|some (music|tunes|songs)|{artist:poss} {track}|a song by {artist}|music by " \
    "{artist}[{?shuffle} {shuffle}]|a song|music[{?shuffle} {shuffle}]"
#define MUSIC_B                                                                                   \
    "{track} by {artist}|{track} (from|sung by|performed by) "                                    \
    "{artist}|{artist.known}|{artist.known} please|{track.known}|music|music please|some "        \
    "music|{playlist:bare} playlist[{?shuffle}[,] {shuffle}]|playlist {playlist}[{?shuffle}[,] "  \
    "{shuffle}]|{artist}, {track}|{track} from {artist}|{artist} (songs|music)[{?shuffle} "       \
    "{shuffle}]|music by "                                                                        \
    "{artist}[{?shuffle} {shuffle}]|"                                                             \
    "songs by {artist}[{?shuffle} {shuffle}]|song {track}[{?artist}, artist {artist}]|track "     \
    "{track}[{?artist} by {artist}]|artist {artist}[{?shuffle}, {shuffle}]|{artist} "             \
    "{shuffle}|{playlist:bare} playlist {shuffle}|shuffle {playlist:bare} "                       \
    "playlist{shuffle:silent}|shuffle {artist}{shuffle:silent}|my {playlist:bare} playlist|play " \
    "{playlist:bare} playlist|something by {artist}"
#define MUSIC_S                                                                                    \
    "(I'm|we're) in the mood for (some |){artist}|I feel like (some |listening to |hearing "       \
    "){artist}|how about (some|something by|a song by) {artist}|how about {track} from "           \
    "{artist}|can you play {track} from {artist}|(could|can) you put "                             \
    "{track} from {artist} on|how about {track} by "                                               \
    "{artist}|can (I|we) hear {track}[{?artist} by {artist}]|can I hear (some "                    \
    "|){artist.known}|can (I|we) have some music|can you play {track} by {artist}|(could|can) "    \
    "you put on (some |){artist}|do you have {track} by {artist}? play it|"                        \
    "do you know {track} by {artist}? (play it|put it on)|it's time for (some |){artist}|time "    \
    "for my {playlist:bare} playlist|time for (some |)music|it's too quiet (in here|), (play "     \
    "something|put some music on|music please)|I love {artist}, (play something|play a song|put "  \
    "something on)|that song by {artist}, {track}, play (it|that)|{artist:poss} {track} "          \
    "please|{track} please, (by|from) {artist}|"                                                   \
    "my {playlist:bare} playlist[,] please|my {playlist:bare} playlist[{?shuffle}[,] "             \
    "{shuffle}]|the song is {track}[{?artist} and the artist is {artist}], play it|the artist is " \
    "{artist}[{?track} and the song is {track}], (play it|play something)|let's (hear|listen "     \
    "to|dance to) {artist}[{?shuffle} {shuffle}]|let's (hear|listen to) {track}[{?artist} by "     \
    "{artist}]|let's (hear|have|listen to) some music|music[,] (please|now|anything)|"             \
    "I haven't heard {track} in (ages|years|a while), (play it|put it on|can you play it)|I "      \
    "haven't listened to {artist} in (ages|years|a long time), (play something|put something "     \
    "on|play some)|some {artist} (would be nice|please|for the road)|music (by|from) {artist}[,] " \
    "please[{?shuffle}[,] {shuffle}]|(what about|maybe) {track}[{?artist} by {artist}]|anything "  \
    "by {artist} (is fine|will do|please)|{track}[{?artist} by {artist}] is stuck in my head, "    \
    "(play it|put it on)|"                                                                         \
    "can you shuffle (my |the |){playlist:bare} playlist{shuffle:silent}|(put|play) "              \
    "{playlist:bare} on shuffle, (the|it's a|it's my) playlist{shuffle:silent}|put {artist} on "   \
    "shuffle{shuffle:silent}|(can you |)put (my |the |){playlist:bare} playlist on "               \
    "shuffle{shuffle:silent}|I (want|need) (some |)music[,| for (the drive|cooking|the "           \
    "party|cleaning|a run)]|we need (some |)music[ in here]|play the band {artist.band}, the "     \
    "(song|track) {track}|(the band is called|it's a band called) {artist.band}, play something"

const hone_words hone_words_move[] = {
    { "obj.flashlight.the", "the flashlight|the flashlight|the torch|my flashlight|the light|the "
                            "torch light|the light on my phone|the phone light|the flash light|the "
                            "phone's flashlight|this flashlight|the phone torch" },
    { "obj.flashlight.bare", "flashlight|flashlight|torch|light|torch light|phone light|flash "
                             "light" },
    { "obj.wifi.the", "the wifi settings|the Wi-Fi settings|the wi-fi settings|the wifi page|the "
                      "settings for wifi|the wifi menu|the WLAN settings|the wireless settings|the "
                      "wifi screen|the Wi-Fi options|the wifi panel|"
                      "the wireless network settings|the list of wifi networks|the settings for "
                      "the wireless network|my wifi settings|the wifi configuration|the section "
                      "for wifi|the wifi setup|the Wi-Fi menu|the network settings for wifi|the "
                      "wifi networks|the wifi preferences|the wifi tab" },
    { "obj.wifi.bare", "wifi settings|Wi-Fi settings|wi-fi settings|wifi page|wlan settings|wifi "
                       "menu|wifi options|wireless settings|wifi networks|wifi setup|Wi-Fi "
                       "screen|wifi" },
    { "want.wifi", "connect to (a|another|the hotel|the office|my home|the guest|a new|the "
                   "cafe|<first>'s) (wifi|network|wireless network|wi-fi)|join (a|the "
                   "guest|another|a different) (wifi|network)|change the wifi "
                   "(password|network|)|"
                   "(pick|choose|join|try|see|find) (a|another|a different|the right) (wifi "
                   "|wireless "
                   "|)network|"
                   "see (which|what|all the|the available) (networks|wifi networks|wifis) (there "
                   "are|are around|are here|)|log in(to| to) the (hotel|office|guest|school) "
                   "wifi|switch to (another|a different|the 5 ghz) (wifi|network)|forget (this|an "
                   "old|the old) (wifi|network)|set up (the |my |)(wifi|wi-fi)|type in the wifi "
                   "password|enter the wifi (password|key)|fix my wifi|check (my|the) wifi "
                   "(connection|settings|)" },
    { "trouble.wifi", "my (wifi|wi-fi|internet) (is slow|keeps dropping|doesn't work|isn't "
                      "working|is acting up|is down again|won't connect)|the "
                      "(connection|signal|wifi) (is bad|is terrible|is weak|keeps dropping|is "
                      "gone|dropped again)|I'm not connected|I have no (internet|connection|wifi)|"
                      "the (hotel|office|guest|neighbour's) (network|wifi) (isn't showing up|is "
                      "better|has a new password)|I'm on the wrong network|I (got|have) a new "
                      "router|we changed the wifi password|this page won't load|I'm at a "
                      "(cafe|hotel|friend's place)" },
    { "f.on.v", ON_V },
    { "f.on.s", ON_S },
    { "f.off.v", OFF_V },
    { "f.off.s", OFF_S },
    { "f.light.on.s", "(it's|it is) (too |so |really |pretty |)dark (in here|here|outside|in this "
                      "room|down here|), (light please|turn on the light|flashlight "
                      "please|flashlight on|can you turn on {obj}|switch {obj} on|give me some "
                      "light)|I can't see (anything|a thing|where I'm going|the keyhole|my feet), "
                      "(light|flashlight|torch|some light please|turn on {obj}|light please)|"
                      "give me (some |)light|(some |)light please|I need (some |more |)light|can I "
                      "(have|get) some light|I (dropped|lost) my (keys|earring|ring|phone "
                      "case|coin) (in the dark|under the car|under the couch), (turn on "
                      "{obj}|light please|torch on)|the (power|light bulb|electricity) (is "
                      "out|went out|is gone), (flashlight|turn on {obj}|torch please)|"
                      "shine (a|some) light (here|)|let there be light|make (it|some) "
                      "(bright|light)|make it brighter with {obj}|light (it |this |)up|illuminate "
                      "(this|the way)|I'm looking for (something|my keys) under the (bed|sofa), "
                      "{obj.the} on|brighten (it|this) up|throw some light on this|light the "
                      "way|could use (some light|a light) here|turn off, (no|sorry|I mean)(,|) "
                      "turn on {obj}|switch {obj} off, no, on|light!|(the power|the "
                      "electricity|the light) (went out|is out|went off|is "
                      "gone|failed)[,] (flashlight on|torch on|light on|light please)|I "
                      "(dropped|can't "
                      "find|lost) (something|the keys|my ring|the remote)[,] "
                      "(flashlight|torch|light) "
                      "on|(flashlight|torch|light) on, (the power went out|it's dark|I can't "
                      "see)|(shine "
                      "a light|some light), I can't (find|see) (it|the lock|the switch)|we're in "
                      "the "
                      "(basement|cave|attic), light please|the hallway is dark, {obj.the} "
                      "please|too dark, light" },
    { "f.light.off.s", "(it's|it is) (bright|light) (enough|again|enough now), (turn off "
                       "{obj}|{obj.the} off|off please|turn it off)|(that's|it's) (enough|too "
                       "much|too bright)[ light], (turn off {obj}|{obj.the} "
                       "off|off)|(lights|light) out|make it dark (again|)|I found (it|my "
                       "keys|them), (you can turn off {obj}|{obj.the} off|turn {obj} off|light "
                       "off)|I can see (now|again|fine now), (turn off {obj}|light off|torch off)|"
                       "(the sun is up|it's morning|the lights are back|the power is back|we're "
                       "home|we're out of the cave), (turn {obj} off|{obj.the} off|{obj.the} can "
                       "go off)|(thanks|ok thanks|ok|alright), (you can turn {obj} off|{obj.the} "
                       "off|turn off {obj} (again|now))|my battery is (low|dying|at five percent), "
                       "(turn off {obj}|{obj.the} off)|turn on, (no|sorry|I mean)(,|) turn off "
                       "{obj}|switch {obj} on, no, off I mean|no more light|(we're|I'm) (back "
                       "inside|home|done "
                       "looking|out of the cellar)[,] (flashlight|torch|light) "
                       "(off|out)|(flashlight|torch|"
                       "light) (off|out), (we're inside|it's bright|I found it)|(enough "
                       "light|found it), "
                       "(thank you|thanks), turn it off|I don't need (the|any) "
                       "light (anymore|any more|now)|stop shining|you're blinding (me|people)[, "
                       "turn it off|, off]|kill the light" },
    { "f.page.v", PAGE_V },
    { "f.page.c", PAGE_C },
    { "f.page.o", PAGE_O },
    { "f.page.s", PAGE_S },
    { "f.page.want.s", "I (want|need|have|would like) to {want}, (open the settings|open "
                       "{obj}|take me there|where do I do that|show me the settings|so open "
                       "{obj})|I (want|need|have|would like) to {want}|where (can|do) I {want}|let "
                       "me {want}|(can|could) you help me {want}|can I {want}|how do I {want}? "
                       "open the page|"
                       "{trouble}, (open {obj}|show me {obj}|can you open {obj}|bring up {obj}|let "
                       "me see {obj}|take me to {obj}|I need {obj})|{trouble}, (settings "
                       "please|open the settings|let me check the settings)|to {want} I need "
                       "{obj}|(open|show me) {obj} so I can {want}|open {obj}[,] I want to "
                       "{want}|I'd like to {want}, please open {obj}" },
    { "f.nav.v", NAV_V },
    { "f.nav.c", NAV_C },
    { "f.nav.o", NAV_O },
    { "f.nav.n", NAV_N },
    { "f.nav.b", NAV_B },
    { "f.nav.s", NAV_S },
    { "e.mode.walking", "on foot|on foot|walking|by foot|as a pedestrian|by walking" },
    { "e.mode.walking.adj", "walking|walking|pedestrian" },
    { "e.mode.walking.v", "walk|walk|walk|go on foot|go by foot" },
    { "e.mode.walking.noun", "footpath|walking route" },
    { "e.mode.driving", "by car|by car|by car|in the car|driving|with the car|in my car" },
    { "e.mode.driving.adj", "driving|driving|car" },
    { "e.mode.driving.v", "drive|drive|drive|go by car|take the car" },
    { "e.mode.driving.noun", "road" },
    { "e.mode.cycling", "by bike|by bike|by bicycle|on my bike|with the bike|cycling|on my "
                        "bicycle|on the bike" },
    { "e.mode.cycling.adj", "cycling|bike|bicycle" },
    { "e.mode.cycling.v", "cycle|bike|ride my bike|go by bike|take the bike|ride the bike" },
    { "e.mode.cycling.noun", "bike path|cycle path|bike route" },
    { "e.mode.transit", "by bus|by train|by public transport|by tram|by metro|by subway|with the "
                        "bus|on the bus|by underground|using public transport|with public "
                        "transport|taking the train|with the tram|by public transit|on the "
                        "metro|by rail" },
    { "e.mode.transit.adj", "bus|train|transit|public transport|tram|subway|metro" },
    { "e.mode.transit.v", "take the bus|take the train|go by bus|go by train|take the tram|take "
                          "the subway|take the metro|go by metro|use public transport|take public "
                          "transport|ride the bus" },
    { "e.mode.transit.noun", "bus|train|tram|subway line|metro" },
    { "ctx.nav", "I'm (lost|late|new here|in a hurry|hungry|not from here|on holiday)|I've never "
                 "been there|my car is at the garage|I'm (meeting|picking up) <first>|we're in the "
                 "car|the weather is (nice|great)|I need some (cash|medicine|fresh air)|I want to "
                 "avoid the highway|my appointment is in half an hour|parking is terrible "
                 "there|let's get out of here|the kids are hungry|I forgot my wallet|I'm at the "
                 "<spot>|I just left the <shop>|<first> is waiting for me|we're near <city>" },
    { "after.nav", "I'm late|we're in a hurry|I've never been there|as fast as possible|I don't "
                   "know the area|I'm meeting someone|before it closes|the shortest "
                   "way|quickly|I'm new here|without tolls" },
    { "f.music.v", MUSIC_V },
    { "f.music.c", MUSIC_C },
    { "f.music.o", MUSIC_O },
    { "f.music.n", MUSIC_N },
    { "f.music.b", MUSIC_B },
    { "f.music.s", MUSIC_S },
    { "f.music.any.s", "play (something|anything) "
                       "(nice|good|relaxing|calm|upbeat|happy|loud|quiet|new|slow|fun|romantic|for "
                       "the road|for dinner|to dance to|to wake me up|to relax)|(music|some "
                       "music|tunes) (please|now|for the drive|for cooking|while I cook|for the "
                       "party)|put some (music|songs|tunes) on[, whatever you like|, anything|, "
                       "you choose|]|it's (so |too |)(quiet|silent|boring) in here[,] (play "
                       "something|music please|put some music on)|"
                       "(can|could) you play (something|some music|music|a song)|I (want|need|feel "
                       "like) (some |)music|(play|put on) whatever[ you (want|like)]|surprise "
                       "me[,] (with a song|play something|with some music)|let's have (some "
                       "|)music|start the music|get the (music|party) (going|started)|I want to "
                       "(hear something|dance|listen to something)[,] (play something|put on "
                       "music|music)|any (song|music) will do|music!|turn the music on|make some "
                       "(music|noise)|play a random song, whatever" },
    { "e.shuffle.true", "on shuffle|on shuffle|shuffled|in random order|in shuffle mode|in a "
                        "random order|with shuffle on|and shuffle it|on random|mixed up|shuffle "
                        "mode on|shuffle on|randomly" },
    { "ctx.music", "I'm (cooking|bored|driving|cleaning the house|in a good mood|working out|in "
                   "the bath|painting)|we're having (a party|guests|dinner)|the party (starts|is "
                   "starting)|it's (friday|party time|so quiet here)|long drive ahead|I need to "
                   "(relax|wake up|focus)|<first> is coming over|I had a long day|the baby is "
                   "asleep|I heard it on the radio|<first> hates silence|I'm with <first>|it's "
                   "eight in the evening" },
    { "after.music", "I love that (one|song|band)|it's my favorite|for the kids|loud please|I'm in "
                     "the mood|it's for the party|my favorite|haven't heard it in ages|and turn it "
                     "up|nice and loud" },
    { "ctx.on", "it's dark|I can't see|where are my keys|wait|careful|the hallway is dark|I'm in "
                "the basement|there's something under the bed|the power is out" },
    { "ctx.off", "I found it|thanks|that's better|my battery is low|it's bright enough|we're "
                 "inside now|got it|I can see again" },
    { "ctx.page", "my internet is slow|I'm at the hotel|I moved|I got a new router|something is "
                  "wrong with the connection|I'm at a friend's place|no connection here|I'm in the "
                  "office|we changed the password" },
    { NULL, NULL }
};
