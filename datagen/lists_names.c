/* People, firms, e-mail addresses and phone numbers. */
#include "datagen/words.h"

#define FIRST_1                                                                                    \
    "Anna|Ben|Carla|David|Emma|Felix|Greta|Henry|Ines|Jack|Karen|Leo|Mia|Nina|Oscar|Paula|Quinn|"  \
    "Rosa|Sam|Tina|Umut|Vera|Will|Xavier|Yara|Zoe|Aaron|Bella|Chris|Daisy|Ethan|Fiona|George|"     \
    "Hazel|Isaac|Julia|Kevin|Lucy|Mark|Nora|Owen|Peter|Rachel|Steve|Tom|Ursula|Victor|Wendy|Adam|" \
    "Alice|Brian|Claire|Daniel|Eva|Frank|Grace|Harry|Ivy|James|Kate|Liam|Maggie|Nathan|Olive|"     \
    "Paul|"                                                                                        \
    "Rob|Sarah|Tim|Violet|Walter|Abby|Becky|Cody|Dylan|Ella|Gary|Heather|Ian|Jenny|Kyle|Laura|"    \
    "Matt|Natalie|Phil|Ruth|Sean|Tracy|Vince|Megan|Josh|Hannah|Luke|Molly|Ryan|Zach|Amber|Blake|"  \
    "Chloe|Derek|Erin|Gavin|Holly|Jared|Kim|Logan|Monica|Neil|Pam|Rick|Stella|Todd|Wes|Linda|Ted"
#define FIRST_2                                                                                    \
    "Aisha|Bilal|Chidi|Dalia|Emeka|Fatima|Gamal|Hadiya|Ibrahim|Jamila|Khalid|Layla|Mustafa|Nadia|" \
    "Omar|Rania|Salim|Tariq|Umar|Wafa|Yusuf|Zainab|Abebe|Amara|Adaeze|Babatunde|Chiamaka|Folake|"  \
    "Kwame|Kofi|Ngozi|Oluwaseun|Sipho|Thandiwe|Wanjiru|Zola|Akira|Haruto|Keiko|Kenji|Mei|Naoko|"   \
    "Ren|Sakura|Takeshi|Yuki|Hiroshi|Ayumi|Bao|Chen|Fang|Guo|Hui|Jing|Lan|Li Wei|Ming|Qiang|"      \
    "Xiu|Yan|Zhen|Hyun|Jisoo|Min-jun|Soo-jin|Seo-yeon|Dae-hyun|Anh|Duc|Hoa|Linh|Minh|Phuong|Thuy|" \
    "Tuan|Arjun|Ananya|Deepak|Divya|Gaurav|Indira|Kavya|Lakshmi|Manoj|Neha|Priya|Rahul|Rohan|"     \
    "Sanjay|Shreya|Sunita|Vijay|Aditi|Pooja|Farhan|Gulnara|Aigerim|Nurlan|Bolat|Rustam|Dilshod"
#define FIRST_3                                                                                   \
    "Alejandro|Beatriz|Camila|Diego|Esteban|Fernanda|Gonzalo|Hector|Isabela|Joaquin|Lucia|Mateo|" \
    "Natalia|Octavio|Paloma|Rafael|Sofia|Tomas|Valentina|Ximena|Jos\u00e9|In\u00eas|Jo\u00e3o|"   \
    "Thiago|Larissa|Bruno|Agnieszka|Bartosz|Dorota|Ewa|Grzegorz|Jacek|Kasia|Marek|Pawe\u0142|"    \
    "Zofia|Bohdan|Dmitri|Galina|Igor|Katya|Lev|Mikhail|Natasha|Oksana|Pavel|Sergei|Svetlana|"     \
    "Tatiana|Vladimir|Yelena|Andrei|Bogdan|Ioana|Mihai|Radu|Simona|Zoltan|Istv\u00e1n|Katalin|"   \
    "Jana|Ond\u0159ej|Milo\u0161|Dragan|Jelena|Luka|Mirela|Goran|Vesna|Ana|Eleni|Giorgos|Nikos|"  \
    "Panagiotis|Despina|Aylin|Burak|Deniz|Elif|Mehmet|Selin|Yasemin|Avi|Miriam|Noa|Shira|Yael|"   \
    "Anders|Astrid|Bj\u00f6rn|Freja|Gunnar|Ingrid|Jens|Kirsten|Lars|Maja|Nils|Oskar|Sigrid|Sven|" \
    "Aino|Eero|Mika|P\u00e4ivi|Ville|Annika|Bart|Femke|Joost|Lotte|Pieter|Sanne|Wouter|Dieter|"   \
    "Friedrich|Gisela|Heike|J\u00fcrgen|Klaus|Liesel|Matthias|Renate|Uwe|Wolfgang|Am\u00e9lie|"   \
    "Bastien|C\u00e9line|\u00c9tienne|Fran\u00e7ois|Genevi\u00e8ve|Hugo|Luc|Margaux|Pascal|"      \
    "Solange|Thierry|Alessandro|Bianca|Chiara|Dario|Federica|Giulia|Lorenzo|Marco|Ornella|Paolo|" \
    "Siobhan|Niamh|Aoife|Declan|Eoin|Rhys|Gwen|Angus|Callum|Isla|Eilidh|Keanu|Leilani|Moana|Tane"
