"""Everyday words for what products are, written by hand from what people say, in English and German.

Nothing here was taken from parure's own code or from the catalogues: English words are others than the catalogue's own
label wherever there are such, German ones are what a German would type. ``compounds`` are German words put together
that hold a colour, a use or a material beside the thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Thing:
    """What somebody may look for.

    Attributes:
        values: Values of the catalogue's column that are right.
        english: Other words for it.
        german: German words for it.
        plain: The catalogue's own word, from which misspelt queries are made.
    """

    values: tuple[str, ...]
    english: tuple[str, ...]
    german: tuple[str, ...]
    plain: str = ""


FASHION_TYPES: Final = (
    Thing(("Tshirts",), ("tee", "short sleeved jersey top"), ("T-Shirt", "kurzärmeliges Oberteil"), "tshirt"),
    Thing(("Shirts",), ("button-down", "button up with collar"), ("Hemd", "Oberhemd mit Kragen"), "shirt"),
    Thing(("Watches",), ("wristwatch", "timepiece", "chronograph"), ("Armbanduhr", "Uhr"), "watches"),
    Thing(
        ("Sports Shoes",),
        ("running trainers", "gym sneakers", "joggers for the feet"),
        ("Turnschuhe", "Laufschuhe", "Sportschuhe"),
        "sports shoes",
    ),
    Thing(
        ("Casual Shoes", "Flats"),
        ("everyday sneakers", "loafers", "footwear for leisure"),
        ("Freizeitschuhe", "Halbschuhe für jeden Tag"),
        "casual shoes",
    ),
    Thing(
        ("Formal Shoes",),
        ("oxfords for the office", "business footwear"),
        ("Anzugschuhe", "Businessschuhe", "Schnürschuhe fürs Büro"),
        "formal shoes",
    ),
    Thing(("Handbags", "Clutches"), ("purse for ladies", "tote"), ("Handtasche", "Damentasche"), "handbag"),
    Thing(("Backpacks", "Rucksacks"), ("knapsack", "school bag for the back"), ("Rucksack", "Schulranzen"), "backpack"),
    Thing(
        ("Heels",),
        ("stilettos", "pumps", "high-heeled footwear"),
        ("Pumps", "Stöckelschuhe", "hochhackige Schuhe"),
        "heels",
    ),
    Thing(("Sunglasses",), ("shades", "eyewear against glare"), ("Sonnenbrille",), "sunglasses"),
    Thing(
        ("Wallets",), ("billfold", "purse for coins and cards"), ("Geldbörse", "Portemonnaie", "Geldbeutel"), "wallet"
    ),
    Thing(("Flip Flops",), ("thongs for the beach", "beach slippers"), ("Zehentrenner", "Badelatschen"), "flip flops"),
    Thing(
        ("Sandals", "Sports Sandals"),
        ("open-toed footwear", "strappy summer footwear"),
        ("Sandalen", "Sandaletten"),
        "sandals",
    ),
    Thing(
        ("Briefs", "Trunk", "Boxers"), ("underpants", "underwear for men"), ("Unterhose", "Herrenunterwäsche"), "briefs"
    ),
    Thing(("Belts",), ("waist strap", "leather strap for trousers"), ("Gürtel", "Ledergürtel"), "belt"),
    Thing(("Socks",), ("hosiery for feet", "anklets"), ("Socken", "Strümpfe"), "socks"),
    Thing(
        ("Perfume and Body Mist", "Deodorant"),
        ("fragrance", "scent", "eau de toilette", "cologne"),
        ("Parfüm", "Duft", "Duftwasser"),
        "perfume",
    ),
    Thing(("Jeans", "Jeggings"), ("denim trousers", "denims"), ("Jeanshose", "Denimhose"), "jeans"),
    Thing(("Shorts", "Lounge Shorts"), ("bermudas", "short pants"), ("kurze Hose", "Bermudas"), "shorts"),
    Thing(("Trousers", "Capris"), ("slacks", "chinos", "pants"), ("Hose", "Stoffhose", "lange Hose"), "trousers"),
    Thing(("Track Pants", "Lounge Pants"), ("sweatpants", "joggers"), ("Jogginghose", "Trainingshose"), "track pants"),
    Thing(("Bra",), ("brassiere", "lingerie top"), ("Büstenhalter", "BH"), "bra"),
    Thing(("Dresses",), ("frock", "gown", "sundress"), ("Kleid", "Sommerkleid", "Abendkleid"), "dress"),
    Thing(("Earrings",), ("ear studs", "danglers for the ears"), ("Ohrringe", "Ohrstecker", "Ohrhänger"), "earrings"),
    Thing(
        ("Sweatshirts", "Sweaters"),
        ("hoodie", "pullover", "jumper"),
        ("Pullover", "Strickpulli", "Kapuzenpulli"),
        "sweater",
    ),
    Thing(("Jackets", "Blazers", "Rain Jacket"), ("coat", "windbreaker"), ("Jacke", "Mantel", "Windjacke"), "jacket"),
    Thing(("Caps", "Hat"), ("headgear", "headwear with a visor"), ("Mütze", "Schirmmütze", "Kappe"), "caps"),
    Thing(("Nail Polish",), ("nail varnish", "lacquer for nails"), ("Nagellack",), "nail polish"),
    Thing(("Lipstick", "Lip Gloss"), ("lip colour", "make-up for the lips"), ("Lippenstift", "Lipgloss"), "lipstick"),
    Thing(("Ties",), ("cravat", "neckwear for a suit"), ("Krawatte", "Schlips"), "ties"),
    Thing(
        ("Pendant", "Necklace and Chains"), ("neck chain", "choker"), ("Halskette", "Anhänger", "Collier"), "necklace"
    ),
    Thing(("Ring",), ("finger band", "engagement band"), ("Fingerring", "Verlobungsring", "Ring"), "ring"),
    Thing(
        ("Bangle", "Bracelet"),
        ("arm band jewellery", "wrist jewellery"),
        ("Armband", "Armreif", "Armkettchen"),
        "bracelet",
    ),
    Thing(("Cufflinks",), ("links for shirt sleeves", "studs for cuffs"), ("Manschettenknöpfe",), "cufflinks"),
    Thing(("Skirts",), ("miniskirt", "kilt"), ("Rock", "Minirock"), "skirt"),
    Thing(("Scarves", "Stoles", "Mufflers"), ("shawl", "neckerchief", "pashmina"), ("Schal", "Halstuch"), "scarf"),
    Thing(
        ("Nightdress", "Night suits"), ("pyjamas", "sleepwear", "nightgown"), ("Schlafanzug", "Nachthemd"), "nightdress"
    ),
    Thing(
        ("Duffel Bag", "Trolley Bag"), ("holdall", "luggage", "gym bag"), ("Reisetasche", "Sporttasche"), "duffel bag"
    ),
    Thing(
        ("Laptop Bag", "Messenger Bag"), ("briefcase", "notebook case"), ("Aktentasche", "Laptoptasche"), "laptop bag"
    ),
    Thing(("Gloves",), ("mittens", "hand warmers"), ("Handschuhe",), "gloves"),
    Thing(
        ("Kajal and Eyeliner", "Mascara", "Eyeshadow"),
        ("make-up for the eyes", "kohl"),
        ("Augen-Make-up", "Lidschatten", "Wimperntusche"),
        "eyeliner",
    ),
    Thing(
        ("Face Moisturisers", "Face Wash and Cleanser"),
        ("skin cream", "facial lotion"),
        ("Gesichtscreme", "Hautpflege"),
        "moisturiser",
    ),
)

FASHION_COLOURS: Final = (
    Thing(("Black", "Charcoal"), ("jet-coloured", "dark"), ("schwarz", "schwarze")),
    Thing(("White", "Off White", "Cream"), ("ivory", "snow-coloured"), ("weiß", "weisse")),
    Thing(("Blue", "Navy Blue", "Turquoise Blue"), ("azure", "sky-coloured"), ("blau", "blaue", "dunkelblau")),
    Thing(("Brown", "Coffee Brown", "Tan", "Mushroom Brown"), ("chocolate", "chestnut"), ("braun", "braune")),
    Thing(("Grey", "Grey Melange", "Charcoal"), ("gray", "ash-coloured"), ("grau", "graue")),
    Thing(("Red", "Maroon", "Burgundy"), ("crimson", "scarlet"), ("rot", "rote", "weinrot")),
    Thing(("Green", "Olive", "Sea Green", "Lime Green"), ("emerald", "grass-coloured"), ("grün", "gruen", "grüne")),
    Thing(("Pink", "Rose", "Magenta", "Peach"), ("rosy", "fuchsia"), ("rosa", "pinke")),
    Thing(("Purple", "Lavender", "Mauve"), ("violet", "lilac"), ("lila", "violett")),
    Thing(("Silver", "Steel", "Metallic"), ("silvery", "chrome"), ("silbern", "silberfarben")),
    Thing(("Gold", "Bronze", "Copper"), ("golden", "gilded"), ("golden", "goldfarben")),
    Thing(("Yellow", "Mustard"), ("lemon-coloured", "canary"), ("gelb", "gelbe")),
    Thing(("Beige", "Khaki", "Nude", "Skin"), ("sand-coloured", "fawn"), ("sandfarben", "hautfarben")),
    Thing(("Orange", "Rust"), ("tangerine", "amber"), ("orangefarben", "apricot")),
)

JEWEL_TYPES: Final = (
    Thing(
        ("rings", "ring"), ("finger band", "band for the finger"), ("Fingerschmuck", "Fingerring", "Trauring"), "ring"
    ),
    Thing(
        ("necklaces", "necklace"),
        ("neck chain", "pendant", "something for the neck"),
        ("Kette", "Collier", "Halsschmuck"),
        "necklace",
    ),
    Thing(
        ("earrings", "earring"),
        ("ear studs", "drops for the ears"),
        ("Ohrschmuck", "Ohrstecker", "Ohrhänger"),
        "earrings",
    ),
    Thing(
        ("bracelets", "bracelet"),
        ("wrist chain", "bangle", "armlet"),
        ("Armreif", "Armkettchen", "Schmuck fürs Handgelenk"),
        "bracelet",
    ),
    Thing(("watches", "watch"), ("timepiece", "chronograph"), ("Armbanduhr", "Zeitmesser"), "watch"),
    Thing(
        ("sets", "set"),
        ("matching jewellery", "pieces that belong together"),
        ("Schmuckset", "passender Schmuck", "Garnitur"),
        "set",
    ),
)

JEWEL_METALS: Final = (
    Thing(("yellow gold", "gold"), ("golden", "gilded"), ("golden", "goldfarben", "goldene")),
    Thing(("rose gold",), ("pinkish gold", "reddish gold"), ("rosé vergoldet", "rötliches Gold")),
    Thing(("white gold",), ("pale gold", "bright gold"), ("Weissgold", "helles Gold")),
    Thing(("silver",), ("sterling", "silvery"), ("silbern", "aus Silber", "silberne")),
    Thing(("platinum",), ("platinised", "precious grey metal"), ("Platin", "aus Platin")),
    Thing(("steel", "stainless steel"), ("inox", "surgical metal"), ("Edelstahl", "rostfrei")),
)

JEWEL_STONES: Final = (
    Thing(("diamond", "zirconia"), ("brilliant", "sparkling clear stone"), ("Brillant", "funkelnd", "Glitzerstein")),
    Thing(("sapphire", "lapis lazuli", "topaz"), ("blue gem", "deep blue stone"), ("blauer Stein", "blauer Edelstein")),
    Thing(("ruby", "garnet"), ("red gem", "crimson stone"), ("roter Stein", "roter Edelstein")),
    Thing(("emerald", "peridot"), ("green gem", "grass-green stone"), ("grüner Stein", "gruener Edelstein")),
    Thing(("amethyst",), ("purple gem", "violet stone"), ("lila Stein", "violetter Edelstein")),
    Thing(("pearl",), ("from the oyster", "mother-of-pearl"), ("Perlen", "Zuchtperle")),
    Thing(("onyx",), ("black gem", "jet stone"), ("schwarzer Stein", "schwarzer Edelstein")),
    Thing(("turquoise", "aquamarine"), ("sea-coloured gem", "teal stone"), ("türkiser Stein", "meerfarben")),
    Thing(("rose quartz", "morganite"), ("pink gem", "blush stone"), ("rosa Stein", "rosafarbener Edelstein")),
    Thing(("citrine",), ("yellow gem", "honey-coloured stone"), ("gelber Stein", "honigfarben")),
    Thing(("moonstone",), ("milky gem", "opalescent stone"), ("milchiger Stein", "schimmernder Stein")),
)
