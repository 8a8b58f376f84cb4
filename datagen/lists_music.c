/* Music and other works: artists, titles, playlists, books, films - known ones and made-up ones. */
#include "datagen/words.h"

/* Named in a bare "play X", where only knowledge tells a band from a song. */
#define ARTISTS_1                                                                                  \
    "Queen|ABBA|Metallica|Nirvana|Radiohead|Coldplay|Adele|Rihanna|Beyonc\u00e9|Drake|Eminem|"     \
    "Madonna|Prince|David Bowie|Elton John|Billy Joel|Bob Dylan|Bob Marley|Johnny Cash|"           \
    "Taylor Swift|Ed Sheeran|Bruno Mars|Lady Gaga|Katy Perry|Justin Bieber|Ariana Grande|"         \
    "Billie Eilish|Dua Lipa|The Weeknd|Post Malone|Kendrick Lamar|Kanye West|Jay-Z|Snoop Dogg|"    \
    "The Rolling Stones|Pink Floyd|Led Zeppelin|Deep Purple|Black Sabbath|AC/DC|Iron Maiden|"      \
    "Guns N' Roses|Bon Jovi|Aerosmith|Van Halen|Kiss|U2|Oasis|Blur|Pulp|Muse|Gorillaz|The Cure|"   \
    "The Smiths|Joy Division|New Order|Depeche Mode|Pet Shop Boys|Duran Duran|Eurythmics|"         \
    "Fleetwood Mac|The Eagles|The Doors|The Who|The Kinks|The Clash|Sex Pistols|Ramones|Blondie|"  \
    "Talking Heads|The Police|Sting|Genesis|Phil Collins|Peter Gabriel|Kate Bush|Tears for "       \
    "Fears|"                                                                                       \
    "Nina Simone|Ella Fitzgerald|Louis Armstrong|Miles Davis|John Coltrane|Billie Holiday|"        \
    "Frank Sinatra|Dean Martin|Nat King Cole|Aretha Franklin|Ray Charles|Stevie Wonder|"           \
    "Marvin Gaye|Al Green|James Brown|Otis Redding|Tina Turner|Whitney Houston|Mariah Carey"
#define ARTISTS_2                                                                                  \
    "Celine Dion|Shakira|Bad Bunny|Rosal\u00eda|Karol G|Juanes|Man\u00e1|Carlos Santana|"          \
    "Buena Vista Social Club|Caetano Veloso|Gilberto Gil|Jobim|Stromae|\u00c9dith Piaf|"           \
    "Charles Aznavour|Serge Gainsbourg|Air|Phoenix|Justice|Daft Punk|Kraftwerk|Rammstein|"         \
    "Scorpions|Nena|Falco|Bj\u00f6rk|Sigur R\u00f3s|Of Monsters and Men|A-ha|Roxette|"             \
    "Ace of Base|Robyn|The Cardigans|Mando Diao|Nightwish|Apocalyptica|Fela Kuti|Burna Boy|"       \
    "Wizkid|Tems|Youssou N'Dour|Salif Keita|Ali Farka Tour\u00e9|Ladysmith Black Mambazo|"         \
    "Ravi Shankar|A. R. Rahman|Lata Mangeshkar|Arijit Singh|BTS|Blackpink|Twice|IU|Utada Hikaru|"  \
    "X Japan|Babymetal|Fairuz|Umm Kulthum|Tarkan|Sezen "                                           \
    "Aksu|Mozart|Bach|Beethoven|Chopin|Vivaldi|"                                                   \
    "Debussy|Erik Satie|Philip Glass|Ludovico Einaudi|Hans Zimmer|Ennio Morricone|John Williams|"  \
    "Arctic Monkeys|The Killers|The Strokes|Franz Ferdinand|Interpol|Tame Impala|Vampire "         \
    "Weekend|"                                                                                     \
    "Bon Iver|Fleet Foxes|Arcade Fire|The National|Beach House|Florence and the Machine|Lorde|"    \
    "Lana Del Rey|Hozier|Mumford and Sons|The Lumineers|Imagine Dragons|Twenty One Pilots|"        \
    "Linkin Park|Green Day|Blink-182|Red Hot Chili Peppers|Foo Fighters|Pearl Jam|Soundgarden|"    \
    "Rage Against the Machine|Tool|Slipknot|System of a Down|Outkast|Wu-Tang Clan|Nas|Tupac|"      \
    "Missy Elliott|Erykah Badu|Lauryn Hill|Alicia Keys|John Legend|Sade|Norah Jones|Amy Winehouse"