#define LAST_1                                                                                    \
    "Smith|Johnson|Brown|Taylor|Miller|Wilson|Moore|Anderson|Thomas|Jackson|White|Harris|Martin|" \
    "Thompson|Clark|Lewis|Walker|Hall|Young|King|Wright|Scott|Green|Baker|Adams|Nelson|Carter|"   \
    "Mitchell|Turner|Phillips|Campbell|Parker|Evans|Edwards|Collins|Stewart|Morris|Cook|Rogers|"  \
    "Murphy|Bailey|Cooper|Reed|Kelly|Howard|Ward|Brooks|Gray|Bennett|Wood|Barnes|Ross|Price|"     \
    "Fisher|Stone|Hughes|Foster|Hayes|Palmer|Grant|Marsh|Fox|Burke|Doyle|O'Connor|O'Brien|McKay|" \
    "MacLeod|Fitzgerald|Pemberton|Ashworth|Blackwood|Winslow|Thornbury|Hollis|Vance|Whitaker"
#define LAST_2                                                                                    \
    "Garcia|Martinez|Lopez|Gonzalez|Hernandez|Ruiz|Ortega|Silva|Souza|Pereira|Costa|Almeida|"     \
    "Rossi|Bianchi|Ferrari|Esposito|Ricci|Moretti|Conti|M\u00fcller|Schmidt|Weber|Wagner|Becker|" \
    "Hoffmann|Zimmermann|Kr\u00fcger|Vogel|Steiner|Dubois|Laurent|Moreau|Girard|Lef\u00e8vre|"    \
    "Fontaine|Mercier|van Dijk|de Vries|Jansen|Bakker|Visser|Hansen|Larsen|Nilsson|Lindqvist|"    \
    "Virtanen|Korhonen|Kowalski|Nowak|Wi\u015bniewski|Zieli\u0144ski|Novak|Dvorak|Horvath|Nagy|"  \
    "Szabo|Popescu|Ionescu|Petrov|Ivanov|Sokolova|Kuznetsov|Papadopoulos|Yilmaz|Demir|Aydin|"     \
    "Cohen|Levi|Mizrahi|Haddad|Mansour|Khan|Ahmed|Siddiqui|Patel|Sharma|Gupta|Iyer|Reddy|"        \
    "Chatterjee|Nguyen|Tran|Pham|Le|Wang|Zhang|Liu|Huang|Chan|Kim|Park|Choi|Tanaka|Suzuki|"       \
    "Yamamoto|Watanabe|Nakamura|Okafor|Adeyemi|Mensah|Diallo|Mbeki|Kamau|Abara|Tesfaye|Santos|"   \
    "Reyes|Tupou|Kahale|Delacroix|Montague|Achterberg|Quispe|Mamani|Olawale|Bergstrom|Haugen"

#define KIN                                                                                        \
    "mom|mum|dad|grandma|grandpa|my ~mother|my ~father|my ~sister|my ~brother|my ~wife|"           \
    "my ~husband|my ~aunt|my ~uncle|my ~boss|my ~landlord|my ~neighbour|my ~neighbor|my ~cousin|"  \
    "my ~roommate|my ~girlfriend|my ~boyfriend|my ~daughter|my ~son|my ~coach|my ~accountant|"     \
    "my ~lawyer|my ~dentist|my ~doctor|my ~tutor|my ~supervisor|my ~manager|my ~parents|my ~team|" \
    "my ~in-laws|my ~professor|my ~colleagues|my ~students|my ~grandmother|my ~partner|granny|"    \
    "our ~landlady|our ~teacher|my ~mother-in-law|my ~best friend|my ~trainer|my ~flatmate"
