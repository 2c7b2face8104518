"""Tables of how written signs are read: units, currencies, symbols, abbreviations and noises."""

from __future__ import annotations

from types import MappingProxyType

#: words that the voice would spell out or misread
READINGS = MappingProxyType({
    "nginx": "engine X", "json": "Jason", "jsonl": "Jason L", "yaml": "yammel", "sql": "sequel", "mysql": "my sequel",
    "gif": "gif", "gui": "gooey", "wifi": "why fye", "wi-fi": "why fye", "arkit": "A R kit", "a2f": "A two F",
    "audio2face": "audio to face", "glb": "G L B", "gltf": "G L T F", "fps": "frames per second", "faq": "F A Q",
    "ascii": "ask ee", "kubectl": "cube control", "sudo": "sue doo", "regex": "reg ex", "url": "U R L", "urls": "U R L's",
    "visemesync": "viseme sync", "pyrender": "pie render", "numpy": "num pie", "pypi": "pie P I", "qt": "cute",
    "llm": "L L M", "tts": "T T S", "ok": "okay", "btw": "by the way", "imho": "in my humble opinion", "asap": "A S A P",
    "etc": "et cetera", "viseme": "vizeem", "visemes": "vizeems", "b/c": "because", "fyi": "F Y I", "diy": "D I Y",
})  # fmt: skip
#: noises that are no words, as the symbols of the voice
NOISES = MappingProxyType({
    "sh": "ʃ", "pst": "pst", "br": "bɹ", "gr": "ɡɹ", "z": "z", "pf": "pf", "tsk": "tɪsk",
})  # fmt: skip

