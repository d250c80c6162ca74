#!/usr/bin/env python3
"""Seeded generator of short English stories.

    python3 corpus.py --seed 360 --stories 60000 --out train.txt

Every story is one line. A story is an opening (one of a dozen shapes) joined to
one of the plots in plots.py; the plot's sentences are templates whose choices
and slots are drawn from one random stream, so a seed gives the same corpus on
every machine. Only the standard library is used.
"""
import argparse
import random
import re
import sys

from plots import PLOTS

GIRLS = ("Lily Anna Mia Sue Lucy Zoe Kate Emma Nora Rosa Ivy Ella Vera Olive Una Hana Xena".split())
BOYS = ("Tom Ben Sam Max Tim Finn Jack Leo Hugo Peter Gus Dan Carl Quinn Yan Ken".split())
PETS = {"he": "Rex Spot Buddy Kip Gus Max Biscuit".split(),
        "she": "Bella Coco Daisy Dot Willow Pepper Ruby Poppy".split()}
ANIMALS = ("dog cat bird rabbit bear duck fox mouse frog horse cow hen pig sheep owl turtle goat squirrel".split())
SHE = set("cat bird duck mouse cow hen sheep squirrel".split())
FLYERS = ["bird", "owl", "crow", "duck"]
SIZES = "little little little small young brown white old".split()
COLOURS = "red blue green yellow pink white black brown purple orange".split()
TOYS = ("ball|kite|toy car|doll|drum|toy boat|book|hat|bell|shell|teddy bear|toy train|"
        "umbrella|scarf|bag|cup|basket|blanket|coat|whistle").split("|")
FOODS = "apple cookie pear carrot banana sandwich pancake muffin pie plum".split()
PLACES = {"park": "in", "garden": "in", "forest": "in", "beach": "at", "lake": "by", "farm": "at",
          "hill": "on", "river": "by", "market": "at", "barn": "in", "meadow": "in", "village": "in"}
WEATHER = "sunny warm cold windy rainy cloudy bright quiet".split()
TIMES = "day morning afternoon".split()
FEEL_GOOD = "happy|very happy|glad|proud|so happy".split("|")
FEEL_BAD = "sad|very sad|upset|worried|not happy".split("|")
EPITHETS = "little kind brave happy clever funny shy silly quiet".split()

PRON = {"he": dict(he="he", him="him", his="his", He="He", His="His", kind="boy"),
        "she": dict(he="she", him="her", his="her", He="She", His="Her", kind="girl")}


class Character:
    def __init__(self, sex, name=None, kind=None, adj=None):
        self.sex, self.name, self.kind, self.adj = sex, name, kind, adj

    @property
    def human(self):
        return self.kind in ("boy", "girl")

    def ref(self):
        return self.name or "the " + self.kind

    def vocative(self, rng):
        return self.name or rng.choice(["little ", "dear ", "my little "]) + self.kind

    def intro(self):
        base = f"a {self.adj} {self.kind}"
        return base + (f" named {self.name}" if self.name else "")

    def titled(self):
        """'Sleepy Joe', 'the little dog'."""
        if self.name:
            return f"{self.adj.capitalize()} {self.name}"
        return f"the {self.adj} {self.kind}"


def make_joe():
    return Character("he", "Joe", "boy", "sleepy")


def make_child(rng, used):
    sex = rng.choice(["he", "she"])
    names = [n for n in (BOYS if sex == "he" else GIRLS) if n not in used]
    name = "Lily" if sex == "she" and "Lily" not in used and rng.random() < 0.12 else rng.choice(names)
    return Character(sex, name, PRON[sex]["kind"], rng.choice(EPITHETS))


def make_animal(rng, used, named=None, kinds=ANIMALS):
    kinds = [k for k in kinds if k not in used]
    kind = "dog" if "dog" in kinds and rng.random() < 0.1 else rng.choice(kinds)
    sex = "she" if kind in SHE else "he"
    name = None
    if named or (named is None and rng.random() < 0.45):
        name = rng.choice([n for n in PETS[sex] if n not in used])
    return Character(sex, name, kind, rng.choice(SIZES))


def make_hero(rng, want):
    r = rng.random()
    if want == "joe":
        return make_joe() if r < 0.75 else make_child(rng, {"Joe"})
    if want == "child":
        return make_joe() if r < 0.14 else make_child(rng, {"Joe"})
    if want == "animal":
        return make_animal(rng, set())
    if r < 0.11:
        return make_joe()
    if r < 0.60:
        return make_child(rng, {"Joe"})
    return make_animal(rng, set())


