"""What people say about what they want, in own words: made up, and varied by filling in the places between braces."""

from dataclasses import dataclass, field
from itertools import product
from string import Formatter


def lines(text: str) -> list[str]:
    """One sentence a line."""
    return [line.strip() for line in text.strip().splitlines()]


def slots(text: str) -> dict[str, list[str]]:
    """A name, a colon, and what may be filled in there."""
    named = (line.split(": ") for line in lines(text))
    return {name: words.split(", ") for name, words in named}


SLOTS = slots("""
    wie: mijn zus, mijn broer, mijn dochter, mijn zoon, mijn moeder, mijn neef, een vriend, mijn kleinkinderen
    plek: het Stadspark, het Noorderplantsoen, de markt, het Hoornsemeer, Lauwersoog, Vlieland, de bibliotheek
    hobby: fietsen, vissen, zwemmen, wandelen, kaarten, dammen, schaatsen
    maken: hout, verf, klei, oude fietsen, wol, leer, metaal
    gerecht: soep, stamppot, roti, pannenkoeken, een appeltaart, nasi, een ovenschotel
    muziek: gitaar, trompet, piano, drums, mondharmonica, accordeon
    vak: lasser, kok, hovenier, fietsenmaker, schilder, begeleider
    keer: 1 keer per week, 2 keer per week, elke zondag, elke ochtend, om de dag
    les: Engels, fotografie, typen, Arabisch, tekenen, Gronings
    huis: mijn keuken, mijn woonkamer, het balkon, de schuur, mijn slaapkamer
""")


@dataclass
class Theme:
    """Goals of one kind, with the reasons and steps that go with them."""

    domain: str
    pictogram: str
    goals: list[str] = field(default_factory=list)
    whys: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


def read(text: str) -> list[Theme]:
    """Themes from a text: a heading "# pictogram domain"; then goals (=), reasons (?) and steps in their order (-)."""
    themes: list[Theme] = []
    for line in lines(text):
        mark, words = line[0], line[2:]
        if mark == "#":
            pictogram, _space, domain = words.partition(" ")
            themes.append(Theme(domain, pictogram))
        elif mark == "=":
            themes[-1].goals += filled(words)
        else:
            (themes[-1].whys if mark == "?" else themes[-1].steps).append(words)
    return themes


def filled(sentence: str) -> list[str]:
    """The sentence with everything that fits in its places."""
    places = [name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name]
    every = (dict(zip(places, chosen, strict=True)) for chosen in product(*(SLOTS[place] for place in places)))
    sentences = (sentence.format(**chosen) for chosen in every)
    return [words[0].upper() + words[1:] for words in sentences]


