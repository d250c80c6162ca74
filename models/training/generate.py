#!/usr/bin/env python3
"""Reads a llama2.c checkpoint and tells stories: an independent check of the files.

    python3 generate.py "Sleepy Joe said" [--temperature 0.8 --seed 7]
    python3 generate.py "Sleepy Joe said" --json ../story/expected.json

Float32 numpy, one position at a time; nothing shared with train.py. Stops at
BOS or after the context.
"""
import argparse
import json
import struct

import numpy as np

from tokenizer import BOS, Tokenizer

f32 = np.float32


class Checkpoint:
    def __init__(self, path):
        data = open(path, "rb").read()
        self.dim, self.hidden, self.layers, self.heads, self.kv_heads, vocab, self.context = struct.unpack_from("<7i", data)
        self.vocab = abs(vocab)
        values, at = np.frombuffer(data, "<f4", offset=28), 0

        def take(*shape):
            nonlocal at
            n = int(np.prod(shape))
            at += n
            return values[at - n:at].reshape(shape)
        d, h, n = self.dim, self.hidden, self.layers
        self.head = d // self.heads
        kv = self.kv_heads * self.head
        self.emb = take(self.vocab, d)
        self.att_norm, self.wq, self.wk = take(n, d), take(n, d, d), take(n, kv, d)
        self.wv, self.wo, self.ffn_norm = take(n, kv, d), take(n, d, d), take(n, d)
        self.w1, self.w2, self.w3 = take(n, h, d), take(n, d, h), take(n, h, d)
        self.final_norm = take(d)
        take(2 * self.context, self.head // 2)
        self.classifier = self.emb if vocab > 0 else take(self.vocab, d)
        assert at == len(values), "the file's size does not match its header"


class Run:
    def __init__(self, w):
        self.w = w
        self.k = np.zeros((w.layers, w.context, w.kv_heads, w.head), f32)
        self.v = np.zeros_like(self.k)
        self.freq = f32(10000) ** (-np.arange(0, w.head, 2, dtype=f32) / f32(w.head))

    @staticmethod
    def norm(x, g):
        return g * (x / np.sqrt(np.mean(x * x, dtype=f32) + f32(1e-5)))

    def turn(self, x, pos):
        a = f32(pos) * self.freq
        z = (x[:, 0::2] + 1j * x[:, 1::2]) * (np.cos(a) + 1j * np.sin(a))
        out = np.empty_like(x)
        out[:, 0::2], out[:, 1::2] = z.real, z.imag
        return out

    def step(self, token, pos):
        w = self.w
        x = w.emb[token].copy()
        for i in range(w.layers):
            h = self.norm(x, w.att_norm[i])
            q = self.turn((w.wq[i] @ h).reshape(w.heads, w.head), pos)
            self.k[i, pos] = self.turn((w.wk[i] @ h).reshape(w.kv_heads, w.head), pos)
            self.v[i, pos] = (w.wv[i] @ h).reshape(w.kv_heads, w.head)
            y = np.empty((w.heads, w.head), f32)
            for j in range(w.heads):
                g = j * w.kv_heads // w.heads
                s = self.k[i, :pos + 1, g] @ q[j] / np.sqrt(f32(w.head))
                p = np.exp(s - s.max())
                y[j] = (p / p.sum()) @ self.v[i, :pos + 1, g]
            x = x + w.wo[i] @ y.reshape(-1)
            h = self.norm(x, w.ffn_norm[i])
            a = w.w1[i] @ h
            x = x + w.w2[i] @ (a / (1 + np.exp(-a)) * (w.w3[i] @ h))
        return w.classifier @ self.norm(x, w.final_norm)


def generate(w, tokenizer, prompt, temperature=0.0, seed=0, steps=None):
    """Token ids from BOS to the last one before the next BOS, and the smallest greedy margin."""
    run, rng = Run(w), np.random.default_rng(seed)
    ids, pos, margin = tokenizer.encode(prompt), 0, float("inf")
    while pos < min(steps or w.context, w.context):
        logits = run.step(ids[pos], pos)
        pos += 1
        if pos < len(ids):
            continue
        if temperature == 0:
            top = np.partition(logits, -2)[-2:]
            margin = min(margin, float(top[1] - top[0]))
            token = int(np.argmax(logits))
        else:
            p = np.exp((logits - logits.max()).astype(np.float64) / temperature)
            token = int(rng.choice(len(p), p=p / p.sum()))
        if token == BOS:
            return ids, margin, True
        ids.append(token)
    return ids, margin, False


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("prompt", nargs="+")
    ap.add_argument("--model", default="../story/story.bin")
    ap.add_argument("--tokenizer", default="../story/tokenizer.bin")
    ap.add_argument("--temperature", type=float, default=0.0)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--count", type=int, default=1, help="this many seeds")
    ap.add_argument("--json", help="write prompt, tokens and text there")
    a = ap.parse_args()
    w, tokenizer = Checkpoint(a.model), Tokenizer(a.tokenizer)
    for prompt in a.prompt:
        for seed in range(a.seed, a.seed + a.count):
            ids, margin, ended = generate(w, tokenizer, prompt, a.temperature, seed)
            text = tokenizer.decode(ids)
            note = f"seed {seed}" if a.temperature else f"smallest margin {margin:.4f}"
            print(f"[{len(ids)} tokens, {'ended' if ended else 'cut'}, {note}] {text}\n")
            if a.json:
                with open(a.json, "w", encoding="utf-8") as f:
                    json.dump({"prompt": prompt, "tokens": ids, "text": text, "ended": ended,
                               "smallest_margin": round(margin, 6)}, f)
                    f.write("\n")


if __name__ == "__main__":
    main()
