#!/usr/bin/env python3
"""Tells stories from many prompts and checks their form.

    python3 judge.py --work work [--seeds 10]

For every text: at least 60 tokens, quotation marks as corpus.py's check wants
them, no sentence said twice, and only words that the training text knows.
"""
import argparse
import os
import re

from corpus import check
from generate import Checkpoint, generate
from tokenizer import Tokenizer

PROMPTS = ["Sleepy Joe said", "Once upon a time", "Lily wanted", "The little dog",
           "In the forest", "Tom found a small key", "One sunny day", "Anna got lost", "The little cat was hungry",
           "Ben could not sleep", "Mia heard", "Grandma said", "It was raining and the cat"]


def faults(prompt, text, ids, ended, words):
    out = []
    if len(ids) < 60:
        out.append("short")
    whole = text if ended else text[:max(text.rfind("."), text.rfind('"')) + 1]
    problem = check(whole)
    if problem and ended:
        out.append(problem)
    sentences = [s for s in re.split(r"(?<=[.!?])\"? ", text) if len(s.split()) > 3]
    if len(sentences) != len(set(sentences)):
        out.append("repeated sentence")
    strange = sorted(set(re.findall(r"[A-Za-z']+", text)) - words - set(prompt.split()))
    if strange:
        out.append("unknown words: " + " ".join(strange))
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--work", default="work")
    ap.add_argument("--model", default="../story/story.bin")
    ap.add_argument("--tokenizer", default="../story/tokenizer.bin")
    ap.add_argument("--temperature", type=float, default=0.8)
    ap.add_argument("--seeds", type=int, default=10)
    a = ap.parse_args()
    w, tokenizer = Checkpoint(a.model), Tokenizer(a.tokenizer)
    words = set(re.findall(r"[A-Za-z']+", open(os.path.join(a.work, "train.txt"), encoding="utf-8").read()))
    runs = [(p, 0.0, 0) for p in PROMPTS]
    runs += [(PROMPTS[s % 4], a.temperature, s + 1) for s in range(a.seeds)]
    bad = 0
    for prompt, temperature, seed in runs:
        ids, _, ended = generate(w, tokenizer, prompt, temperature, seed)
        text = tokenizer.decode(ids)
        found = faults(prompt, text, ids, ended, words)
        bad += bool(found)
        how = f"temperature {temperature} seed {seed}" if temperature else "greedy"
        print(f"[{how}, {len(ids)} tokens, {'ended' if ended else 'cut at the context'}, {'; '.join(found) or 'no fault'}]\n{text}\n")
    print(f"{bad} of {len(runs)} texts with a fault")


if __name__ == "__main__":
    main()