def make_friend(rng, want, hero):
    used = {hero.name, hero.kind}
    if want == "flyer":
        return make_animal(rng, used, kinds=FLYERS)
    if want == "animal":
        return make_animal(rng, used)
    if want == "child" or (want == "any" and hero.human and rng.random() < 0.55):
        if hero.name != "Joe" and rng.random() < 0.08:
            return make_joe()
        return make_child(rng, used | {"Joe"})
    return make_animal(rng, used)


# ---- templates -------------------------------------------------------------

INNER = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{([A-Za-z_0-9']+)\}")


def choose(rng, text):
    """Resolves [a|b|c], innermost first."""
    while True:
        m = INNER.search(text)
        if not m:
            return text
        text = text[:m.start()] + rng.choice(m.group(1).split("|")) + text[m.end():]


def fill(rng, text, slots):
    text = choose(rng, text)
    while True:
        m = SLOT.search(text)
        if not m:
            return text
        value = slots[m.group(1)]
        if isinstance(value, list):
            value = rng.choice(value)
        text = text[:m.start()] + choose(rng, value) + text[m.end():]


SPEECH = r"(?:said|asked|cried|called|shouted|whispered|thought|read)\b"
TAG = re.compile(r"(?:(?:he|she|they|the \w+|[A-Z]\w+) )?" + SPEECH)


IRREGULAR = {"sandwichs": "sandwiches", "foxs": "foxes", "mouses": "mice", "sheeps": "sheep"}
PLURALS = re.compile(r"\b(?:" + "|".join(IRREGULAR) + r")\b")


def tidy(text):
    """Articles, spaces and capital letters."""
    text = re.sub(r"\s+", " ", text).strip()
    text = PLURALS.sub(lambda m: IRREGULAR[m.group(0)], text)
    text = re.sub(r"\b([Aa]) (?=[aeiouAEIOU])", r"\1n ", text)
    text = re.sub(r"((?:^|[,.!?]\"? )\")([a-z])", lambda m: m.group(1) + m.group(2).upper(), text)

    def after_stop(m):
        stop, letter = m.group(1), m.group(2)
        if stop[1:2] == '"' and stop[0] != "." and TAG.match(text[m.end() - 1:]):
            return stop + letter
        return stop + letter.upper()
    text = re.sub(r"([.!?]\"? )([a-z])", after_stop, text)
    return text[0].upper() + text[1:]


def character_slots(rng, prefix, c):
    p = PRON[c.sex]
    slots = {prefix: c.ref(), prefix + "'s": c.ref() + "'s", prefix + "v": c.vocative(rng),
             prefix + "c": c.ref()[0].upper() + c.ref()[1:], prefix + "T": c.titled()}
    low = "" if prefix == "H" else prefix.lower()
    for k in ("he", "him", "his", "He", "His"):
        slots[low + k] = p[k]
    slots[low + "kind"] = c.kind
    return slots


def first_mention(rng, friend, hero):
    his = PRON[hero.sex]["his"]
    if not friend.name:
        return rng.choice([f"a {friend.adj} {friend.kind}", f"a {friend.adj} {friend.kind}", f"a kind {friend.kind}"])
    if friend.human:
        return rng.choice([f"{his} friend {friend.name}", friend.name, f"a {friend.kind} named {friend.name}"])
    return rng.choice([f"a {friend.adj} {friend.kind} named {friend.name}", f"{his} friend {friend.name} the {friend.kind}"])


def shorten(rng, body):
    """Drops the second half of a speech now and then: "One," said {F}. "Two." """
    return re.sub(r"((?:said \{[HF]\}|\{he\} said|said \{parent\})\.) \"[^\"]*[.!]\"(?= [a-z{A-Z]|$)(?! (?:said|asked))",
                  lambda m: m.group(1) if rng.random() < 0.75 else m.group(0), body)


def introduce(body):
    """The friend's first mention outside quotation marks becomes {FI}."""
    for m in re.finditer(r"\{Fc?\}", body):
        if body.count('"', 0, m.start()) % 2 == 0:
            return body[:m.start()] + "{FI}" + body[m.end():]
    return body


def opening(rng, plot, hero, friend, slots):
    """One of the opening shapes; states the plot's premise exactly once."""
    said = rng.choice(plot["said"])
    pred = rng.choice(plot["pred"])
    want = rng.choice(plot["want"])
    comma = said[:-1] + "," if said.endswith(".") else said
    verb = "asked" if said.endswith("?") else "said"
    who = "{HT}" if rng.random() < 0.5 or hero.name == "Joe" else "{H}"
    if not hero.name and rng.random() < 0.85:
        who = "{HT}"
    state = rng.choice([pred, pred, "wanted " + want])
    r = rng.random()
    if r < 0.26:
        start = rng.choice(["once upon a time, there was {HI}."] * 5 +
                           ["once upon a time, there lived {HI}.",
                            "once upon a time, {HI} lived near the {spot}.",
                            "once upon a time, in a small house near the {spot}, there lived {HI}."])
        trait = rng.choice(["", "", "{He} lived in a [small|little|white|nice] house.", "{He} loved to [sing|run|play|dance|laugh].",
                            "{He} had [many friends|a big family|one good friend].",
                            "everyone [liked|loved] {H}.",
                            "{He} was always [sleepy|ready for a nap]." if hero.name == "Joe" else "{He} was [very kind|very brave|always busy|never bored]."])
        link = rng.choice(["one day,", "one day,", "one {weather} {time},", "one morning,"])
        text = f"{start} {trait} {link} " + rng.choice(["{H}", "{he}"]) + f" {state}."
    elif r < 0.42:
        text = f"{who} said, \"{said}\"" if verb == "said" else f"{who} {rng.choice(['asked', 'said'])}, \"{said}\""
    elif r < 0.54:
        text = ("{H}" if hero.name and hero.name != "Joe" else who) + f" wanted {want}."
    elif r < 0.66:
        text = f"{who} {pred}."
    elif r < 0.74:
        text = rng.choice(["one {weather} {time},", "one day,", "it was a {weather} {time}.", "early in the morning,",
                           "on a {weather} day,"]) + f" {rng.choice(['{H}', who])} {state}."
    elif r < 0.80:
        text = f"\"{comma}\" {rng.choice([verb, verb, verb])} {{H}}."
    elif r < 0.87:
        text = rng.choice(["there once was {HI}.", "long ago, there was {HI}.", "near the {spot}, there lived {HI}.",
                           "in the {spot2}, there was {HI}."]) + f" {{He}} {state}."
    elif r < 0.94 and hero.name:
        text = rng.choice(["{H} was a {HA} {kind}.", "{H} was a {HA} {kind} who [liked|loved] [stories|games|flowers|sunny days|music]."]) + \
            " " + rng.choice(["one day,", "today,", "one {weather} {time},", "this morning,"]) + f" {{he}} {state}."
    else:
        text = f"{who} {pred}. \"{comma}\" " + rng.choice(["{he} %s." % verb, "%s {H}." % verb])
    return text


LONGEST = 545  # characters; about 240 tokens of the shipped tokenizer


def story(rng):
    """A story of one plot, drawn again (same plot) while it is too long."""
    plot = PLOTS[rng.choices(range(len(PLOTS)), weights=[p.get("weight", 1.0) for p in PLOTS])[0]]
    texts = []
    while len(texts) < 12:
        texts.append(tell(rng, plot))
        if len(texts[-1]) <= LONGEST:
            return texts[-1]
    return story(rng)


def tell(rng, plot):
    hero = make_hero(rng, plot.get("hero", "any"))
    friend = make_friend(rng, plot.get("friend", "any"), hero)
    slots = {}
    slots.update(character_slots(rng, "H", hero))
    slots.update(character_slots(rng, "F", friend))
    slots["HI"], slots["HA"], slots["FI"] = hero.intro(), hero.adj, first_mention(rng, friend, hero)
    third = make_animal(rng, {hero.kind, friend.kind, hero.name, friend.name}, named=False)
    slots["X"], slots["x_adj"] = third.kind, third.adj
    toy, food, food2 = rng.choice(TOYS), rng.choice(FOODS), None
    col = rng.choice(COLOURS)
    food2 = rng.choice([f for f in FOODS if f != food])
    place, place2 = rng.sample(sorted(PLACES), 2)
    slots.update(toy=toy, col=col, ctoy=f"{col} {toy}", food=food, food2=food2, spot=rng.choice(["lake", "river", "forest", "hill", "farm", "park"]),
                 spot2=rng.choice(["forest", "garden", "village", "meadow", "barn"]),
                 place=f"the {place}", at=f"{PLACES[place]} the {place}", at2=f"{PLACES[place2]} the {place2}", place2=f"the {place2}",
                 weather=rng.choice(WEATHER), time=rng.choice(TIMES), good=rng.choice(FEEL_GOOD), bad=rng.choice(FEEL_BAD),
                 col2=rng.choice([c for c in COLOURS if c != col]), num=rng.choice("two three four five six seven ten".split()),
                 parent=rng.choice(["Mom", "Dad", "Grandma", "Grandpa"]))
    for key, values in plot.get("slots", {}).items():
        slots[key] = rng.choice(values)
    parts = [opening(rng, plot, hero, friend, slots)]
    for line in plot["body"].strip().splitlines():
        line = line.strip()
        if line.startswith("?"):
            if rng.random() < 0.5:
                continue
            line = line[1:]
        parts.append(line)
    body = shorten(rng, choose(rng, " ".join(parts[1:])))
    if "{FI}" not in body and "{F}" not in parts[0] and "{Fc}" not in parts[0]:
        body = introduce(body)
    parts = [parts[0], body]
    joe = "Joe" if "Joe" in (hero.name, friend.name) else None
    if joe and rng.random() < 0.45 and not plot.get("sleeps"):
        parts.append(rng.choice(["then Joe yawned and fell asleep.", "soon Joe was asleep again.",
                                 "Joe was so sleepy that he fell asleep with a smile.", "then sleepy Joe went to bed.",
                                 "Joe yawned, closed his eyes and slept until morning."]))
    elif rng.random() < 0.3 and not plot.get("sleeps"):
        parts.append(rng.choice(["[in the evening|then], [they|{H} and {F}] went home.", "it was a [good|very good|happy|wonderful] day.",
                                 "that night, {H} dreamed of {dream}.", "{H} never forgot that day.",
                                 "{H} [smiled|laughed] all the way home."]))
    slots["dream"] = plot.get("dream", "{F}")
    return tidy(fill(rng, " ".join(parts), slots))




def check(text):
    """Returns a reason the story is malformed, or None."""
    if text.count('"') % 2:
        return "odd number of quotation marks"
    if re.search(r"[{}\[\]|]|  ", text):
        return "template residue"
    if not re.search(r"[.!?]\"?$", text):
        return "no closing stop"
    inside = False
    for i, ch in enumerate(text):
        if ch != '"':
            continue
        if not inside:
            if i and text[i - 1] != " ":
                return "opening quote without a space"
            if not text[i + 1].isupper():
                return "quotation does not start with a capital"
        else:
            if text[i - 1] not in ".,!?":
                return "quotation does not end in punctuation"
            rest = text[i + 1:]
            if rest and rest[0] != " ":
                return "closing quote without a space"
            if rest and rest[1].islower() and not TAG.match(rest[1:]) and not rest.startswith(" and "):
                return "lower case after quotation"
            if text[i - 1] == "," and not TAG.match(rest[1:]) and not rest.startswith(" and "):
                return "comma without speech verb"
            opened = text[text.rindex('"', 0, i) + 1:i]
            if re.match(r"(?:Where|What (?!a )|Who|Why|How|Which|Did|Do you|Can|Is|Are|May|Will you)\b", opened) and opened[-1] != "?":
                return "question without its mark"
        inside = not inside
    if re.search(r"[.!?] [a-z]", text):
        return "lower case sentence"
    if re.search(r"\b(\w+) \1\b", re.sub(r"\b(had had|no no|far far|up up)\b", "", text.lower())):
        return "repeated word"
    return None


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--seed", type=int, default=360)
    ap.add_argument("--stories", type=int, default=60000)
    ap.add_argument("--out", default="-")
    ap.add_argument("--check", action="store_true", help="stop at the first malformed story")
    a = ap.parse_args()
    rng = random.Random(a.seed)
    out = sys.stdout if a.out == "-" else open(a.out, "w", encoding="utf-8")
    for _ in range(a.stories):
        text = story(rng)
        if a.check and check(text):
            sys.exit(f"{check(text)}: {text}")
        out.write(text + "\n")


if __name__ == "__main__":
    main()