#define TRACKS_1                                                                                   \
    "Bohemian Rhapsody|Dancing Queen|Imagine|Billie Jean|Thriller|Smells Like Teen Spirit|"        \
    "Hotel California|Stairway to Heaven|Wonderwall|Creep|Yellow|Clocks|Fix You|Rolling in the "   \
    "Deep|"                                                                                        \
    "Hello|Someone Like You|Umbrella|Halo|Crazy in Love|Purple Rain|Heroes|Space Oddity|"          \
    "Rocket Man|Tiny Dancer|Piano Man|Like a Rolling Stone|No Woman No Cry|Ring of Fire|"          \
    "Shake It Off|Blank Space|Perfect|Shape of You|Uptown Funk|Bad Romance|Poker Face|Firework|"   \
    "Bad Guy|Levitating|Blinding Lights|Circles|Humble|Paint It Black|Satisfaction|Comfortably "   \
    "Numb|"                                                                                        \
    "Wish You Were Here|Whole Lotta Love|Smoke on the Water|Paranoid|Highway to Hell|Back in "     \
    "Black|"                                                                                       \
    "Thunderstruck|Sweet Child o' Mine|Livin' on a Prayer|Dream On|Jump|With or Without You|One|"  \
    "Song 2|Common People|Starlight|Clint Eastwood|Friday I'm in Love|Blue Monday|"                \
    "Enjoy the Silence|Personal Jesus|West End Girls|Sweet Dreams|Go Your Own Way|Dreams|Riders "  \
    "on the Storm"
#define TRACKS_2                                                                                   \
    "Light My Fire|My Generation|London Calling|Heart of Glass|Psycho Killer|Roxanne|"             \
    "Every Breath You Take|In the Air Tonight|Sledgehammer|Running Up That Hill|Feeling Good|"     \
    "What a Wonderful World|So What|Take Five|Strange Fruit|My Way|Fly Me to the Moon|Respect|"    \
    "Georgia on My Mind|Superstition|Let's Stay Together|Proud Mary|I Will Always Love You|"       \
    "My Heart Will Go On|Hips Don't Lie|La Bamba|Despacito|Gasolina|Chan Chan|Garota de Ipanema|"  \
    "Alors on danse|La vie en rose|Around the World|One More Time|Get Lucky|Du hast|"              \
    "99 Luftballons|Rock Me Amadeus|Take On Me|The Look|The Sign|Lovefool|Waterloo|Mamma Mia|"     \
    "Dynamite|Gangnam Style|Moonlight Sonata|Clair de Lune|The Four Seasons|Mr. Brightside|"       \
    "Seven Nation Army|Last Nite|Take Me Out|The Less I Know the Better|Skinny Love|"              \
    "White Winter Hymnal|Wake Up|Dog Days Are Over|Royals|Summertime Sadness|Take Me to Church|"   \
    "Little Lion Man|Ho Hey|Radioactive|Stressed Out|In the End|Basket Case|Californication|"      \
    "Everlong|Black Hole Sun|Killing in the Name|Chop Suey|Hey Ya|Ms. Jackson|Killing Me Softly|"  \
    "Fallin'|All of Me|Smooth Operator|Valerie|Back to Black|Rehab|Zombie|Torn|Africa|Rosanna|"    \
    "Jingle Bells|Last Christmas|Happy|Roar|Chandelier|Firestone|Titanium|Wake Me Up|Hallelujah|"  \
    "Landslide|Angels|Let It Go|Under Pressure|Vogue|Faith|Footloose|Maniac|Kids|Electric Feel"

/* Made of odd words, so that a title must be copied, not remembered. */
#define MADE_TITLE                                                                                 \
    "<adj> <noun>|<adj> <noun>|The <adj> <noun>|<noun> <prep> (the |my |)<noun>|<verbing> "        \
    "<noun>|"                                                                                      \
    "<verbing> (in|through|with|without|under) <noun>|<noun> and <noun>|<first> <prep> the "       \
    "<noun>|"                                                                                      \
    "(My|Your|Our|No More|Too Many|Half a|Seven|Ninety|One) <noun>|<verb> Me <adv>|Don't <verb> "  \
    "(Me|It|the <noun>|My <noun>)|<adj>|<noun>|<noun>|(Dear|Oh|Goodbye|Hey|Sweet) <first>|"        \
    "(When|Where|If|Until) (We|You|I|They) <verb>|<city>|<city> <noun>|<noun> <noun>|"             \
    "<noun>, <noun>|<nonsense>|<nonsense> <noun>|(Part|Track|Number|Room) "                        \
    "<house.no>|<long.title>|"                                                                     \
    "<long.title>|<long.title>|<foreign.title>|<foreign.title>"