THEMES = read("""
    # bicycle family
    = Weer met {wie} naar {plek}
    = Zelf naar {wie} kunnen fietsen
    = Vaker bellen met {wie}
    ? Het is te lang geleden.
    ? Ik wil niet steeds gehaald worden.
    ? Bij familie ben ik gewoon mezelf.
    - Een berichtje sturen
    - Een dag prikken die ons allebei past
    - De eerste keer kort, een half uur
    - Samen koffie drinken
    - Nog een keer afspreken
    # baby family
    = Een dag in de week voor {wie} klaarstaan
    = Voorlezen aan mijn kleinkind
    = Oppassen zonder dat er iemand bij is
    ? Ik wil er voor ze zijn.
    ? Dan hoor ik er weer bij.
    ? Daar word ik rustig van.
    - Vragen wat zij fijn vinden
    - Een middag samen oefenen
    - Een boek uitzoeken
    - Een vaste dag kiezen
    # chat-circle friends
    = Iemand om mee te {hobby}
    = Weer naar de verjaardag van {wie} durven
    = Mijn buren leren kennen
    ? Alleen is maar alleen.
    ? Ik was vroeger juist degene die belde.
    ? Een praatje maakt mijn dag.
    - Groeten op de trap
    - Een keer mee naar de buurtkamer
    - Zelf iemand uitnodigen
    - Nummers uitwisselen
    # hand-heart friends
    = Iets terugdoen voor {wie}
    = In de buurt helpen, {keer}
    ? Ik kreeg veel hulp, nu wil ik ook geven.
    ? Nodig zijn doet me goed.
    - Bedenken wat ik goed kan
    - Het aanbieden
    - De eerste keer samen doen
    - Een vaste tijd kiezen
    # moon-stars mind
    = Mijn kop rustig krijgen ’s avonds
    = Slapen zonder dat de tv aan staat
    = Weten wat ik doe als het druk wordt in mijn hoofd
    ? ’s Avonds gaat alles malen.
    ? Als ik slaap, kan ik de dag aan.
    ? Dan hoef ik niet steeds te piekeren.
    - Om tien uur het scherm uit
    - Muziek klaarzetten die helpt
    - Opschrijven wat blijft malen
    - Iemand vragen wie ik mag bellen
    - Een avond wandelen
    # headphones mind
    = Naar {plek} durven als het druk is
    = Met de bus kunnen zonder om te keren
    = Weer in de rij staan bij de winkel
    ? Mijn wereld is klein geworden.
    ? Ik wil gaan wanneer ik wil.
    - Eerst op een stil moment
    - Met iemand samen
    - Een stukje alleen
    - Halverwege een pauze
    - De hele weg
    # sneaker-move body
    = {keer} een half uur lopen
    = De trap op zonder stil te staan
    = Meedoen aan een wandeltocht
    ? Als ik beweeg, slaap ik beter.
    ? Mijn lijf is stram.
    ? Buiten zakt de spanning.
    - Goede schoenen zoeken
    - Een rondje om het blok
    - Iemand mee vragen
    - Elke week een straat verder
    # swimming-pool body
    = {keer} zwemmen
    = Baantjes trekken op het rustige uur
    ? In het water voel ik mijn rug niet.
    ? Vroeger zwom ik elke dag.
    - Een zwembroek kopen
    - Kijken wanneer het rustig is
    - Een keer gaan kijken
    - Het water in
    # tooth body
    = Naar de tandarts
    = Mijn ogen laten meten
    = Een afspraak bij de huisarts die doorgaat
    ? Ik stel het al heel lang uit.
    ? Lachen met mijn mond open.
    - Bellen, of iemand laten bellen
    - Iemand mee vragen
    - Opschrijven wat ik wil zeggen
    - Gaan
    # house-line home
    = Een eigen plek met een deur die van mij is
    = {huis} zo maken dat ik er graag zit
    = Post openen op de dag dat hij komt
    ? Thuis moet thuis voelen.
    ? Nu schaam ik me als er iemand komt.
    - Een hoek tegelijk
    - Spullen naar de kringloop
    - Een lamp zoeken
    - Een foto ophangen
    # cooking-pot household
    = {keer} zelf koken
    = {gerecht} kunnen maken voor {wie}
    = Boodschappen doen met een lijstje
    ? Ik wil niet meer uit de magnetron eten.
    ? Samen eten is gezellig.
    - Een recept kiezen
    - Samen boodschappen doen
    - Koken met iemand erbij
    - Zelf koken
    - Iemand uitnodigen
    # broom household
    = {huis} opgeruimd houden
    = De was op een vaste dag
    ? Een leeg aanrecht geeft rust.
    ? Dan kan er iemand op de koffie komen.
    - Tien minuten met de wekker
    - Een vaste dag
    - Hulp vragen bij de grote dingen
    # wallet money
    = Weten wat er elke week overblijft
    = Sparen voor een dag naar {plek}
    = Rust in mijn geldzaken
    ? Brieven maken me zenuwachtig.
    ? Ik wil iets kunnen trakteren.
    - Alle brieven op een stapel
    - Met iemand doorkijken
    - Een potje maken
    - Elke vrijdag kijken
    # wrench work
    = Iets met mijn handen doen
    = Werken met {maken}
    = Oude fietsen opknappen
    ? Als mijn handen bezig zijn, is mijn hoofd stil.
    ? Ik kan meer dan mensen denken.
    - Kijken bij de werkplaats
    - Een ochtend meelopen
    - Iets kleins maken
    - Een vaste ochtend
    # briefcase work
    = Weer een paar uur werken als {vak}
    = Een dag in de week vrijwilligerswerk
    = Leren voor {vak}
    ? Ik mis collega’s.
    ? Ik wil kunnen zeggen wat ik doe.
    - Praten met iemand die dat doet
    - Een brief schrijven, samen
    - Een proefdag
    - Na een maand terugkijken
    # graduation-cap work
    = Les in {les}
    = Mijn rijbewijs halen
    = Een cursus afmaken
    ? Ik wil iets afmaken.
    ? Leren houdt me scherp.
    - Uitzoeken wat het kost
    - Een proefles
    - Elke week een uur
    - Vertellen hoe het ging
    # plant days
    = Een eigen moestuin
    = Planten op mijn balkon
    = {keer} naar de buurttuin
    ? Iets zien groeien maakt me blij.
    ? Buiten weet ik welke dag het is.
    - Zaadjes kopen
    - Kijken bij de buurttuin
    - Een bak timmeren
    - Water geven op vaste dagen
    # music-notes days
    = Weer {muziek} spelen
    = Zingen in een koor
    = Een nummer maken met {wie}
    ? Met muziek hoef ik niets uit te leggen.
    ? Vroeger speelde ik op elke bruiloft.
    - Het instrument schoonmaken
    - Tien minuten per dag
    - Iemand zoeken om mee te spelen
    - Een keer voorspelen
    # fish days
    = Een dag vissen met {wie}
    = Met {wie} naar {plek}, een hele dag
    = Met vakantie, al is het een weekend
    ? Even weg van alles.
    ? Ik wil weer iets hebben om over te vertellen.
    - Een dag kiezen
    - Spullen bij elkaar zoeken
    - Vervoer regelen
    - Gaan
    # coffee substances
    = Een avond met vrienden met alleen koffie
    = Zaterdag een helder hoofd
    = Minder roken, op mijn eigen manier
    ? Ik wil er bij zijn, niet half.
    ? Van helder zijn word ik trots.
    - Opschrijven wanneer ik zin krijg
    - Iets lekkers in huis halen
    - Iemand bellen als het lastig wordt
    - Een week proberen
    # handshake society
    = Meepraten in de buurtraad
    = Mijn verhaal vertellen aan studenten
    = Stemmen bij de volgende verkiezingen
    ? Mijn stem telt ook.
    ? Wat ik meemaakte, kan een ander helpen.
    - Een keer gaan luisteren
    - Opschrijven wat ik wil zeggen
    - Oefenen met iemand
    - Het doen
    # star meaning
    = Tijd voor stilte, {keer}
    = Weer naar de kerk of naar iets wat daarop lijkt
    = Uitzoeken wat ik belangrijk vind
    ? Er is meer dan overleven.
    ? Ik zoek wat bij mij past.
    - Een plek kiezen
    - Met iemand praten die luistert
    - Een kaars aansteken
    - Opschrijven wat me raakte
    # envelope justice
    = De oude brieven afhandelen
    = Mijn papieren op orde
    ? Ik wil een streep eronder.
    ? Dan hoef ik niet te schrikken van de bel.
    - Alles op datum leggen
    - Met iemand doorlezen
    - Bellen met wie erbij hoort
    - De map dicht
    # compass
    = Weten wat ik wil
    = Iets om naar uit te kijken
    ? Dat zoek ik nog uit.
    - Rondkijken
    - Iemand vragen wat hij van mij vindt
    - Drie dingen proberen
""")

