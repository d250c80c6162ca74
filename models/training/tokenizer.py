#!/usr/bin/env python3
"""Byte-pair tokenizer in llama2.c's file format: training, encoding, decoding.

    python3 tokenizer.py train.txt ../story/tokenizer.bin

The file is an int32 (longest piece in bytes), then for every id a float32
score, an int32 length and the bytes. Ids 0..2 are <unk>, <s> and </s>, 3..258
the single bytes (fallback), then the merged pieces in the order they were
learned (score 0, -1, -2, ...), then the plain characters with the lowest
scores. Pieces hold real spaces. Encoding starts from single characters and
keeps merging the adjacent pair whose piece has the highest score. Only the
standard library is used.
"""
import collections
import re
import struct
import sys

BOS = 1
VOCAB = 512
CHARACTERS = " .,!?\"'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
PRETOKEN = re.compile(r" ?[A-Za-z']+|[.,!?]+\"?| ?\"| |.", re.S)


def train(text, vocab=VOCAB):
    """Returns the merged pieces, most useful first."""
    words = [[list(w), n] for w, n in collections.Counter(PRETOKEN.findall(text)).items()]
    count, where = collections.Counter(), collections.defaultdict(set)
    for i, (w, n) in enumerate(words):
        for pair in zip(w, w[1:]):
            count[pair] += n
            where[pair].add(i)
    merges = []
    while len(merges) < vocab - 259 - len(CHARACTERS):
        best = min(count, key=lambda p: (-count[p], p))
        merges.append(best[0] + best[1])
        for i in list(where[best]):
            w, n = words[i]
            for pair in zip(w, w[1:]):
                count[pair] -= n
                where[pair].discard(i)
            out, k = [], 0
            while k < len(w):
                if k + 1 < len(w) and (w[k], w[k + 1]) == best:
                    out.append(w[k] + w[k + 1])
                    k += 2
                else:
                    out.append(w[k])
                    k += 1
            words[i][0] = out
            for pair in zip(out, out[1:]):
                count[pair] += n
                where[pair].add(i)
    return merges


def save(path, merges):
    rows = [("<unk>", 0.0), ("\n<s>\n", 0.0), ("\n</s>\n", 0.0)]
    rows += [(f"<0x{b:02X}>", 0.0) for b in range(256)]
    rows += [(piece, -float(i)) for i, piece in enumerate(merges + list(CHARACTERS))]
    with open(path, "wb") as f:
        f.write(struct.pack("<i", max(len(p.encode()) for p, _ in rows)))
        for piece, score in rows:
            b = piece.encode()
            f.write(struct.pack("<fi", score, len(b)) + b)


class Tokenizer:
    def __init__(self, path):
        data = open(path, "rb").read()
        self.pieces, self.scores, at = [], [], 4
        while at < len(data):
            score, n = struct.unpack_from("<fi", data, at)
            self.pieces.append(data[at + 8:at + 8 + n])
            self.scores.append(score)
            at += 8 + n
        self.ids = {}
        for i, p in enumerate(self.pieces):
            self.ids.setdefault(p, i)
        self.cache = {}

    def merge(self, text):
        ids = []
        for ch in text:
            b = ch.encode()
            if b in self.ids:
                ids.append(self.ids[b])
            else:
                ids.extend(3 + x for x in b)
        while True:
            best, where = -1e10, -1
            for i in range(len(ids) - 1):
                k = self.ids.get(self.pieces[ids[i]] + self.pieces[ids[i + 1]])
                if k is not None and self.scores[k] > best:
                    best, where, piece = self.scores[k], i, k
            if where < 0:
                return ids
            ids[where:where + 2] = [piece]

    def encode(self, text):
        """BOS, the dummy space and the text, merged over the whole text."""
        return [BOS] + self.merge(" " + text)

    def encode_words(self, text):
        """The same ids as encode, word by word with a cache (for a corpus)."""
        out = [BOS]
        for w in PRETOKEN.findall(" " + text):
            if w not in self.cache:
                self.cache[w] = self.merge(w)
            out.extend(self.cache[w])
        return out

    def decode(self, ids):
        out, previous = b"", None
        for i in ids:
            piece = self.pieces[i]
            if previous == BOS and piece.startswith(b" "):
                piece = piece[1:]
            if 3 <= i < 259:
                piece = bytes([i - 3])
            if i != BOS:
                out += piece
            previous = i
        return out.decode("utf-8", "replace")


if __name__ == "__main__":
    save(sys.argv[2], train(open(sys.argv[1], encoding="utf-8").read()))