/* Titles of works run long, carry subtitles, or are in another language. */
#define LONG_TITLE                                                                                 \
    "The <adj> <noun> (of|in|from|and) the <noun>|The <noun> of (<city>|<first>|the <adj> "        \
    "<noun>)|"                                                                                     \
    "<noun>: (The|A) (<adj> <noun>|<noun> <prep> <noun>|Life of <first> <last>|History of "        \
    "<thing.plural>|Story of <first>)|<noun>: <verbing> the <noun> <prep> <city>|(How|Why|What) "  \
    "(I|We|You|to) <verb> the <noun>|<noun>, <noun> and (You|Me|<noun>)|When I Was <verbing> "     \
    "in <city>|(The Best of|An Evening with|The Essential|Songs from|Letters to|The Art of)"       \
    " <noun>|<first> <last> (Sings|Plays|Reads|Remembers) the <adj> <noun>s|(Atlas|"               \
    "Encyclopedia|Handbook|Companion) of (the |)<adj> <thing.plural>|<number.cap> (<adj> "         \
    "<noun>s|"                                                                                     \
    "Days in <city>|Nights of <noun>)|The <last> (Chronicles|Papers|Affair|Identity|Conspiracy|"   \
    "Legacy)|<noun>s of the <noun>|(When|Until|Before|After) the <noun> (Is|Was) <adj>|The "       \
    "<city> (Times|Tribune|Review|Observer)|<adj> <noun>, <adj> <noun>|(You|We|They|I) "           \
    "(Can't|Won't|"                                                                                \
    "Will|Never|Always) <verb> (the <noun>|Me|It <adv>)|<noun> (II|III|2|3: The <noun>)|<noun> "   \
    "& <noun>|(The |)<adj> <noun> (Soundtrack|Collection|Anthology|Live|Trilogy)"
#define FOREIGN_TITLE                                                                              \
    "(La|Mi|Una|Tu|Por la) (noche|casa|luna|vida|sombra|ciudad|piedra|rosa)( de "                  \
    "<nonsense>| azul| del mar| sin ti| perdida|)|(Mein|Kein|Dein|Ein) (Traum|Fenster|"            \
    "Himmel|Licht|Schatten|Garten|Morgen)( am See| im Winter| ohne Ende|)|(Le|Un|Mon|Sans) "       \
    "(soir|jardin|nuage|chemin|matin|silence|rivage)( bleu| de <nonsense>| perdu|)|(O|Meu|Sem) "   \
    "(mar|tempo|vento|sol|cais)( de <nonsense>| azul|)|(Il|Un|Senza|Mio) (vento|"                  \
    "cielo|sogno|mare|giorno)( di <nonsense>| lontano|)|<nonsense> (no|wa|ka) <nonsense>"

#define MADE_BAND                                                                                  \
    "The <adj> <noun>s|The <noun>s|<adj> <noun>|<noun> <noun>|<first> <last>|<first> <last>|"      \
    "<first> <last>|<first> and the <noun>s|DJ <nonsense>|DJ <noun>|<nonsense>|<nonsense>|"        \
    "<first> <noun>|The <last> (Brothers|Sisters|Trio|Quartet|Band|Orchestra)|MC <nonsense>|Lil "  \
    "<noun>|"                                                                                      \
    "<noun> <prep> <noun>|<last> and <last>|the <noun>s|<nonsense> <nonsense>|Young <noun>|"       \
    "Los <nonsense>|<city> <noun> (Club|Band|Choir|Collective|Ensemble)|<noun>core|<house.no> "    \
    "<noun>s"