#define ROLES                                                                                \
    "the ~school|the ~bank|the ~office|the ~insurance company|the ~kindergarten|the ~choir|" \
    "the ~landlord|the ~plumber|the ~gym|the ~library|the ~sales team|the ~marketing team|"  \
    "the ~whole team|the ~book club|the ~band|the ~neighbours|the ~class|the ~tax office|"   \
    "the ~hotel|the ~travel agency|the ~support team|the ~football team|the ~caretaker|"     \
    "the ~HR department|the ~secretary|the ~editor|the ~principal|the ~vet|the ~builders|"   \
    "the ~electrician|customer service|human resources|the ~finance department|the ~parents group"
#define FIRMS                                                                                     \
    "<last> (Plumbing|Auto|Motors|Dental|Bakery|Electric|Roofing|Flowers|Garage|Cleaning|Taxi|"   \
    "Furniture|Optics|Tailors|Catering|Legal|Travel|Painters)|Blue (Door|Lagoon|Anchor|Fern) "    \
    "(Cafe|Clinic|Yoga|Hostel|Pharmacy)|(Green|Silver|Golden|Red) (Leaf|Moon|Crown|Oak|Bridge) "  \
    "(Pizza|Cleaners|Studio|Books|Bikes|Vets)|City (Taxi|Pharmacy|Locksmith|Library|Vet Clinic)|" \
    "(Speedy|Happy|Corner|Sunny|Royal) (Tires|Paws|Deli|Nails|Laundry|Barber|Daycare|Movers)|"    \
    "the ~vet|Pizza (Roma|Bella|Napoli|Presto)|the ~piano teacher|the ~babysitter|(Cafe|Hotel|"   \
    "Bistro|Salon) <first>|Dr. <last>'s office|IT helpdesk|Guitar repair|Window guy|Dog sitter"

/* Parts of e-mail addresses: lower case, no spaces. */
#define NICKS                                                                                      \
    "anna|ben.k|carla77|dmitri|eva.m|felix_w|g.hansen|hazelwood|i.rossi|jack.o|karen22|leo|mia.s|" \
    "n.okafor|oscar|p.tran|quinn|rosa.l|sam.b|t.nguyen|ursula|v.petrov|will|yara|zoe.k|contact|"   \
    "info|hello|sales|support|office|team|booking|service|orders|jobs|press|hr|admin|billing|"     \
    "returns|feedback|mail|desk|j.smith|m.garcia|k.tanaka|lindqvist|a.patel|rob.dev|marta_z|"      \
    "superdog|bigfish99|moonlight|n1nja|kathy.w|dr.lee|prof.stone|the.bakers|red-fox|tomtom4"
#define DOMAINS                                                                                   \
    "mail|post|webmail|fastpost|inbox|northwind|bluefin|lakeview|acme|globex|initech|sunrise|"    \
    "greenleaf|oakridge|riverside|starlight|brightlabs|quicknet|pixelworks|harborhotel|uni-west|" \
    "citylib|goodbread|trainline|kitehouse|papercrane|stonebridge|velora|zentrum|home|family"

#define MADE_5 "|<made>|<made>|<made>|<made>|<made>"

