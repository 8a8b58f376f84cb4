/* German word lists: what stands around a request, values, requests that want no call. Their names
 * are those of English lists: the two never meet in one lexicon. */
#include "datagen/words.h"

const hone_words hone_words_german_lists[] = {
    { "w.v.open",
      "{vp}|{vp}|{vp}|{vp}|bitte {vp}|bitte {vp}|sei so nett und {vp}|"
      "jetzt {vp}|los, {vp}|komm, {vp}" },
    { "w.v.any",
      "{vp}|{vp}|{vp}|{vp}|{vp}|bitte {vp}|bitte {vp}|{vp}, sei so gut|"
      "los, {vp}|sei so nett und {vp}|jetzt {vp}|{vp} bitte|{vp} bitte|"
      "{vp}, bitte|{vp}, danke|{vp}, ja" },
    { "w.n.open",
      "{np}|ich brauche {np}|ich m\u00f6chte {np}|ich h\u00e4tte gern "
      "{np}|gib mir {np}|mach mir {np}" },
    { "w.n.any",
      "{np}|{np} bitte|ich brauche {np}|ich m\u00f6chte {np}|ich h\u00e4tte "
      "gern {np}|gib mir {np} bitte|mach mir {np}|ich brauche {np}, danke" },
    { "w.b.open",
      "{np}|{np}|bitte {np}" },
    { "w.b.any",
      "{np}|{np}|{np}|{np} bitte|bitte {np}|{np}, danke" },
    { "w.s.open",
      "{s}" },
    { "w.s.any",
      "{s}|{s}|{s}|{s}|{s}, bitte" },
    { "wake",
      "hey|hallo|ok|okay|hi|hey du|hallo Telefon|h\u00f6r mal|Entschuldigung|"
      "Computer|Assistent|na du" },
    { "start",
      "also|\u00e4h|\u00e4hm|so|gut|na gut|ok also|ach|ach ja|und|jetzt|"
      "mal sehen|ach so|noch was|eins noch|moment|sag mal|super, jetzt|"
      "danke, jetzt|gut, dann" },
    { "filler",
      "\u00e4h|\u00e4hm|\u00e4h|\u00e4hm|also|hm|na ja|sozusagen|wie "
      "hei\u00dft das|warte" },
    { "mend",
      ", nein, |, nein |, Entschuldigung, |, sorry, |, ich meine | ich "
      "meine |, nein warte, | nein warte |, quatsch, |, Moment, nein, "
      "|, besser gesagt | oder besser |, ach nein, " },
    { "again",
      ", nein, lieber |, oder nein, |, doch lieber |, nein, sagen wir "
      "|, besser |, \u00e4ndere das auf " },
    { "ctx.any",
      "ich bin auf dem Heimweg|ich habe die H\u00e4nde voll|das war ein "
      "langer Tag|ich sitze im Auto|ich liege schon im Bett|ich brauche "
      "deine Hilfe|noch eine Sache|das Letzte f\u00fcr heute|meine Brille "
      "liegt oben|ich bin gerade nach Hause gekommen|ich bin etwas m\u00fcde|"
      "ich habe eine Bitte|ich koche gerade|es ist schon sp\u00e4t" },
    { "after.any",
      "danke|danke dir|vielen Dank|das ist alles|das w\u00e4re toll|das "
      "w\u00fcrde helfen|du bist die Beste|so bald wie m\u00f6glich|wenn "
      "es dir nichts ausmacht|wenn du Zeit hast|schnell|das war's" },
    { "nc.small",
      "hallo##Hallo! Was kann ich f\u00fcr dich tun?|guten Morgen##Guten "
      "Morgen!|guten Abend, wie geht es dir##Mir geht es gut, danke!|"
      "wer bist du##Ich bin dein Assistent.|danke sch\u00f6n##Gern geschehen.|"
      "vielen Dank f\u00fcr deine Hilfe##Gern geschehen.|tsch\u00fcss##Bis "
      "bald!|gute Nacht##Gute Nacht!|erz\u00e4hl mir einen Witz##Leider "
      "fallen mir keine Witze ein.|wie alt bist du##Ich habe kein Alter.|"
      "magst du <food>##Ich kann nichts essen, aber danke!|bist du ein "
      "Mensch##Nein, ich bin ein Programm.|was kannst du alles##Sag mir "
      "einfach, was du brauchst.|du bist (toll|super|klasse|lustig|nett)##Danke!|"
      "ich hei\u00dfe <first>##Sch\u00f6n, dich kennenzulernen!|(kennst "
      "du|magst du) <first>##Ich kenne niemanden." },
    { "nc.facts",
      "(wie hoch|wie gro\u00df|wie alt) ist <fact.thing>|wer hat <fact.made> "
      "(erfunden|gebaut|entdeckt)|warum ist (der Himmel blau|das Meer "
      "salzig|Schnee wei\u00df|die Banane krumm)|wie viele Einwohner "
      "hat <town>|was ist die Hauptstadt von <land>|wie weit ist es von "
      "<town> nach <town>|wie schreibt man <odd>|was bedeutet <odd>|wann "
      "wurde <town> gegr\u00fcndet|welche Sprache spricht man in <land>|"
      "wie lange lebt (ein Elefant|eine Schildkr\u00f6te|ein Hund|eine "
      "Katze)|wie viel ist (zw\u00f6lf|sieben|acht|neun) mal (drei|vier|"
      "f\u00fcnf|sechs|elf)" },
    { "nc.chat",
      "was soll ich (heute|morgen|am Wochenende) (kochen|anziehen|essen|"
      "unternehmen)|welches Buch empfiehlst du (mir|uns)|(ist|findest "
      "du) <food> (gesund|lecker|schwer zu machen)|wie lerne ich am besten "
      "(Gitarre|Klavier|Spanisch|Schwimmen|Kochen)|was schenke ich (meiner "
      "Mutter|meinem Vater|<first>) zum Geburtstag|soll ich (heute|morgen) "
      "(joggen|schwimmen|wandern) gehen|wie werde ich (Kopfschmerzen|"
      "Schluckauf|schlechte Laune) los|lohnt sich ein Ausflug nach <town>|"
      "was h\u00e4ltst du von <town>" },
    { "nc.state",
      "ich habe heute <food> gegessen|ich war gestern in <town>|<first> "
      "hat bald Geburtstag|mir ist (kalt|warm|langweilig)|das Wetter "
      "ist heute (sch\u00f6n|schrecklich|wechselhaft)|ich habe schlecht "
      "geschlafen|mein (Zug|Bus|Flug) hatte Versp\u00e4tung|ich bin (m\u00fcde|"
      "hungrig|gl\u00fccklich|aufgeregt)|wir ziehen bald nach <town>|"
      "<first> und <first> kommen zu Besuch|gestern habe ich einen guten "
      "Film gesehen|ich mag <food> lieber als <food>|der Wecker hat mich "
      "heute fr\u00fch genervt|die Besprechung gestern war viel zu lang|"
      "meine Nachbarn h\u00f6ren immer laute Musik" },
    { "near.generic",
      "wie funktioniert das eigentlich##Das kann ich leider nicht erkl\u00e4ren.|"
      "(l\u00f6sch|mach) das (letzte|vorige) (wieder weg|r\u00fcckg\u00e4ngig)##Das "
      "kann ich leider nicht.|zeig mir alle meine Eintr\u00e4ge##Das "
      "kann ich leider nicht.|was hast du (gestern|vorhin|heute fr\u00fch) "
      "f\u00fcr mich gemacht##Daran erinnere ich mich nicht.|(brich das "
      "ab|vergiss das|doch nicht)##Gut.|geht das auch (ohne Internet|"
      "im Flugmodus|auf Englisch)##Das wei\u00df ich leider nicht." },
    { "na.other",
      "Das kann ich leider nicht.|Tut mir leid, das kann ich nicht.|Dabei "
      "kann ich leider nicht helfen.|Das wei\u00df ich leider nicht." },
    { "fact.thing",
      "der Eiffelturm|der K\u00f6lner Dom|die Erde|der Mond|die Zugspitze|"
      "der Mount Everest|die Chinesische Mauer|das Brandenburger Tor" },
    { "fact.made",
      "das Telefon|die Gl\u00fchbirne|das Fahrrad|den Buchdruck|das Penicillin|"
      "die Dampfmaschine" },
    { "odd",
      "Rhythmus|Portemonnaie|Karussell|Akquise|Empathie|Zucchini|Quarant\u00e4ne|"
      "Libelle" },
    { "food",
      "Pizza|Linsensuppe|Spinat|Pfannkuchen|Nudeln|Kartoffelsalat|Sauerkraut|"
      "Apfelkuchen|Brokkoli|Gulasch|Lasagne|K\u00e4sesp\u00e4tzle|Reis|"
      "Fischst\u00e4bchen" },
    { "town",
      "Berlin|Hamburg|M\u00fcnchen|K\u00f6ln|Leipzig|Dresden|Stuttgart|"
      "Bremen|Hannover|N\u00fcrnberg|Wien|Z\u00fcrich|Salzburg|Basel|"
      "Freiburg|Kiel|Rostock|Mainz|Erfurt|M\u00fcnster|Augsburg|L\u00fcbeck|"
      "Graz|Bern" },
    { "land",
      "Frankreich|Polen|Spanien|Italien|Norwegen|Japan|Kanada|Brasilien|"
      "Portugal|Ungarn|Kenia|Finnland" },
    { "first",
      "Anna|Lukas|Marie|Felix|Lena|Jonas|Sophie|Paul|Laura|Maximilian|"
      "Julia|Leon|Katharina|Tim|Sabine|Stefan|Ursula|J\u00fcrgen|Monika|"
      "Wolfgang|Ay\u015fe|Mehmet|Heike|Uwe|Greta|Emil|Clara|Ben|Johanna|"
      "Moritz|Birgit|Torsten|Nele|Oskar|Frieda|Matthias" },
    { "last",
      "M\u00fcller|Schmidt|Schneider|Fischer|Weber|Wagner|Becker|Hoffmann|"
      "Sch\u00e4fer|Koch|Bauer|Richter|Klein|Wolf|Schr\u00f6der|Neumann|"
      "Schwarz|Zimmermann|Braun|Kr\u00fcger|Hartmann|Lange|Krause|Lehmann|"
      "K\u00f6hler|Maier|Y\u0131lmaz|Huber|Vogel|Jung|Keller|Roth|Frank|"
      "Busch|Seidel|Brandt" },
    { "k.first",
      "<first>" },
    { "k.last",
      "<last>" },
    { "k.name",
      "<first> <last>|<first> <last>|<first>" },
    { "k.name.person",
      "<first>|<first> <last>" },
    { "k.to",
      "<first>|<first>|<first> <last>|<k.email>|(Herrn|Frau) <last>|<first> "
      "<last>" },
    { "k.to.person",
      "<first>|<first> <last>|(Herrn|Frau) <last>|Oma|Opa|Mama|Papa" },
    { "k.email",
      "(anna|lukas|marie|felix|lena|jonas|paul|laura|julia|tim|greta|"
      "emil)(.|_|)(weber|wagner|becker|koch|bauer|klein|wolf|braun|keller|"
      "vogel)@(beispiel.de|firma.de|posteo.example|schule.example|mail.example)|"
      "(info|kontakt|buero|praxis|verein)@(baeckerei|kanzlei|werkstatt|"
      "schule|klinik|verlag).example" },
    { "k.label",
      "Tee|Nudeln|Eier|Kuchen|Pizza|W\u00e4sche|Training|Pause|Meditation|"
      "Reis|Brot|Sauna|Waschmaschine|Ofen|Lesezeit|Hausaufgaben|Sp\u00fclmaschine|"
      "Mittagsschlaf|Yoga|Dehnen" },
    { "k.label.name",
      "Arbeit|Fr\u00fchschicht|Schule|Zug|Medizin|Tabletten|Sport|Joggen|"
      "Aufstehen|Flughafen|Arzttermin|M\u00fcll rausbringen|Hund f\u00fcttern|"
      "Uni|Sp\u00e4tdienst|Schwimmen|Probe|Wochenmarkt|Pr\u00fcfung|Besprechung" },
    { "k.label.act",
      "die Steuererkl\u00e4rung|den M\u00fcll|die Blumen|den Arzttermin|"
      "die Miete|Mamas Geburtstag|das Paket|die Tabletten|den Einkauf|"
      "den Elternabend|die W\u00e4sche|den T\u00dcV|die Bewerbung|das "
      "Geschenk f\u00fcr <first>|den Anruf bei <first>" },
    { "k.event",
      "Zahnarzt|Mittagessen mit <first>|Besprechung mit <first>|Elternabend|"
      "Friseur|Chorprobe|Abendessen mit <first>|Geburtstag von <first>|"
      "Yogakurs|Teamsitzung|Bewerbungsgespr\u00e4ch|Kinoabend|Umzug von "
      "<first>|Kaffee mit <first>|Konzert|Physiotherapie|Fu\u00dfballtraining|"
      "Projektvorstellung|Wohnungsbesichtigung|Grillabend|Impftermin|"
      "Vorlesung" },
    { "k.location",
      "im ~B\u00fcro|im ~Rathaus|im ~Caf\u00e9 Einstein|in der ~Praxis "
      "Dr. <last>|im ~Stadtpark|in der ~Turnhalle|bei ~<first>|im ~Restaurant "
      "Adler|in ~<town>|im ~Besprechungsraum <some.small>|in der ~Bibliothek|"
      "im ~Kino Central" },
    { "some.small",
      "1|2|3|4|5|12" },
    { "day",
      "Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag" },
    { "month",
      "Januar|Februar|M\u00e4rz|April|Mai|Juni|Juli|August|September|"
      "Oktober|November|Dezember" },
    { "dom",
      "1.|2.|3.|4.|5.|6.|7.|8.|9.|10.|11.|12.|13.|14.|15.|16.|17.|18.|"
      "19.|20.|21.|22.|23.|24.|25.|26.|27.|28." },
    { "k.date",
      "am ~<day>|am ~<day>|am ~<day>|morgen|morgen|heute|\u00fcbermorgen|"
      "am ~<dom> <month>|am ~<dom> <month>|am ~kommenden <day>|n\u00e4chsten "
      "<day>|in einer Woche|Ende des Monats" },
    { "k.timerange",
      "heute|morgen|\u00fcbermorgen|am ~<day>|n\u00e4chste Woche|am ~Wochenende|"
      "heute Abend|in ~drei Tagen|morgen fr\u00fch|am ~<dom> <month>" },
    { "k.time.vague",
      "!~morgens|!~abends|!~mittags|!~nachmittags|!~am Nachmittag|!~am "
      "Abend|!~am Vormittag" },
    { "k.subject",
      "Urlaub|Rechnung|Treffen am <day>|Bewerbung|Geburtstag|Protokoll|"
      "Angebot|Mietvertrag|Krankmeldung|Fotos|Einladung|Projekt <first>|"
      "Elternabend|Wochenbericht" },
    { "k.body",
      "ich komme (zehn Minuten|etwas|eine halbe Stunde) sp\u00e4ter|wir "
      "treffen uns <when.day> am Bahnhof|kannst du Brot mitbringen|das "
      "Paket ist angekommen|die Rechnung ist bezahlt|alles Gute zum Geburtstag|"
      "ich bin heute krank|ruf mich bitte zur\u00fcck|der Termin am <day> "
      "f\u00e4llt aus|ich habe die Unterlagen geschickt|bis <when.day>|"
      "danke f\u00fcr die Einladung|wir brauchen noch drei St\u00fchle|"
      "hast du <when.day> Zeit" },
    { "when.day",
      "morgen|am <day>|heute Abend|n\u00e4chste Woche|\u00fcbermorgen" },
    { "k.note.title",
      "Ideen|Einkauf|Urlaub|Garten|Rezepte|Arbeit|B\u00fccher|Auto|Passw\u00f6rter|"
      "Geschenke|Umbau|Verein" },
    { "k.note",
      "der Schl\u00fcssel liegt (unter der Matte|beim Nachbarn|im Keller)|"
      "<first> mag keinen <food>|das Auto steht auf Deck <some.small>|"
      "neue Winterreifen besorgen|der Code f\u00fcr die Garage ist 4711|"
      "am <day> den Z\u00e4hler ablesen|Farbe f\u00fcrs Wohnzimmer kaufen|"
      "das Restaurant in <town> war gut|Buchtipp von <first> nachschlagen|"
      "Milch, Eier und <food> holen" },
    { "k.place",
      "zum ~Bahnhof|zum ~Flughafen|zur ~Post|zur ~Apotheke|zum ~Supermarkt|"
      "nach ~<town>|nach ~<town>|nach Hause|zum ~Krankenhaus|zum ~Marktplatz|"
      "zur ~Tankstelle|zum ~Stadtpark|zur ~<street> <house>|zum ~Hotel "
      "Adler|zum ~Schwimmbad|zum ~Zoo|zur ~Bibliothek|ins ~Museum|zu "
      "~<first>" },
    { "street",
      "Hauptstra\u00dfe|Bahnhofstra\u00dfe|Gartenstra\u00dfe|Schillerstra\u00dfe|"
      "Lindenallee|Goethestra\u00dfe|Bergstra\u00dfe|Ringstra\u00dfe" },
    { "house",
      "3|7|12|18|24|31|42|56|77|103" },
    { "k.city",
      "<town>" },
    { "k.region",
      "Bayern|Hessen|Sachsen|Brandenburg|Tirol|Th\u00fcringen|Baden-W\u00fcrttemberg" },
    { "k.country",
      "<land>" },
    { "k.item",
      "Milch|Butter|Eier|Kaffee|Br\u00f6tchen|\u00c4pfel|Bananen|K\u00e4se|"
      "Waschmittel|Zahnpasta|Kartoffeln|Hefe|Nudeln|Tomaten|Joghurt|Klopapier|"
      "Oliven\u00f6l|zwei Gurken|eine Melone" },
    { "k.product",
      "Kopfh\u00f6rer|eine Lampe|ein Ladekabel|Batterien|ein Kochbuch|"
      "Turnschuhe|eine Regenjacke" },
    { "k.room",
      "in der ~K\u00fcche|im ~Bad|im ~Wohnzimmer|im ~Schlafzimmer|im "
      "~Flur|im ~Keller|im ~Arbeitszimmer|in der ~Garage" },
    { "k.color",
      "rot|blau|gr\u00fcn|gelb|wei\u00df|lila|orange" },
    { "k.language",
      "Englisch|Spanisch|Franz\u00f6sisch|Polnisch|Italienisch|T\u00fcrkisch" },
    { "k.app",
      "die Kamera|der Rechner|die Galerie|der Kalender" },
    { "k.weather",
      "regnerisch|sonnig|windig|neblig|bew\u00f6lkt|st\u00fcrmisch|trocken" },
    { "k.temperature",
      "warm|kalt|hei\u00df|frostig|k\u00fchler" },
    { "k.artist",
      "Die \u00c4rzte|Herbert Gr\u00f6nemeyer|Nena|Rammstein|Helene Fischer|"
      "Mark Forster|Silbermond|Wir sind Helden|Johann Sebastian Bach|"
      "Mozart|Annett Louisan|Die Toten Hosen|Kraftwerk|Peter Fox|Max "
      "Raabe|Namika" },
    { "k.track",
      "Sommerregen|Der letzte Zug|Nachts am Fluss|Lichter der Stadt|Kleine "
      "Wolke|Tausend Schritte|Blauer Mond|Heimweg|Papierflieger|Wintermorgen|"
      "Am Ende der Stra\u00dfe|Wildes Herz" },
    { "k.album",
      "Gezeiten|Neue Wege|Zwischen den Zeilen|Gro\u00dfstadtlichter" },
    { "k.playlist",
      "Sport|Sonntagmorgen|Party|Entspannung|Kochen|Autofahrt|Lernen|"
      "Sommerabend|Kinderlieder|Workout" },
    { "k.genre",
      "Jazz|Rock|Klassik|Schlager|Pop|Hip-Hop|Techno|Volksmusik|Blues|"
      "Filmmusik" },
    { "k.service",
      "Spotify|Deezer|YouTube|Amazon Music|Tidal" },
    { "k.free",
      "gelb|gro\u00df|klein|normal|schnell|leise|neu" },
    { "hours",
      "0|1|2|3|4|5|5|6|6|6|7|7|7|8|8|8|9|9|10|10|11|11|12|12|13|13|14|"
      "14|15|15|16|16|17|17|18|18|19|19|20|20|21|21|22|22|23|23" },
    { "wake.hours",
      "4|5|5|5|6|6|6|6|6|7|7|7|7|7|8|8|8|8|9|9|10|11|3|13|16|18|22" },
    { "minutes",
      "0|0|0|0|0|0|0|0|0|0|30|30|30|30|30|30|15|15|15|15|45|45|45|45|"
      "10|10|20|20|40|40|50|50|5|25|25|35|35|55|7|12|18|22|38|52" },
    { "spans",
      "300|300|300|600|600|600|600|900|900|900|1200|1200|1200|1800|1800|"
      "1800|2700|2700|3600|3600|3600|5400|5400|7200|7200|1500|1500|2100|"
      "2400|3000|60|60|120|120|180|180|240|360|420|480|540|720|4500|4800|"
      "9000|6000|4200|10800|12600|30|30|45|90|90|150|20|10|40|75|3300|"
      "1080|840|660|1320|14400|18000|150|210|600|300" },
    { "day.hours",
      "8|9|9|10|10|11|12|13|14|14|15|15|16|16|17|17|18|18|19|19|20|20|"
      "21|7" },
    { "day.minutes",
      "0|0|0|0|0|0|30|30|30|15|45|20|40|10|50" },
    { "phone.shape",
      "0ddd dddddd|0ddd ddddddd|0ddd/dddddd|0dd dddddddd|0ddd ddd dd "
      "dd|dddddd|dd dd dd|0dddd-dddddd" },
    { NULL, NULL }
};
