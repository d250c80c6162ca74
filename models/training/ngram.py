#!/usr/bin/env python3
"""The yardstick: an interpolated Kneser-Ney n-gram model on the same tokens.

    python3 ngram.py --work work [--order 5]

Trained on every token of train.txt, measured on the tokens of heldout.txt that
train.py measures (each story's words and its end, at most 256). Needs numpy.
"""
import argparse
import os

import numpy as np

from tokenizer import BOS, Tokenizer

VOCAB, BITS, LIMIT = 512, 10, 256


def sequences(path, tokenizer, order):
    """Token stream padded with BOS before each story; mask of predicted positions; and of measured ones."""
    stream, predicted, measured = [], [], []
    for line in open(path, encoding="utf-8"):
        ids = tokenizer.encode_words(line.rstrip("\n"))[1:] + [BOS]
        stream += [BOS] * (order - 1) + ids
        predicted += [False] * (order - 1) + [True] * len(ids)
        measured += [False] * (order - 1) + [i < LIMIT for i in range(len(ids))]
    return np.array(stream, dtype=np.int64), np.array(predicted), np.array(measured)


def grams(stream, mask, n, order):
    """Packed n-grams ending at the masked positions."""
    at = np.flatnonzero(mask)
    key = np.zeros(len(at), dtype=np.int64)
    for back in range(n - 1, -1, -1):
        key = (key << BITS) | stream[at - back]
    return key


def look(keys, values, wanted):
    i = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[i] == wanted, values[i], 0)


class KneserNey:
    def __init__(self, stream, mask, order):
        self.order, self.tables = order, {}
        keys, counts = np.unique(grams(stream, mask, order, order), return_counts=True)
        for n in range(order, 0, -1):
            n1, n2 = (counts == 1).sum(), (counts == 2).sum()
            d = n1 / max(1, n1 + 2 * n2) if n1 else 0.1
            context = keys >> BITS
            h, start = np.unique(context, return_index=True)
            total = np.add.reduceat(counts, start)
            kinds = np.diff(np.append(start, len(keys)))
            self.tables[n] = (keys, counts, h, total, kinds, d)
            if n > 1:  # lower orders count the different words seen before
                keys, counts = np.unique(keys & ((1 << BITS * (n - 1)) - 1), return_counts=True)

    def probability(self, stream, mask, order):
        p = np.full(int(mask.sum()), 1.0 / VOCAB)
        for n in range(1, order + 1):
            keys, counts, h, total, kinds, d = self.tables[n]
            g = grams(stream, mask, n, order)
            t = look(h, total, g >> BITS)
            c = look(keys, counts, g)
            own = (np.maximum(c - d, 0) + d * look(h, kinds, g >> BITS) * p) / np.maximum(t, 1)
            p = np.where(t > 0, own, p)
        return p


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--work", default="work")
    ap.add_argument("--tokenizer", default="../story/tokenizer.bin")
    ap.add_argument("--order", type=int, default=5)
    a = ap.parse_args()
    tokenizer = Tokenizer(a.tokenizer)
    stream, predicted, _ = sequences(os.path.join(a.work, "train.txt"), tokenizer, a.order)
    held, _, measured = sequences(os.path.join(a.work, "heldout.txt"), tokenizer, a.order)
    for order in range(1, a.order + 1):
        model = KneserNey(stream, predicted, order)
        p = model.probability(held, measured, order)
        print(f"{order}-gram held-out loss {-np.log(p).mean():.4f} over {len(p)} tokens "
              f"({len(model.tables[order][0])} different {order}-grams in training)")


if __name__ == "__main__":
    main()