const hone_words hone_words_names[] = {
    /* Names that nobody has: letter for letter is the only way to get them right. */
    { "made", "(A|Ba|Be|Bri|Da|Di|Dra|Fa|Fe|Ga|Gri|Ha|Hi|I|Ja|Jo|Ka|Ke|Kri|La|Le|Li|Lo|Ma|Mi|Na|"
              "Ni|No|O|Pa|Pe|Ra|Re|Ri|Ro|Sa|Se|Si|So|Sta|Ta|Te|Ti|To|Tri|U|Va|Vi|Wa|Ya|Yu|Za|Zo)"
              "(ba|bel|da|dri|du|fi|ga|go|ha|ja|ka|ki|ko|la|le|li|lo|lu|ma|mi|mo|na|ni|no|ra|ri|ro|"
              "ru|sa|sha|si|so|ta|thi|ti|to|va|vi|ya|zi|)(n|r|s|k|th|m|l|d|a|o|e|ne|ra|la|sh|x|t|"
              "ja|)" },
    { "made.last", "<made>(sen|son|ov|ez|ani|berg|wski|ides|mann|ova|ell|ington|aki|ulu|i|o)" },
    { "syl", "ba|be|bo|da|de|du|fa|fi|ga|go|ha|hi|jo|ka|ke|ko|la|li|lo|ma|me|mi|mo|na|ne|ni|no|pa|"
             "pe|"
             "po|ra|re|ri|ro|sa|se|si|so|ta|te|ti|to|va|ve|vi|wa|we|ya|yo|za|zi" },
    { "made.local", "<syl><syl>|<syl><syl>(.|_|)<syl><syl>|<syl>(.|)<syl><syl>(1|7|19|77|2|)|(a|b|"
                    "c|"
                    "d|e|f|g|h|j|k|l|m|n|p|r|s|t|v|w)(.|)<syl><syl>(n|r|s|l|k)" },
    { "first",
      FIRST_1 "|" FIRST_2
              "|" FIRST_3 MADE_5 MADE_5 MADE_5 MADE_5 MADE_5 MADE_5 MADE_5 MADE_5 MADE_5 MADE_5 },
    { "first.easy", FIRST_1 },
    { "last", LAST_1 "|" LAST_2 "|<made.last>|<made.last>|<made.last>|<made.last>|<made.last>|<"
                                "made.last>|<made.last>|"
                     "<made.last>|<made.last>|<made.last>|<made.last>|<made.last>|<made.last>|<"
                     "made.last>|"
                     "<made.last>|<made.last>|<made.last>|<made.last>|<made.last>|<made.last>" },
    { "kin", KIN },
    { "kin.name", "(aunt|uncle|cousin|grandma|grandpa|auntie|granny|coach|nanny) <first>" },
    { "titled", "(Dr.|Mr.|Mrs.|Ms.|Professor|Doctor|Miss|Mister|Father|Sister|Captain) <last>" },
    { "nick", "JJ|DJ|TJ|Mo|Big Mike|Bibi|Lulu|Coco|Ziggy|Fitz|Spike|Doc|Kiki|Jojo|Birdie|Red|"
              "Tiny Tim|Skip|Bubba|Nan|Pops|Cricket|Ace|Buzz|Dev|Gigi|Otter|Peanut" },
    { "roles", ROLES },
    { "firm", FIRMS },
    { "person.full", "<first> <last>|<first> <last>|<first> <last>|<first> (van|de|da|von) "
                     "<last>|<first> <last>-<last>|<titled>|<first> (B.|K.|T.|J.) <last>" },
    { "person", "<first>|<first>|<first>|<first> <last>" },
    { "who", "<first>|<first>|<first>|<first> <last>|mom|dad|my (boss|sister|brother|wife|mother)|"
             "<kin.name>|the (kids|neighbours|team|others|boys|girls)|grandma" },
    { "local", "<made.local>|<made.local>|<made.local>|<nicks>|<nicks>(1|7|23|42|88|2000)" },
    { "nicks", NICKS },
    { "domain", DOMAINS },
    { "tld", "com|com|com|org|net|example|example|co.uk|de|io|fr|edu|it|se|in" },
    { "address", "<nicks>@<domain>.<tld>|<local>@<domain>.<tld>|"
                 "<made.local>@<syl><syl>(<syl>|).<tld>" },
    /* kinds: what an argument of that kind may hold */
    { "k.name", "<first> <last>|<first> <last>|<first> <last>|<first>|<first>|<person.full>|<firm>|"
                "<titled>|<nick>|<kin.name>|<first> from (work|yoga|school|the gym|next "
                "door|accounting|chess club)" },
    { "k.name.person", "<first> <last>|<first> "
                       "<last>|<first>|<first>|<person.full>|<nick>|<titled>" },
    { "k.name.first", "<first>" },
    { "k.name.firm", "<firm>" },
    { "k.first", "<first>" },
    { "k.last", "<last>" },
    { "k.to", "<first>|<first>|<first>|<first> <last>|<kin>|<kin>|<roles>|<address>|<address>|"
              "<titled>|<kin.name>|<nick>" },
    { "k.to.name", "<first>|<first>|<first>|<first> "
                   "<last>|<kin>|<kin>|<roles>|<titled>|<kin.name>" },
    { "k.to.person", "<first>|<first>|<first> <last>|<kin>|<kin.name>" },
    { "k.to.address", "<address>" },
    { "k.email", "<address>" },
    { NULL, NULL }
};