const hone_words hone_words_music[] = {
    { "artist", ARTISTS_1 "|" ARTISTS_2 },
    { "track", TRACKS_1 "|" TRACKS_2 },
    { "band", MADE_BAND },
    { "title", MADE_TITLE },
    { "adj", "Silent|Crimson|Broken|Velvet|Hollow|Golden|Wicked|Drowsy|Electric|Scrappy|Fuzzy|"
             "Bitter|"
             "Restless|Paper|Neon|Frozen|Crooked|Tender|Feral|Amber|Rusty|Plastic|Gentle|Quiet|"
             "Reckless|Lonesome|Sugar|Midnight|Wobbly|Ancient|Brittle|Distant|Dizzy|Faded|Grumpy|"
             "Hidden|Icy|Jagged|Kindred|Lucid|Mellow|Naked|Odd|Pale|Quick|Ragged|Shallow|Thirsty|"
             "Untold|Violet|Wandering|Young|Zealous|Catchy|Clumsy|Sleepy|Savage|Humble|Tangled|"
             "Northern" },
    { "noun", "Whisper|Harbor|Lantern|Engine|Mirror|Thunder|Orchid|Gravel|Compass|Feather|Pigeon|"
              "Satellite|Cinder|Marble|Ember|Tornado|Cathedral|Puddle|Anchor|Basement|Ladder|"
              "Canyon|"
              "Lullaby|Otter|Pebble|Quarry|Riddle|Saddle|Tunnel|Umbrella|Valley|Window|Yarn|"
              "Zeppelin|"
              "Avalanche|Bramble|Chimney|Dagger|Elbow|Fountain|Goblin|Hazel|Igloo|Jigsaw|Kettle|"
              "Lobster|Meadow|Needle|Oyster|Parade|Quilt|Raven|Staircase|Thimble|Voyage|Walrus|"
              "Arcade|Blossom|Comet|Dolphin|Echo|Fever|Glacier|Horizon|Island|Jungle|Kingdom|"
              "Lemon" },
    { "verb", "Follow|Remember|Carry|Forget|Shake|Lose|Wake|Leave|Tell|Hold|Break|Drive|Catch|"
              "Paint" },
    { "verbing", "Chasing|Burning|Falling|Leaving|Dancing|Waiting|Counting|Breathing|Running|"
                 "Losing|"
                 "Sleeping|Painting|Drowning|Stealing|Counting|Talking|Dreaming" },
    { "adv", "Slowly|Tomorrow|Tonight|Gently|Down|Away|Home|Forever|Again|Sideways" },
    { "prep", "of|in|under|without|over|beyond|for|from|on|after|against|behind" },
    { "nonsense", "Zorblat|Kivanu|Plimso|Quarx|Tumbelo|Vashti|Ondoray|Brizzle|Feodora|Glimdrop|"
                  "Hexaline|Jukari|Lumo|Mirtazo|Nebbiolo|Okapi Sun|Pralinka|Rusalka|Skelv|Tovarna|"
                  "Ulvang|Wexomi|Xandria|Yumetsu|Zephyrine|Aldrovanda|Bokeh|Catnapper|Drumble|"
                  "Effni|"
                  "Grinzing|Holubica|Ixtapan|Jabberwock|Krokodil|Ljosalfar|Mazurek|Nachtigall|"
                  "Ouroboros|"
                  "Pomplamoose|Quillon|Rakija|Sopor|Tchaika|Umbra|Vuvuzela|Wanderlust|Yggdra|"
                  "Zapoteca" },
    { "long.title", LONG_TITLE },
    { "foreign.title", FOREIGN_TITLE },
    { "number.cap", "Two|Three|Four|Five|Six|Seven|Nine|Ten|Twelve|Twenty|Hundred" },
    { "thing.plural", "Birds|Rivers|Words|Trains|Mountains|Machines|Stars|Gardens|Languages|Ships|"
                      "Kings|Bridges|Insects|Mathematics|Medicine|Nations|Storms" },
    { "k.artist", "<artist>|<artist>|<artist>|<artist>|<band>|<band>|<first> <last>|<first> "
                  "<nonsense>" },
    { "k.artist.known", "<artist>" },
    { "k.artist.band", "<artist>|<band>|<band>" },
    { "k.track", "<track>|<track>|<track>|<title>|<title>" },
    { "k.track.known", "<track>" },
    { "k.album", "<title>|<title>|(Greatest Hits|Abbey Road|Nevermind|Rumours|Thriller|Back to "
                 "Black|"
                 "Kind of Blue|OK Computer|Discovery|The Wall|Graceland|Unplugged|Live in <city>|"
                 "The Best of <artist>|Volume (1|2|3|4))" },
    { "k.playlist", "<plist>" },
    { "plist",
      "(Morning|Sunday|Friday|Monday|Evening|Late Night|Summer|Winter|Autumn|Rainy Day|Road "
      "Trip|Kitchen|Office|Gym|Beach|Dinner|Breakfast|Campfire|Study|Sleep|Yoga|Workout|Party|"
      "Wedding|Birthday|Halloween|Christmas|Train|Garden|Shower|Drive|Baby|Coding) "
      "(Mix|Vibes|Beats|Songs|Jams|Grooves|Hits|Tunes|Session|Mood|Anthems|Classics|Chill|Energy)|"
      "(chill|focus|sleep|gym|party|running|study|cooking|driving|cleaning|oldies|throwback|kids|"
      "lo-fi|indie|salsa|reggae|techno|country|deep house|90s|80s|piano|acoustic|dad rock|metal) "
      "(mix|vibes|beats|songs|jams|favorites|stuff|classics|tunes)|"
      "<first>'s (mix|birthday|favorites|jams|wedding|party|running mix)|"
      "(focus|workout|chill out|gym|sleepy time|favorites|running|road trip|deep focus|cooking|"
      "Discover Weekly|Liked Songs|Top 50|Release Radar|Daily Mix 1|summer 2019|Best of 2020|sad "
      "girl hours|"
      "wind down|cool down|throwback thursday|old school|car songs|k-pop|slow mornings|date night)|"
      "<adj> <noun>s|<noun> <noun>|(100|50|20) (Hits|Jazz Classics|Rock Ballads|Piano Pieces)|"
      "songs for (cooking|crying|the rain|long drives|the bath|work|two)|music to "
      "(dance|cook|think|wake up) to|"
      "(Dance|Indie|Latin|Jazz|Soul|Rock|Folk|Punk|Blues|Classical) (Party|Essentials|Forever|"
      "Lounge|Nights|Coffeehouse|Workout|Legends)|<title>|(the best of|all about|simply) "
      "<artist>|(Top|top|Best|best) (10|20|50|100) <k.genre> (songs|tracks|hits|tunes)( on "
      "<k.service>| <date.year>|)|(best|sounds|songs|music) of the (60s|80s|90s|year|"
      "summer)|<k.genre> <date.year>|new <k.genre> (fridays|releases|voices)|<k.genre> (for|and) "
      "(<k.genre>|studying|sleep|babies)|<foreign.title>|the sound of <city>|<city> "
      "(nights|sounds|calling)|<noun> (radio|sounds|studio)|<adj> <k.genre>" },
    { "k.playlist.name", "<plist>" },
    { "k.genre", "jazz|rock|pop|techno|reggae|blues|classical|folk|metal|punk|soul|funk|disco|"
                 "salsa|"
                 "hip hop|house|country|ambient|gospel|opera|bossa "
                 "nova|swing|ska|grunge|indie|lo-fi|"
                 "trance|dubstep|bluegrass|flamenco|samba|merengue|afrobeat|chiptune|synthpop|trap|"
                 "electronica|r&b|latin|bachata|celtic|emo|hard rock|new age|rockabilly|zydeco|"
                 "drum and bass|acid jazz|heavy metal|pop rock|world music|choral|rap" },
    { "k.service", "Spotify|Deezer|iTunes|YouTube|Pandora|Last.fm|SoundCloud|Tidal|Netflix|Google "
                   "Music|"
                   "Apple Music|Groove Shark|Slacker|Vimeo|Zvooq|Lastfm|IHeartRadio|Napster|Qobuz|"
                   "Amazon Music|Bandcamp|Mixcloud|TuneIn|Youtube" },
    { "k.year", "(19(50|60|70|80|90|54|58|63|67|69|72|75|77|79|81|84|86|88|91|95|97|99)|"
                "20(00|02|03|05|08|09|10|11|13|14|15|16|17|18))|(fifties|sixties|seventies|"
                "eighties|nineties|twenties|thirties)|(50s|60s|70s|80s|90s|2000s|1980s|1990s)" },
    { "k.music_item", "song|track|album|tune|artist|soundtrack|record|ep|single|symphony|concerto|"
                      "band" },
    { "k.music_item.song", "song|track|tune|single|song|track" },
    { "k.music_item.disc", "album|record|ep|soundtrack|album|album" },
    { "k.work", "<title>|<title>|<title>|The <noun>'s <noun>|Another <adj> <noun>|The "
      "<noun> of <city>|"
                "<first> and the <noun>|<title>: <noun>|The Last <noun>|<noun> Nights|<last> "
                "Street" },
    { "k.work_type", "book|novel|tv show|song|game|picture|painting|movie|album|TV "
                     "series|saga|photograph|"
                     "video game|television show|trailer|soundtrack|program|play|poem" },
    { "k.book_type", "book|novel|essay|textbook|book|album|story|comic|novel|poem" },
    { NULL, NULL }
};
