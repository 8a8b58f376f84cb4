/* Where people go: addresses, shops, sights, venues, cities, regions, countries. */
#include "datagen/words.h"

#define CITIES_1                                                                                   \
    "Berlin|Paris|London|Madrid|Rome|Vienna|Prague|Warsaw|Lisbon|Dublin|Oslo|Stockholm|Helsinki|"  \
    "Copenhagen|Amsterdam|Brussels|Zurich|Geneva|Athens|Istanbul|Cairo|Nairobi|Lagos|Accra|Dakar|" \
    "Cape Town|Mumbai|Delhi|Chennai|Kolkata|Dhaka|Karachi|Bangkok|Hanoi|Manila|Jakarta|Seoul|"     \
    "Tokyo|Osaka|Kyoto|Beijing|Shanghai|Taipei|Sydney|Melbourne|Perth|Auckland|Toronto|Montreal|"  \
    "Vancouver|Chicago|Boston|Seattle|Denver|Austin|Houston|Dallas|Atlanta|Miami|Phoenix|Detroit|" \
    "Portland|Nashville|New Orleans|San Diego|San Francisco|Los Angeles|New York|Philadelphia|"    \
    "Mexico City|Bogota|Lima|Quito|Santiago|Buenos Aires|Montevideo|Rio de "                       \
    "Janeiro|Havana|Kingston"
#define CITIES_2                                                                                   \
    "Graz|Linz|Basel|Lucerne|Bern|Ghent|Bruges|Antwerp|Utrecht|Leiden|Delft|Groningen|The Hague|"  \
    "Aarhus|Odense|Bergen|Tromso|Gothenburg|Malmo|Uppsala|Tampere|Turku|Tallinn|Riga|Vilnius|"     \
    "Gdansk|Krakow|Wroclaw|Lodz|Brno|Ostrava|Bratislava|Budapest|Szeged|Cluj|Iasi|Sofia|Varna|"    \
    "Skopje|Split|Zadar|Ljubljana|Maribor|Trieste|Turin|Bologna|Pisa|Lecce|Palermo|Bari|Seville|"  \
    "Granada|Bilbao|Girona|Porto|Faro|Braga|Lyon|Nantes|Lille|Rouen|Dijon|Metz|Nancy|Toulouse|"    \
    "Leeds|York|Bath|Hull|Exeter|Cardiff|Swansea|Cork|Galway|Aberdeen|Dundee|Inverness|Bremen|"    \
    "Dresden|Leipzig|Kassel|Ulm|Freiburg|Mainz|Aachen|Bonn|Essen|Hanover|Rostock|Boise|Tulsa|"     \
    "Omaha|Reno|Tucson|El Paso|Savannah|Madison|Fargo|Duluth|Albany|Buffalo|Ithaca|Burlington|"    \
    "Santa Fe|Flagstaff|Spokane|Eugene|Sacramento|Fresno|Oakland|Pasadena|Santa Monica|Long Beach"
#define REGIONS                                                                                    \
    "Texas|Ohio|Utah|Iowa|Maine|Oregon|Nevada|Kansas|Florida|Georgia|Vermont|Montana|Idaho|"       \
    "Arizona|Alaska|Hawaii|California|Colorado|Minnesota|Wisconsin|Michigan|Indiana|Illinois|"     \
    "Kentucky|Tennessee|Alabama|Louisiana|Arkansas|Missouri|Oklahoma|Nebraska|Virginia|Maryland|"  \
    "Delaware|New Jersey|New Mexico|New Hampshire|Rhode Island|Connecticut|Massachusetts|"         \
    "North Dakota|South Dakota|North Carolina|South Carolina|West Virginia|Washington|Wyoming|"    \
    "Bavaria|Tuscany|Ontario|Quebec|Queensland|Mississippi|Pennsylvania|NY|TX|CA|FL|OH|MT|AZ|NJ"
