"""Names of made-up people, and who they are to somebody."""


def named(text: str) -> list[str]:
    return text.split()


WOMEN = named("""
    Ans Anneke Aaltje Bea Betty Carla Corrie Daisy Diana Dina Ellen Els Emine Esther Fatma Femke Froukje
    Geertje Gerda Greet Hanneke Harmke Hennie Hilde Ilse Ina Ineke Irene Jannie Jantje Jolanda Joke Karin Kim
    Klaske Latifa Linda Loes Lotte Manon Margriet Marijke Marleen Mieke Mirjam Monique Nadia Naomi Nienke Noor
    Petra Priya Reina Renske Riet Ria Roos Samira Sandra Saskia Sietske Silvia Sjoukje Stella Sylvana Tineke
    Tjitske Trees Truus Wendy Wieke Wilma Yasmina Yvonne
""")
MEN = named("""
    Aart Abdel Ahmed Albert Alwin Anton Arjen Bas Bennie Berend Bert Bob Bram Cees Chris Daan Dirk Eddy Egbert
    Emiel Erik Ferdi Frans Freek Gerard Gerrit Gijs Hakan Hans Harm Harrie Henk Herman Hidde Ibrahim Jaap Jan
    Jelle Jeroen Job Johan Joost Jorrit Kees Klaas Koen Lars Leo Luuk Maarten Marcel Mehmet Menno Michiel Mo
    Niels Nico Otto Piet Pim Ravi Reinder Rik Rinus Rob Roelof Ron Ruben Sem Sjaak Stefan Steven Teun Theo Tim
    Tom Ubbo Wiebe Wim Wout Yusuf
""")
PETS = named("""
    Boef Snoes Bello Tijger Moos Pip Saartje Doerak Flip Luna Guus Sproet
""")
SURNAMES = named("""
    Bakker Boer Bos Bouazza Bosma Brouwer Dekker Demir Dijkstra Drent Feenstra Haan Hendriks Hoekstra Huizinga
    Jansen Kaya Kok Kuipers Lubbers Meijer Mulder Nieboer Oosting Pinas Postma Prins Ramdin Smid Stam Tuin
    Veen Visser Vos Wiersma Wolters Yilmaz Zijlstra
""")

# Who somebody is to the participant, and which list their name comes from.
RELATIONS = {
    **dict.fromkeys(["zus", "moeder", "vriendin", "buurvrouw", "dochter", "tante", "nicht", "schoonzus"], WOMEN),
    **dict.fromkeys(["broer", "vader", "vriend", "buurman", "zoon", "oom", "neef", "zwager", "mijn maatje"], MEN),
    **dict.fromkeys(["van de moestuin", "van het koor", "van het wandelgroepje"], WOMEN),
    **dict.fromkeys(["van de kaartclub", "van vroeger, van mijn werk"], MEN),
}
PEER_RELATIONS = ["zelfhulpgroep", "herstelgroep", "van de inloop", "ervaringsdeskundige", "van de cursus"]
# On the map, and not in the group.
ASIDE = {
    "mijn kat": PETS,
    "mijn hond": PETS,
    "oude vriend": MEN,
    "kringloop": MEN,
    "bakker om de hoek": MEN,
    "van de bibliotheek": WOMEN,
    "oude buurvrouw": WOMEN,
    "mijn oma, zij leeft niet meer": WOMEN,
}

DISTRICTS = [
    "Oosterpark",
    "De Wijert",
    "Beijum",
    "Lewenborg",
    "Paddepoel",
    "Selwerd",
    "Vinkhuizen",
    "Corpus den Hoorn",
    "Helpman",
    "Hoogkerk",
    "Korrewegwijk",
    "Schilderswijk",
]
# name: kind
ORGANISATIONS = {
    "Lentis": "care",
    "VNN": "addiction",
    "WIJ-team De Wijert": "municipal",
    "WIJ-team Oosterparkwijk": "municipal",
    "WIJ-team Beijum": "municipal",
    "UMCG": "research",
    "Kring": "platform",
}
