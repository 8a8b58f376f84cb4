/* German frames of phone functions, as datagen/frames_phone.c has English ones: .v commands, .s
 * whole sentences, .n noun phrases, .b telegram style. Other families are not said in German. */
#include "datagen/words.h"

const hone_words hone_words_german_frames[] = {
    { "f.alarm.v",
      "stell(e|) (einen|mir einen|den) Wecker (auf|f\u00fcr) {clock}[{?repeat} "
      "{repeat}][{?label} (mit dem Namen|namens|und nenn ihn) {label}]|"
      "stell(e|) (den|meinen) Wecker[{?repeat} {repeat}] auf {clock}[{?label} "
      "mit (der Bezeichnung|dem Namen) {label}]|mach(e|) (mir |)einen "
      "Wecker f\u00fcr {clock}[{?repeat} {repeat}][{?label} namens {label}]|"
      "richte einen Wecker f\u00fcr {clock} ein[{?repeat} {repeat}][{?label}, "
      "nenn ihn {label}]|weck(e|) mich[{?repeat} {repeat}] um {clock}[{?label}, "
      "Titel {label}]|weck(e|) uns[{?repeat} {repeat}] um {clock}[{?label}, "
      "Name {label}]|lass (den|meinen) Wecker[{?repeat} {repeat}] um "
      "{clock} klingeln[{?label}, Name {label}]|hol mich[{?repeat} {repeat}] "
      "um {clock} aus dem Bett[{?label}, Titel {label}]" },
    { "f.alarm.s",
      "(kannst|k\u00f6nntest) du (mich|uns)[{?repeat} {repeat}] um {clock} "
      "wecken[{?label}, Name {label}]|ich (muss|m\u00f6chte|will)[{?repeat} "
      "{repeat}] um {clock} (aufstehen|aufwachen|raus)[{?label}, nenn "
      "den Wecker {label}]|(kannst|k\u00f6nntest) du (mir |)einen Wecker "
      "(auf|f\u00fcr) {clock} stellen[{?repeat}, {repeat}][{?label}, "
      "Name {label}]|ich brauche einen Wecker (f\u00fcr|auf) {clock}[{?repeat} "
      "{repeat}][{?label} namens {label}]|ich soll[{?repeat} {repeat}] "
      "um {clock} wach sein, (stell einen Wecker|weck mich)[{?label}, "
      "nenn ihn {label}]" },
    { "f.alarm.n",
      "einen Wecker (f\u00fcr|auf) {clock}[{?repeat} {repeat}][{?label} "
      "namens {label}]|einen neuen Wecker um {clock}[{?repeat} {repeat}][{?label} "
      "mit dem Namen {label}]" },
    { "f.alarm.b",
      "Wecker {clock}[{?repeat} {repeat}][{?label}, {label}]|Wecker (auf|"
      "um) {clock}[{?repeat} {repeat}][{?label}, Name {label}]|{clock} "
      "Wecker[{?repeat} {repeat}][{?label}, Name {label}]|wecken um {clock}[{?repeat} "
      "{repeat}][{?label}, Titel {label}]" },
    { "f.timer.v",
      "stell(e|) (einen|mir einen|den) Timer (auf|f\u00fcr) {duration}[{?label} "
      "(mit dem Namen|namens|f\u00fcr) {label}]|starte (einen|den) Timer "
      "(f\u00fcr|\u00fcber) {duration}[{?label} (mit dem Namen|namens) "
      "{label}]|z\u00e4hl(e|) {duration} (herunter|runter)[{?label}, "
      "nenn den Timer {label}]|mach(e|) (mir |)einen {label}-Timer (f\u00fcr|"
      "auf) {duration}|stopp {duration} ab[{?label}, Name {label}]|lass "
      "einen Timer {duration} laufen[{?label}, nenn ihn {label}]" },
    { "f.timer.s",
      "(kannst|k\u00f6nntest) du einen Timer (auf|f\u00fcr) {duration} "
      "stellen[{?label}, nenn ihn {label}]|ich brauche einen Timer (f\u00fcr|"
      "\u00fcber) {duration}[{?label} namens {label}]|ich m\u00f6chte "
      "einen Timer (auf|f\u00fcr) {duration}[{?label}, Name {label}]" },
    { "f.timer.n",
      "einen Timer (f\u00fcr|\u00fcber) {duration}[{?label} namens {label}]|"
      "einen {label}-Timer (f\u00fcr|\u00fcber) {duration}" },
    { "f.timer.b",
      "Timer {duration}[{?label}, {label}]|Timer auf {duration}[{?label}, "
      "Name {label}]|{duration} Timer[{?label}, Name {label}]" },
    { "f.calendar.v",
      "trag(e|) {title}[{?date} {date}][{?time} {time}][{?location} {location}] "
      "(in den Kalender ein|ein|in meinen Kalender ein)|erstelle (einen "
      "Termin|einen Kalendereintrag|ein Ereignis): {title}[{?date} {date}][{?time} "
      "{time}][{?location} {location}]|leg(e|) einen Termin an[{?date} "
      "{date}][{?time} {time}][{?location} {location}]: {title}|setz(e|"
      ") {title}[{?date} {date}][{?time} {time}][{?location} {location}] "
      "auf den Kalender|plane {title}[{?date} {date}][{?time} {time}][{?location} "
      "{location}]" },
    { "f.calendar.s",
      "ich habe[{?date} {date}][{?time} {time}] {title}[{?location} {location}], "
      "(trag das ein|schreib das in den Kalender|bitte eintragen)|(kannst|"
      "k\u00f6nntest) du {title}[{?date} {date}][{?time} {time}][{?location} "
      "{location}] eintragen|{title} ist[{?date} {date}][{?time} {time}][{?location} "
      "{location}], bitte in den Kalender" },
    { "f.calendar.b",
      "Termin {title}[{?date} {date}][{?time} {time}][{?location} {location}]|"
      "{title}[{?date} {date}][{?time} {time}][{?location} {location}] "
      "in den Kalender|neuer Termin: {title}[{?date} {date}][{?time} "
      "{time}][{?location} {location}]" },
    { "f.nav.v",
      "navigier(e|) (mich |){destination}[{?mode} {mode}]|bring mich[{?mode} "
      "{mode}] {destination}|zeig(e|) mir den Weg {destination}[{?mode} "
      "{mode}]|f\u00fchr(e|) (mich|uns)[{?mode} {mode}] {destination}|"
      "starte die Navigation {destination}[{?mode} {mode}]|such(e|) (mir "
      "|)(eine|die schnellste) Route {destination}[{?mode} {mode}]|\u00f6ffne "
      "die Karte mit dem Weg {destination}[{?mode} {mode}]" },
    { "f.nav.s",
      "wie komme ich[{?mode} {mode}] {destination}|ich (muss|m\u00f6chte|"
      "will)[{?mode} {mode}] {destination}, zeig mir den Weg|wie kommen "
      "wir[{?mode} {mode}] am schnellsten {destination}|(kannst|k\u00f6nntest) "
      "du mich[{?mode} {mode}] {destination} bringen" },
    { "f.nav.b",
      "Weg {destination}[{?mode} {mode}]|Route {destination}[{?mode} "
      "{mode}]|Navigation {destination}[{?mode} {mode}]" },
    { "f.mail.v",
      "schick(e|) (eine (Mail|Nachricht|E-Mail) |)an {to}[{?subject} "
      "mit (dem |)Betreff {subject}][{?body}: {body}]|schreib(e|) (eine "
      "(Mail|E-Mail|Nachricht) |)an {to}[{?subject}, Betreff {subject}][{?body}, "
      "(Text|Inhalt): {body}]|sende {to} eine (E-Mail|Nachricht|Mail)[{?subject} "
      "mit dem Betreff {subject}][{?body} und schreib: {body}]|schreib "
      "{to}[{?subject} mit dem Betreff {subject}][{?body}: {body}]" },
    { "f.mail.s",
      "(kannst|k\u00f6nntest) du {to} (eine Mail|eine Nachricht|eine "
      "E-Mail) schicken[{?subject}, Betreff {subject}][{?body}, Text: "
      "{body}]|ich m\u00f6chte {to} schreiben[{?subject}, Betreff {subject}][{?body}, "
      "und zwar: {body}]" },
    { "f.mail.b",
      "(Mail|E-Mail|Nachricht) an {to}[{?subject}, Betreff {subject}][{?body}, "
      "{body}]" },
    { "f.contact.v",
      "speicher(e|) {name} als (neuen |)Kontakt[{?phone}, (Nummer|Telefon) "
      "{phone}][{?email}, (Mail|E-Mail) {email}]|leg(e|) einen (neuen "
      "|)Kontakt an: {name}[{?phone}, (Nummer|Telefon|Handynummer) {phone}][{?email}, "
      "(Mail|E-Mail) {email}]|f\u00fcge {name}[{?phone} mit der Nummer "
      "{phone}][{?email} und der E-Mail {email}] zu (den|meinen) Kontakten "
      "hinzu|erstelle einen Kontakt f\u00fcr {name}[{?phone}, Nummer "
      "{phone}][{?email}, E-Mail {email}]" },
    { "f.contact.s",
      "(kannst|k\u00f6nntest) du {name}[{?phone} mit der Nummer {phone}][{?email} "
      "und der Mail {email}] (speichern|in die Kontakte aufnehmen)|ich "
      "habe jemanden kennengelernt, {name}[{?phone}, Nummer {phone}][{?email}, "
      "Mail {email}], bitte speichern" },
    { "f.contact.b",
      "neuer Kontakt {name}[{?phone}, {phone}][{?email}, {email}]|Kontakt "
      "{name}[{?phone}, Nummer {phone}][{?email}, Mail {email}]" },
    { "f.note.v",
      "notier(e|)[{?title} unter {title}]: {text}|schreib(e|) (dir |mir "
      "|)auf[{?title}, Titel {title}]: {text}|mach(e|) (mir |)eine Notiz[{?title} "
      "mit dem Titel {title}]: {text}|erstelle eine Notiz[{?title} namens "
      "{title}]: {text}|halt(e|) fest[{?title} unter {title}]: {text}" },
    { "f.note.s",
      "(kannst|k\u00f6nntest) du (dir |)notieren[{?title} unter {title}]: "
      "{text}|ich m\u00f6chte eine Notiz[{?title} mit dem Titel {title}]: "
      "{text}" },
    { "f.note.b",
      "Notiz[{?title} {title}]: {text}|neue Notiz[{?title}, Titel {title}], "
      "{text}" },
    { "f.reminder.v",
      "erinner(e|) mich[{?date} {date}][{?time} {time}] an {text}|setz(e|"
      ") eine Erinnerung[{?date} {date}][{?time} {time}]: {text}|mach(e|"
      ") eine Erinnerung f\u00fcr {text}[{?date} {date}][{?time} {time}]" },
    { "f.reminder.s",
      "(kannst|k\u00f6nntest) du mich[{?date} {date}][{?time} {time}] "
      "an {text} erinnern|ich darf {text}[{?date} {date}][{?time} {time}] "
      "nicht vergessen, erinnere mich" },
    { "f.music.v",
      "spiel(e|) {track}[{?artist} von {artist}][{?playlist} aus der "
      "Playlist {playlist}][{?service} auf {service}]|spiel(e|) (etwas|"
      "was|Musik|ein Lied) von {artist}[{?playlist} aus der Playlist "
      "{playlist}][{?service} auf {service}]|spiel(e|) (etwas |){genre}[{?artist} "
      "von {artist}][{?service} auf {service}]|spiel(e|) (die|meine) "
      "Playlist {playlist}[{?service} auf {service}]|mach(e|) {track}[{?artist} "
      "von {artist}] an[{?service} auf {service}]|mach(e|) (etwas |){genre}[{?artist} "
      "von {artist}] an[{?service} auf {service}]|mach(e|) (etwas|was) "
      "von {artist} an[{?service} auf {service}]|mach(e|) die Playlist "
      "{playlist} an[{?service} auf {service}]" },
    { "f.music.s",
      "ich m\u00f6chte {track}[{?artist} von {artist}] h\u00f6ren[{?service} "
      "auf {service}]|ich m\u00f6chte (etwas|was|Musik) von {artist} "
      "h\u00f6ren[{?service} auf {service}]|ich m\u00f6chte (etwas |){genre}[{?artist} "
      "von {artist}] h\u00f6ren[{?service} auf {service}]|(kannst|k\u00f6nntest) "
      "du {track}[{?artist} von {artist}] spielen[{?service} auf {service}]|"
      "(kannst|k\u00f6nntest) du (etwas |){genre} spielen[{?service} "
      "auf {service}]|(kannst|k\u00f6nntest) du (etwas|was|ein Lied) "
      "von {artist} spielen[{?service} auf {service}]|(kannst|k\u00f6nntest) "
      "du (die|meine) Playlist {playlist} anmachen[{?service} auf {service}]" },
    { "f.music.any.s",
      "spiel etwas Musik|mach Musik an|ich m\u00f6chte Musik h\u00f6ren|"
      "(kannst|k\u00f6nntest) du etwas Musik anmachen" },
    { "f.call.v",
      "ruf(e|) {to} an|w\u00e4hl(e|) die Nummer von {to}|verbinde mich "
      "mit {to}|mach(e|) einen Anruf bei {to}" },
    { "f.call.s",
      "(kannst|k\u00f6nntest) du {to} anrufen|ich (muss|m\u00f6chte|will) "
      "mit {to} telefonieren" },
    { "f.list.v",
      "setz(e|) {item} auf die (Einkaufsliste|Liste)|schreib(e|) {item} "
      "auf (die|meine) (Einkaufsliste|Liste)|f\u00fcge {item} zur Einkaufsliste "
      "hinzu" },
    { "f.list.s",
      "wir brauchen (noch |){item}, (setz|schreib) das auf die Liste|"
      "(kannst|k\u00f6nntest) du {item} auf die Einkaufsliste setzen" },
    { "f.weather.s",
      "wie wird das Wetter[{?city} in {city}][{?date} {date}][{?when} "
      "{when}]|(wird es|ist es)[{?date} {date}][{?when} {when}][{?city} "
      "in {city}] {weather}|wie ist das Wetter[{?date} {date}][{?when} "
      "{when}][{?city} in {city}]|(regnet es|brauche ich einen Schirm)[{?date} "
      "{date}][{?when} {when}][{?city} in {city}]" },
    { "f.room.v",
      "mach(e|) das Licht[{?room} {room}] an|schalt(e|) das Licht[{?room} "
      "{room}] ein" },
    { "f.on.v",
      "(mach|schalt)(e|) {obj} an|schalt(e|) {obj} (ein|an)|knips(e|) "
      "{obj} an" },
    { "f.on.s",
      "(kannst|k\u00f6nntest) du {obj} (anmachen|einschalten)|ich brauche "
      "{obj}|{obj} (an|ein)|hier ist es zu dunkel, mach {obj} an" },
    { "f.light.on.s",
      "ich sehe nichts|hier ist es stockdunkel|es ist zu dunkel zum Lesen|"
      "ich brauche Licht" },
    { "f.off.v",
      "(mach|schalt)(e|) {obj} aus|schalt(e|) {obj} (aus|ab)|knips(e|"
      ") {obj} aus" },
    { "f.off.s",
      "(kannst|k\u00f6nntest) du {obj} (ausmachen|ausschalten)|{obj} "
      "aus|ich brauche {obj} nicht mehr" },
    { "f.light.off.s",
      "das blendet, mach das aus|es ist hell genug, mach {obj} aus|spar "
      "Akku und mach {obj} aus" },
    { "f.page.v",
      "\u00f6ffne {obj}|zeig(e|) (mir |){obj}|mach(e|) {obj} auf|geh(e|"
      ") in {obj}" },
    { "f.page.s",
      "(kannst|k\u00f6nntest) du {obj} \u00f6ffnen|ich (muss|m\u00f6chte|"
      "will) in {obj}|wo finde ich {obj}" },
    { "f.page.want.s",
      "ich will das WLAN wechseln|ich m\u00f6chte mich mit einem anderen "
      "WLAN verbinden|das WLAN geht nicht, \u00f6ffne {obj}" },
    { "obj.flashlight.the",
      "die Taschenlampe|die Taschenlampe|das Licht|die Lampe|das Taschenlampenlicht" },
    { "obj.flashlight.bare",
      "Taschenlampe|Licht|Lampe" },
    { "obj.wifi.the",
      "die WLAN-Einstellungen|die WLAN-Einstellungen|die WLAN Einstellungen|"
      "die Netzwerkeinstellungen|das WLAN-Men\u00fc" },
    { "obj.wifi.bare",
      "WLAN-Einstellungen|WLAN" },
    { "e.repeat.daily",
      "t\u00e4glich|jeden Tag|jeden Tag" },
    { "e.repeat.daily.am",
      "jeden Morgen|t\u00e4glich" },
    { "e.repeat.daily.pm",
      "jeden Abend|t\u00e4glich" },
    { "e.repeat.weekdays",
      "werktags|an Werktagen|von Montag bis Freitag|unter der Woche" },
    { "e.repeat.weekends",
      "am Wochenende|an Wochenenden|jedes Wochenende" },
    { "e.repeat.weekly",
      "w\u00f6chentlich|jede Woche" },
    { "e.repeat.monthly",
      "monatlich|jeden Monat" },
    { "e.repeat.never",
      "einmalig|nur einmal|ohne Wiederholung" },
    { "e.mode.walking",
      "zu Fu\u00df" },
    { "e.mode.driving",
      "mit dem Auto|mit dem Wagen" },
    { "e.mode.cycling",
      "mit dem Fahrrad|mit dem Rad" },
    { "e.mode.transit",
      "mit Bus und Bahn|mit \u00f6ffentlichen Verkehrsmitteln|mit den "
      "\u00d6ffentlichen" },
    { "e.shuffle.true",
      "zuf\u00e4llig|in zuf\u00e4lliger Reihenfolge|gemischt" },
    { NULL, NULL }
};