#define COUNTRIES                                                                                  \
    "Brazil|Chile|Peru|Bolivia|Ecuador|Colombia|Mexico|Cuba|Jamaica|Haiti|Canada|Iceland|Norway|"  \
    "Sweden|Finland|Denmark|Estonia|Latvia|Lithuania|Poland|Germany|France|Spain|Portugal|Italy|"  \
    "Austria|Switzerland|Hungary|Romania|Bulgaria|Greece|Turkey|Cyprus|Malta|Croatia|Serbia|"      \
    "Slovenia|Albania|Ukraine|Georgia|Armenia|Israel|Jordan|Egypt|Morocco|Tunisia|Algeria|Sudan|"  \
    "Ethiopia|Kenya|Uganda|Tanzania|Zambia|Ghana|Nigeria|Senegal|Mali|Angola|Namibia|Botswana|"    \
    "South Africa|Madagascar|India|Nepal|Bhutan|Sri Lanka|Pakistan|Bangladesh|Thailand|Vietnam|"   \
    "Laos|Cambodia|Malaysia|Singapore|Indonesia|the Philippines|China|Mongolia|South "             \
    "Korea|Japan|"                                                                                 \
    "Australia|New Zealand|Fiji|Samoa|the Netherlands|Ireland|Costa Rica|El Salvador|Burkina Faso"

#define STREET_NAMES                                                                               \
    "Main|Oak|Elm|Maple|Cedar|Pine|Park|Church|School|Station|High|Mill|Bridge|River|Lake|Hill|"   \
    "Market|Garden|King|Queen|Victoria|Washington|Lincoln|Franklin|Jefferson|Madison|Castle|"      \
    "Harbor|Chapel|Orchard|Willow|Birch|Chestnut|Meadow|Sunset|Spring|Highland|Ridge|Valley|"      \
    "Cherry|Walnut|Magnolia|Juniper|Canal|Abbey|Baker|Fleet|Rosewood|Mulberry|Foxglove|Quarry"
#define SHOPS                                                                                      \
    "pharmacy|supermarket|bakery|gas station|petrol station|bank|post office|hospital|library|"    \
    "police station|ATM|hardware store|bookstore|bookshop|coffee shop|car wash|florist|butcher|"   \
    "parking garage|charging station|grocery store|laundromat|barber|hairdresser|pet store|vet|"   \
    "bus stop|subway station|metro station|tram stop|taxi stand|toilet|pizza place|playground|"    \
    "drugstore|mall|cinema|movie theater|gym|swimming pool|ice cream shop|garden center|pub|"      \
    "dentist|urgent care|emergency room|shoe store|bike shop|car park|mechanic|hotel|hostel|"      \
    "campsite|bar|sushi place|burger joint|taco truck|optician|toy store|electronics store"
#define SPOTS                                                                                      \
    "airport|train station|central station|main station|bus station|harbor|harbour|port|ferry|"    \
    "museum|art museum|science museum|stadium|zoo|aquarium|city hall|town hall|cathedral|castle|"  \
    "old town|city center|city centre|market square|flea market|farmers market|fairgrounds|"       \
    "beach|lake|river|waterfall|lighthouse|park|botanical garden|forest|viewpoint|cemetery|"       \
    "university|campus|high school|kindergarten|office|courthouse|embassy|theater|theatre|opera|"  \
    "concert hall|ice rink|skate park|golf course|tennis courts|climbing gym|observatory|temple|"  \
    "mosque|synagogue|church|border|summit|trailhead|ski lift|recycling center|town library|"      \
    "conference center|convention center|hotel|clinic|rehearsal room|community center|youth club"