# What is written with a standing; -1 is without one.
PROGRESS = {
    0: lines("""
        Nog niets gedaan. Dat is ook goed.
        Ik denk er wel aan.
        Deze week was voor iets anders.
    """),
    1: lines("""
        Een begin gemaakt, klein maar toch.
        Ik heb het één keer gedaan.
        Het eerste stuk ging beter dan ik dacht.
    """),
    2: lines("""
        Drie keer gedaan. Bij de brug was het druk, toen ben ik gestopt. Daarna verder.
        Het gaat met horten en stoten.
        Samen lukt het, alleen nog niet.
        Ik merk dat het went.
    """),
    3: lines("""
        Bijna. Nog één ding.
        Het gaat zonder dat ik erover nadenk.
        Ik sta er zelf van te kijken.
    """),
    4: lines("""
        Gelukt! We hebben taart gegeten.
        Het is gelukt, en nu houden zo.
        Klaar. Ik ben er trots op.
    """),
    -1: lines("""
        Vandaag viel het tegen, morgen weer.
        Ik schrijf dit op om het niet te vergeten.
        Mijn moeder zei dat ze het merkte.
    """),
}
HELPS = lines("""
    gaat met mij mee
    belt op woensdag
    kijkt mijn fiets na
    rijdt
    oefent met mij
    kookt een keer mee
    houdt mij eraan
    denkt mee over de brief
    past op de hond
""")
REPLIES = {
    "help": lines("""
        Ik kan je brengen
        Ik loop met je mee
        Ik heb nog gereedschap
        Zaterdag kan ik altijd
    """),
    "read": lines("""
        Mooi!
        Wat goed van je
    """),
    "discuss": lines("""
        Hoe doen we het als het regent?
        Zullen we een vaste dag kiezen?
        Wie belt als het niet doorgaat?
    """),
}
PLACES = lines("""
    Bij mij thuis
    Buurtkamer, Korreweg
    Bij mijn zus thuis
    Het wijkgebouw
    De bibliotheek, zaal 2
    In het park
    Bellen met beeld
""")
TOPICS = lines("""
    Hoe gaat het met iedereen?
    De vakantie
    Wie doet wat
    Wat ging goed?
    De verhuizing
    Mijn medicijnen
    Hoe we elkaar bellen
    Een uitje
""")
PROMISES = lines("""
    Belt de fietsenmaker
    Gaat mee naar de huisarts
    Neemt een folder mee
    Komt zondag tot de brug
    Maakt een lijstje
    Vraagt het na bij de gemeente
    Brengt de ladder terug
    Haalt verf
    Belt op dinsdagavond
    Zoekt een tweedehands laptop
    Kookt vrijdag
    Leest de brief mee
""")
NEXT = lines("""
    Zelfde plek, over drie maanden
    Bij mij thuis, met soep
    In het buurthuis
""")
EXPERIENCES = lines("""
    Vermoeiend, maar fijn dat iedereen er was.
    Ik durfde te zeggen wat ik wilde.
    Het mocht wel korter.
    Ik voelde me gehoord.
""")
CHECK_INS = lines("""
    Goed geslapen.
    Veel aan mijn hoofd.
    Buiten geweest.
    Ruzie gemaakt en weer goed.
    Een rustige dag.
    Gelachen met mijn zus.
    Ik was er even klaar mee.
    De zon scheen.
""")
INVITATIONS = lines("""
    Jij kijkt vaak even of het goed gaat. Ik zou het fijn vinden als je erbij komt.
    Wil je in mijn steungroep?
    Jij kent mij al lang. Kom je erbij?
    Met jou erbij durf ik meer.
    Ik vertel je er graag over. Doe je mee?
""")