LATIN = MappingProxyType({
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "approx.": "approximately",
    "a.k.a.": "also known as", "w/o": "without", "w/": "with", "tel.": "telephone", "ext.": "extension",
})  # fmt: skip
PER = MappingProxyType({
    "h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "d": "day", "day": "day", "wk": "week", "week": "week", "mo": "month",
    "month": "month", "yr": "year", "year": "year", "min": "minute", "minute": "minute", "s": "second", "sec": "second",
    "second": "second", "kg": "kilogram", "g": "gram", "lb": "pound", "l": "liter", "gal": "gallon", "person": "person", "user": "user",
    "seat": "seat", "unit": "unit", "night": "night", "mile": "mile", "km": "kilometer",
})  # fmt: skip
RATES = MappingProxyType({
    "km": "kilometers", "m": "meters", "mi": "miles", "ft": "feet", "kb": "kilobytes", "mb": "megabytes", "gb": "gigabytes",
    "kbit": "kilobits", "mbit": "megabits", "gbit": "gigabits", "l": "liters", "ml": "milliliters", "mg": "milligrams", "g": "grams",
    "kg": "kilograms", "req": "requests", "requests": "requests", "words": "words", "frames": "frames",
})  # fmt: skip
#: one and many, behind a number; those the voice knows by itself are left to it
UNITS = MappingProxyType({
    "tsp": ("teaspoon", "teaspoons"), "tbsp": ("tablespoon", "tablespoons"), "pt": ("pint", "pints"), "qt": ("quart", "quarts"),
    "gal": ("gallon", "gallons"), "fl oz": ("fluid ounce", "fluid ounces"), "cup": ("cup", "cups"), "cups": ("cup", "cups"),
    "s": ("second", "seconds"), "ns": ("nanosecond", "nanoseconds"), "µs": ("microsecond", "microseconds"),
    "μs": ("microsecond", "microseconds"), "h": ("hour", "hours"), "d": ("day", "days"), "wk": ("week", "weeks"),
    "wks": ("week", "weeks"), "mo": ("month", "months"), "yr": ("year", "years"), "yrs": ("year", "years"), "m": ("meter", "meters"),
    "dm": ("decimeter", "decimeters"), "ha": ("hectare", "hectares"), "g": ("gram", "grams"), "t": ("ton", "tons"),
    "l": ("liter", "liters"), "L": ("liter", "liters"), "dl": ("deciliter", "deciliters"), "cl": ("centiliter", "centiliters"),
    "mL": ("milliliter", "milliliters"), "V": ("volt", "volts"), "mV": ("millivolt", "millivolts"), "kV": ("kilovolt", "kilovolts"),
    "W": ("watt", "watts"), "mW": ("milliwatt", "milliwatts"), "Wh": ("watt hour", "watt hours"), "mA": ("milliamp", "milliamps"),
    "kJ": ("kilojoule", "kilojoules"), "cal": ("calorie", "calories"), "kcal": ("kilocalorie", "kilocalories"),
    "Pa": ("pascal", "pascals"), "kPa": ("kilopascal", "kilopascals"), "hPa": ("hectopascal", "hectopascals"),
    "psi": ("pound per square inch", "pounds per square inch"), "dB": ("decibel", "decibels"), "px": ("pixel", "pixels"),
    "rpm": ("revolution per minute", "revolutions per minute"), "bpm": ("beat per minute", "beats per minute"), "Ω": ("ohm", "ohms"),
    "PB": ("petabyte", "petabytes"), "kbps": ("kilobit per second", "kilobits per second"),
    "ppm": ("part per million", "parts per million"), "mol": ("mole", "moles"), "kB": ("kilobyte", "kilobytes"), "ft": ("foot", "feet"),
    "oz": ("ounce", "ounces"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "in.": ("inch", "inches"),
    "inch": ("inch", "inches"), "inches": ("inch", "inches"), "mi": ("mile", "miles"), "mile": ("mile", "miles"),
    "miles": ("mile", "miles"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"), "min": ("minute", "minutes"),
    "km": ("kilometer", "kilometers"), "kg": ("kilogram", "kilograms"), "ml": ("milliliter", "milliliters"),
    "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"), "yd": ("yard", "yards"),
    "km/h": ("kilometer per hour", "kilometers per hour"),
})  # fmt: skip
#: units that are squared and cubed
LENGTHS = MappingProxyType({
    "km": "kilometers", "m": "meters", "cm": "centimeters", "mm": "millimeters", "ft": "feet", "in": "inches", "mi": "miles",
    "yd": "yards",
})  # fmt: skip
COINS = MappingProxyType({
    "$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"),
})  # fmt: skip
#: in front of a dollar sign, and as a code behind or before a number
DOLLARS = MappingProxyType({
    "US": "U.S.", "A": "Australian", "AU": "Australian", "C": "Canadian", "CA": "Canadian", "NZ": "New Zealand", "HK": "Hong Kong",
    "S": "Singapore",
})  # fmt: skip
CODES = MappingProxyType({
    "USD": "U.S. dollars", "EUR": "euros", "GBP": "pounds", "CHF": "Swiss francs", "JPY": "yen", "AUD": "Australian dollars",
    "CAD": "Canadian dollars", "INR": "rupees", "CNY": "yuan", "SEK": "Swedish kronor",
})  # fmt: skip
BIG = MappingProxyType({
    "k": "thousand", "m": "million", "mn": "million", "mm": "million", "b": "billion", "bn": "billion", "t": "trillion",
    "tn": "trillion", "trn": "trillion",
})  # fmt: skip
#: signs between or before numbers that the voice passes over
SIGNS = MappingProxyType({
    ">=": "at least", "<=": "at most", "!=": "is not", "==": "equals", "->": "to", "=>": "so",
    "≤": "at most", "≥": "at least", "≈": "about", "≠": "is not", "√": "the square root of", "∞": "infinity", "⁄": "over",
    "+/-": "plus or minus", "∑": "the sum of", "‰": "per mille", "π": "pi", "→": "to", "⇒": "so", "−": "minus",
})  # fmt: skip
#: names with signs in them
NAMES = MappingProxyType({
    "C#": "C sharp", "F#": "F sharp", "J#": "J sharp", "G#": "G sharp", "D#": "D sharp", "A#": "A sharp", "C++": "C plus plus",
    "g++": "G plus plus", "Notepad++": "Notepad plus plus", ".NET": "dot net", "ASP.NET": "A S P dot net", "Node.js": "Node J S",
    "Next.js": "Next J S", "Vue.js": "Vue J S", "three.js": "three J S", "Three.js": "three J S",
})  # fmt: skip
MONTHS = MappingProxyType({
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Jun": "June", "Jul": "July", "Aug": "August",
    "Sep": "September", "Sept": "September", "Oct": "October", "Nov": "November", "Dec": "December",
})  # fmt: skip
MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
DAYS = MappingProxyType({
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday", "Thurs": "Thursday",
    "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
})  # fmt: skip
ZONES = frozenset({
    "EST", "EDT", "ET", "CST", "CDT", "CT", "MST", "MDT", "MT", "PST", "PDT", "PT", "GMT", "UTC", "BST", "CET", "CEST", "IST", "AEST",
})  # fmt: skip
STREETS = MappingProxyType({
    "St": "Street", "Ave": "Avenue", "Rd": "Road", "Blvd": "Boulevard", "Dr": "Drive", "Ln": "Lane", "Ct": "Court", "Hwy": "Highway",
    "Sq": "Square", "Pl": "Place",
})  # fmt: skip
#: a fraction's lower number: one of it, many
PARTS = MappingProxyType({
    2: ("half", "halves"), 3: ("third", "thirds"), 4: ("quarter", "quarters"), 5: ("fifth", "fifths"), 6: ("sixth", "sixths"),
    7: ("seventh", "sevenths"), 8: ("eighth", "eighths"), 9: ("ninth", "ninths"), 10: ("tenth", "tenths"), 12: ("twelfth", "twelfths"),
    16: ("sixteenth", "sixteenths"), 32: ("thirty-second", "thirty-seconds"), 64: ("sixty-fourth", "sixty-fourths"),
    100: ("hundredth", "hundredths"),
})  # fmt: skip
#: fractions as one character
VULGAR = MappingProxyType({
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6),
    "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅑": (1, 9), "⅒": (1, 10),
})  # fmt: skip
DIGITS = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
#: words with a period that end no sentence
TITLES = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "st", "mt", "ft", "gen", "gov", "sen", "rep", "capt", "lt", "col", "sgt",
    "rev", "hon", "jr", "sr", "vs", "fig", "vol", "approx", "inc", "ltd", "co", "cf", "ave", "blvd", "rd", "dept", "messrs",
})  # fmt: skip
#: words that end no sentence when a number follows
BEFORE_NUMBERS = frozenset(
    {"no", "nos", "p", "pp", "ch", "sec", "art", "eq", "ver", "ext", "tel", "ph", "ca", "est", "c", *(m.lower() for m in MONTHS)}
)
#: what a sentence begins with, so that an abbreviation of capitals before it ended one
STARTERS = frozenset({
    "the", "he", "she", "it", "we", "i", "you", "they", "in", "but", "and", "this", "that", "there", "a", "an", "then", "so", "my",
    "our", "his", "her", "if", "when", "what", "who", "why", "how", "no", "yes", "all", "some", "on", "at", "for",
})  # fmt: skip
#: names before a Roman numeral that is an ordinal
REGENTS = frozenset({
    "Pope", "King", "Queen", "Henry", "Louis", "Edward", "George", "William", "Charles", "James", "Richard", "Elizabeth", "Napoleon",
    "Pius", "Benedict", "Leo", "Paul", "Ramses", "Frederick", "Philip", "Alexander", "Nicholas", "Peter", "Catherine", "Ivan", "Umberto",
    "Emmanuel", "Gustav", "Christian", "Ferdinand",
})  # fmt: skip
#: faces made of signs
EMOTICONS = r"(?<!\S)(?:[:;=8][-o'^]?[)(DPp/\\|*3\]\[]|[xX]D|\^_?\^|<\/3|:'\(|¯\\_\(ツ\)_\/¯)(?=[\s.,!?]|$)"