#define SIGHTS                                                                                     \
    "the ~Eiffel Tower|Times Square|Big Ben|the ~Brandenburg Gate|the ~Golden Gate Bridge|"        \
    "Hyde Park|the ~Louvre|the ~Colosseum|Mount Fuji|Niagara Falls|the ~Grand Canyon|Gate B12|"    \
    "Yosemite|Buckingham Palace|the ~Taj Mahal|Trafalgar Square|Alexanderplatz|Checkpoint "        \
    "Charlie|"                                                                                     \
    "the ~Sagrada Familia|Plaza Mayor|Schonbrunn|the ~Prater|Union Station|Grand Central|"         \
    "Penn Station|Gare du Nord|King's Cross|Paddington|Heathrow|JFK|O'Hare|Schiphol|Gatwick|"      \
    "Wembley|Camp Nou|the ~Opera House|Bondi Beach|Venice Beach|Lombard Street|Fisherman's "       \
    "Wharf|"                                                                                       \
    "Terminal 2|terminal five|Pier 7|Exit 14|platform 9|Building C|Hall 4|Dock 12|Gate 21|"        \
    "IKEA|Walmart|Target|Costco|Aldi|Lidl|Starbucks|McDonald's|Burger King|Home Depot|Best Buy|"   \
    "Trader Joe's|Whole Foods|Tesco|Decathlon|the ~Apple Store|Subway|KFC|Taco Bell|7-Eleven"

#define MADE_PLACES                                                                                \
    "(Cafe|Bistro|Hotel|Pension|Villa|Bar|Trattoria|Osteria|Casa|Club) "                           \
    "(<first>|Luna|Aurora|Central|Verdi|Sol|Miramar|Bellevue|Astoria|Nova|Lotus|Mistral|Fuego)|"   \
    "The (Rusty|Golden|Silver|Laughing|Hungry|Blue|Red|Crooked|Drunken|Lazy|Velvet) "              \
    "(Anchor|Fox|Lion|Spoon|Duck|Heron|Kettle|Bicycle|Barrel|Moon|Owl|Goat|Lantern)|"              \
    "<last>'s (Diner|Grill|Bakery|Garage|Books|Tavern|Deli)|<first>'s (Diner|Place|Kitchen|Bar)|"  \
    "(Saint|St.) (Mary's|Paul's|Peter's|Anne's|John's) (Church|Hospital|School|Square)|"           \
    "(Riverside|Lakeside|Northgate|Westfield|Eastwood|Southpark|Hillcrest|Brookfield) "            \
    "(Mall|Park|Clinic|Center|Arena|Station|School|Cinema|Golf Club)|"                             \
    "(North|South|East|West|Upper|Lower|Old|New) <street> (Park|Bridge|Market|Square|Cemetery)"

const hone_words hone_words_places[] = {
    { "city", CITIES_1 "|" CITIES_2 },
    { "region", REGIONS },
    { "country", COUNTRIES },
    { "street", STREET_NAMES },
    { "shop", SHOPS },
    { "spot", SPOTS },
    { "venue", MADE_PLACES },
    { "house.no", "1|3|5|7|8|9|11|12|14|16|17|19|21|22|23|26|27|29|31|33|38|40|42|45|48|52|57|64|"
                  "73|77|80|88|95|99|101|110|112|124|136|150|166|178|205|221|240|318|402|517|640|"
                  "1024|1200|2350|3b|12a|15c|4 1/2" },
    { "addr", "<house.no> <street> (Street|Street|Road|Avenue|Lane|Drive|Way|Court|Boulevard|"
              "Place|Terrace|Square|St|Ave|Rd)|<street> (Street|Road|Lane|Avenue) <house.no>|"
              "<house.no> (North|West|East|South) <street> (Street|Avenue)|"
              "<house.no> <street> (Street|Road|Avenue) (in|in|near) <city>|"
              "<street> (Street|Avenue) and <street>|<first>strasse <house.no>|"
              "(rue|Via|Calle|Avenida|Rua) (de la |del |)<last> <house.no>|<house.no>th "
              "(Street|Avenue)" },
    { "leisure", "bowling alley|escape room|roller rink|shooting range|arcade|wine bar|bike shop|"
                 "community hall|dance school|music school|rehearsal space|vet clinic|farm shop|"
                 "boat house|riding school|beer garden|tea house|planetarium|jazz club|comedy club|"
                 "fire station|print shop|yoga studio|climbing hall|allotment|skate park" },
    { "loc.adj", "old|new|big|little|main|local|city|public|downtown|old stone|upper|village|"
                 "covered|red|second|east" },
    { "loc.more", "the ~<leisure>|the ~<leisure>|the ~<loc.adj> <spot>|the ~<loc.adj> "
                  "<leisure>|the "
                  "~(italian|thai|greek|new|french|indian|tiny) (place|restaurant|cafe|bar)|the "
                  "~<loc.adj> (school|bridge|office|house|garden)|the ~<first> "
                  "(room|hall|building)" },
    { "near", "nearest|closest|next|nearest|closest|cheapest" },
    { "friend.place", "<first>'s "
                      "(house|place|apartment|flat|party|studio|garage|work|office|cabin)|"
                      "<kin.name>'s|<kin.name>'s (place|house)|my "
                      "~(mom's|sister's|brother's|grandma's|parents'|dad's|aunt's|uncle's) "
                      "(place|house|flat|apartment)|my ~(dentist|hotel|office|gym|school|car|old "
                      "school|"
                      "dorm|hairdresser|apartment|doctor|parking spot)|the ~<last>s|<first>'s" },
    { "k.place", "the ~<near> <shop>|the ~<near> <shop>|a* ~<shop>|the ~<spot>|the ~<spot>|the "
                 "~<spot>|"
                 "<city>|<city>|<city>|<addr>|<addr>|<addr>|<venue>|<venue>|<sight>|<sight>|"
                 "<friend.place>|<friend.place>|the ~<spot> in <city>|(the ~<shop> on <street> "
                 "(Street|"
                 "Road)|the ~<shop> (near|by|next to) the <spot>)|!~home|work|<venue> in <city>|"
                 "<country>|the ~<city> (airport|station|zoo|Cathedral)|<city>, <region>|a* "
                 "~<near.adj> <shop>|"
                 "!~downtown" },
    { "near.adj", "vegan|good|24 hour|late night|quiet|cheap|kosher|halal|dog friendly" },
    { "k.place.near", "the ~<near> <shop>|a* ~<shop>" },
    { "k.place.named", "<city>|<addr>|<addr>|<venue>|<sight>|<first>'s "
                       "(house|place|apartment|flat)|<city>" },
    { "k.place.spot", "the ~<spot>|the ~<spot>|the ~<shop>|my ~(office|hotel|gym|dorm|school)|the "
                      "~<city> (airport|station)|the ~<near> <shop>" },
    { "sight", SIGHTS },
    { "k.venue", "<venue>" },
    { "k.city", "<city>|<city>|<town>" },
    { "town", "(North|South|West|East|New|Old|Upper|Little) <last>|(Port|Fort|Lake|Mount|Saint) "
              "<last>|<last>(ville|ton|burg|field| Falls| Springs| Beach| City| Hills| Park| "
              "Island|dale|wood|port)|(White|Red|Clear|Stony|Pine|Oak|Cedar|Maple) "
              "(Rock|River|Creek|Ridge|Grove|Lake|Point)|(Oak|Elm|Stone|Clay|Spring|Mill)"
              "(ridge|wood|ford|ville|dale|haven)" },
    { "k.region", "<region>|<region>|<region>|<region.more>" },
    { "region.more", "AK|AL|AR|CO|CT|DE|GA|HI|IA|ID|IL|KS|KY|LA|MA|MD|ME|MI|MN|MO|MS|NC|ND|NE|NH|"
                     "NM|NV|OK|OR|PA|RI|SC|SD|TN|UT|VA|VT|WA|WI|WV|WY|D.C.|Puerto Rico|American "
                     "Samoa|Alberta|British Columbia|Andalusia|South Dakota" },
    { "k.country", "<country>|<country>|<country>|<country.more>" },
    { "country.more", "Afghanistan|Andorra|Argentina|Azerbaijan|Bahrain|Barbados|Belarus|Belize|"
                      "Benin|Brunei|Burundi|Cameroon|Chad|Comoros|Djibouti|Dominica|Eritrea|Gabon|"
                      "Gambia|Grenada|Guatemala|Guinea|Guyana|Honduras|Iraq|Ivory Coast|"
                      "Kazakhstan|Kiribati|Kuwait|Kyrgyzstan|Lebanon|Lesotho|Liberia|Libya|"
                      "Luxembourg|Malawi|Maldives|Mauritius|Moldova|Monaco|Mozambique|Myanmar|"
                      "Nicaragua|Niger|Oman|Panama|Paraguay|Qatar|Russia|Rwanda|Saudi Arabia|"
                      "Slovakia|Somalia|Suriname|Syria|Tajikistan|Togo|Tonga|Trinidad and Tobago|"
                      "Turkmenistan|Tuvalu|Ukraine|Uruguay|Uzbekistan|Vanuatu|Venezuela|Yemen|"
                      "Zimbabwe|the United States|the United Kingdom|North Korea|Czechia" },
    { "k.poi", "the ~<spot>|<sight>|<venue>|<street> (Park|Bridge|Square|Av|Avenue|St|Road)|the "
               "~(airport|station)|(my|our) (house|home|office|school|hotel)|<first>'s "
               "(house|place|work)|(District|Quarter|Port|Old Town) of <last>" },
    { "k.nature", "<street> (National Park|Lake|Canyon|State Park|Nature Reserve|Island|Falls|"
                  "Mountain|Creek|Wildlife Refuge|Forest|Bay)|Mount <last>|Lake <last>|Yosemite|"
                  "<last> (Island|National Park|Bay|State Forest|Conservation Area)|"
                  "(North|South|Upper|Lower) <last> (Wilderness|Preserve|State Beach)|<last> "
                  "(Recreation Area|Historic Site|Memorial Park|National Monument)|<nonsense> "
                  "(National Forest|Nature Park)" },
    { "k.location", "the ~<spot>|<loc.more>|<loc.more>|<venue>|<venue>|<addr>|<first>'s "
                    "(place|house|"
                    "apartment|garden)|the ~<shop>|<city>|the ~(gym|office|clinic|library|canteen|"
                    "cafeteria|main building|rooftop|lobby|gallery|school hall|meeting room|chapel|"
                    "garden|club house|yoga studio|sports hall|community center|park|town hall)|"
                    "<sight>|my ~(place|house|office|parents' house)|<street> "
                    "(Hall|Park|House|School)|"
                    "(Zoom|Teams|Skype)|(room|Room|hall|Hall|studio|Studio) (<house.no>|A|B|C|D)" },
    { "k.location.bare", "<venue>|<venue>|<addr>|<addr>|(room|Room|hall|studio) "
                         "(<house.no>|A|B|C)|<city>|<street> (Hall|Park|House|School)|"
                         "(Zoom|Teams)|town hall|city library|<first>'s "
                         "(place|house|apartment|garden)|main building|<sight>|community center|"
                         "sports hall|main office|conference room|school gym" },
    { "k.location.in", "<loc.more>|room <house.no>|(room|Room|hall|studio) "
                       "(<house.no>|A|B|C)|<city>|the "
                       "~(library|"
                       "canteen|lobby|main building|school hall|meeting room|garden|park|gym|town "
                       "hall|"
                       "conference room|old brewery|chapel|studio)|<street> Park|building "
                       "<house.no>|"
                       "<street> (Hall|House)" },
    { "k.location.at", "<venue>|<venue>|<loc.more>|<loc.more>|<loc.more>|<loc.more>|<addr>|<first>'"
                       "s "
                       "(place|house|apartment|garden)|the ~(gym|"
                       "office|clinic|club house|sports hall|community center|harbor|stadium|lake|"
                       "airport|museum|church|school|station|beach|town hall|cinema|pub|theater)|"
                       "<sight>|my ~(place|office|parents' house)|<street> (Hall|School|Station)" },
    { NULL, NULL }
};
