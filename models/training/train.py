#!/usr/bin/env python3
"""Trains the story model on one thread and writes a llama2.c checkpoint.

    python3 train.py --work work --minutes 35 --out ../story/story.bin

Needs PyTorch (Debian: python3-torch). The architecture is llama2.c's: RMSNorm,
interleaved rotary positions, grouped-query attention, SwiGLU, shared classifier,
no biases.
"""
import argparse
import array
import ctypes
import math
import os
import struct
import subprocess
import tempfile
import time

import torch
import torch.nn.functional as F

from tokenizer import BOS, Tokenizer

DIM, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCAB, CONTEXT = 64, 192, 5, 8, 4, 512, 256
HEAD = DIM // HEADS


def compile_attention():
    """attention.c as a shared library (about three times the speed of the PyTorch ops)."""
    here = os.path.dirname(os.path.abspath(__file__))
    lib = os.path.join(tempfile.mkdtemp(), "attention.so")
    subprocess.run(["cc", "-O3", "-march=native", "-ffast-math", "-fno-associative-math", "-shared", "-fPIC",
                    os.path.join(here, "attention.c"), "-o", lib, "-lm"], check=True)
    return ctypes.CDLL(lib)


def pointers(*tensors):
    return [ctypes.c_void_p(t.data_ptr()) for t in tensors]


class Attention(torch.autograd.Function):
    lib = None

    @staticmethod
    def forward(ctx, qkv, cos, sin):
        b, n, _ = qkv.shape
        out, lse = torch.empty(b, n, DIM), torch.empty(b, HEADS, n)
        Attention.lib.forward(*pointers(qkv, out, lse), b, n, *pointers(cos, sin))
        ctx.save_for_backward(qkv, out, lse, cos, sin)
        return out

    @staticmethod
    def backward(ctx, grad):
        qkv, out, lse, cos, sin = ctx.saved_tensors
        grad, back = grad.contiguous(), torch.empty_like(qkv)
        b, n, _ = qkv.shape
        Attention.lib.backward(*pointers(qkv, out, lse, grad, back), b, n, *pointers(cos, sin))
        return back, None, None


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        kv = KV_HEADS * HEAD
        self.emb = torch.nn.Parameter(torch.randn(VOCAB, DIM) * 0.05)
        self.layers = torch.nn.ModuleList()
        for _ in range(LAYERS):
            layer = torch.nn.ParameterDict()
            std, res = 1 / math.sqrt(DIM), 1 / math.sqrt(2 * LAYERS)
            layer["att_norm"] = torch.nn.Parameter(torch.ones(DIM))
            layer["ffn_norm"] = torch.nn.Parameter(torch.ones(DIM))
            layer["wq"] = torch.nn.Parameter(torch.randn(DIM, DIM) * std)
            layer["wk"] = torch.nn.Parameter(torch.randn(kv, DIM) * std)
            layer["wv"] = torch.nn.Parameter(torch.randn(kv, DIM) * std)
            layer["wo"] = torch.nn.Parameter(torch.randn(DIM, DIM) * std * res)
            layer["w1"] = torch.nn.Parameter(torch.randn(HIDDEN, DIM) * std)
            layer["w2"] = torch.nn.Parameter(torch.randn(DIM, HIDDEN) / math.sqrt(HIDDEN) * res)
            layer["w3"] = torch.nn.Parameter(torch.randn(HIDDEN, DIM) * std)
            self.layers.append(layer)
        self.final_norm = torch.nn.Parameter(torch.ones(DIM))
        freq = 1.0 / (10000.0 ** (torch.arange(0, HEAD, 2).float() / HEAD))
        angle = torch.outer(torch.arange(CONTEXT).float(), freq)
        self.cos, self.sin = angle.cos(), angle.sin()
        self.mask = torch.full((CONTEXT, CONTEXT), -1e9).triu(1)

    def norm(self, x, w):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5) * w

    def rope(self, x, n):
        # pairs (2i, 2i+1) of a head rotate together
        c, s = self.cos[:n, None, :], self.sin[:n, None, :]
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack((a * c - b * s, a * s + b * c), -1).flatten(-2)

    def attend(self, qkv):
        """The same as attention.c, in PyTorch."""
        b, n, _ = qkv.shape
        qkv = qkv.view(b, n, HEADS + 2 * KV_HEADS, HEAD)
        qk = self.rope(qkv[:, :, :HEADS + KV_HEADS], n)
        q = qk[:, :, :HEADS].view(b, n, KV_HEADS, HEADS // KV_HEADS, HEAD)
        q = q.permute(0, 2, 3, 1, 4).reshape(b * KV_HEADS, -1, HEAD)  # heads of a group stacked
        k = qk[:, :, HEADS:].permute(0, 2, 3, 1).reshape(b * KV_HEADS, HEAD, n)
        v = qkv[:, :, HEADS + KV_HEADS:].permute(0, 2, 1, 3).reshape(b * KV_HEADS, n, HEAD)
        att = torch.bmm(q, k).view(b * KV_HEADS, -1, n, n)
        att = torch.softmax(att * (HEAD ** -0.5) + self.mask[:n, :n], -1)
        y = torch.bmm(att.view(b * KV_HEADS, -1, n), v)
        return y.view(b, HEADS, n, HEAD).transpose(1, 2).reshape(b, n, DIM)

    def forward(self, tokens, targets):
        b, n = tokens.shape
        x = F.embedding(tokens, self.emb)
        for p in self.layers:
            h = self.norm(x, p["att_norm"])
            w = torch.cat((p["wq"], p["wk"], p["wv"]))
            qkv = (h.view(-1, DIM) @ w.t()).view(b, n, -1)
            y = (Attention.apply(qkv, self.cos, self.sin) if Attention.lib else self.attend(qkv)).view(-1, DIM)
            x = x + (y @ p["wo"].t()).view(b, n, DIM)
            h = self.norm(x, p["ffn_norm"]).view(-1, DIM)
            g = h @ torch.cat((p["w1"], p["w3"])).t()
            gate, up = g.split(HIDDEN, 1)
            x = x + ((F.silu(gate) * up) @ p["w2"].t()).view(b, n, DIM)
        logits = self.norm(x, self.final_norm).view(-1, DIM) @ self.emb.t()
        return F.cross_entropy(logits, targets.reshape(-1), ignore_index=-1)


def export(model, path):
    """llama2.c's legacy format: seven int32, then fp32 weights, then the rotary tables."""
    names = ["att_norm", "wq", "wk", "wv", "wo", "ffn_norm", "w1", "w2", "w3"]
    tensors = [model.emb]
    for name in names:
        tensors += [layer[name] for layer in model.layers]
    tensors += [model.final_norm, model.cos, model.sin]
    with open(path + ".tmp", "wb") as f:
        f.write(struct.pack("<7i", DIM, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCAB, CONTEXT))
        for t in tensors:
            f.write(t.detach().contiguous().numpy().astype("<f4").tobytes())
    os.replace(path + ".tmp", path)


def load(path, tokenizer):
    """Token stream (each story starts with BOS) and the stories' offsets."""
    stream, starts = array.array("h"), []
    for line in open(path, encoding="utf-8"):
        starts.append(len(stream))
        stream.extend(tokenizer.encode_words(line.rstrip("\n")))
    stream.extend([BOS] * (CONTEXT + 2))
    return torch.tensor(stream, dtype=torch.long), torch.tensor(starts)


def heldout_loss(model, stream, starts, stories):
    """Mean over every predicted token of the stories (a story's end is BOS)."""
    total, count = 0.0, 0
    ends = starts.tolist()[1:] + [len(stream) - CONTEXT - 2]
    with torch.no_grad():
        for i in range(0, stories, 25):
            x = torch.full((25, CONTEXT), BOS)
            y = torch.full((25, CONTEXT), -1)
            for r in range(min(25, stories - i)):
                a, n = int(starts[i + r]), min(ends[i + r] - int(starts[i + r]), CONTEXT)
                x[r, :n] = stream[a:a + n]
                y[r, :n] = stream[a + 1:a + 1 + n]
            n = int((y >= 0).sum())
            total += float(model(x, y)) * n
            count += n
    return total / count, count


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--work", default="work")
    ap.add_argument("--tokenizer", default="../story/tokenizer.bin")
    ap.add_argument("--out", default="work/story.bin")
    ap.add_argument("--state", default="", help="file to keep and resume the training state")
    ap.add_argument("--init", default="", help="a finished run's training state to start a further run from")
    ap.add_argument("--minutes", type=float, default=35, help="wall-clock budget; the schedule follows it")
    ap.add_argument("--steps", type=int, default=0, help="a fixed number of steps instead")
    ap.add_argument("--batch", type=int, default=16)
    ap.add_argument("--length", type=int, default=CONTEXT)
    ap.add_argument("--lr", type=float, default=3e-3)
    ap.add_argument("--beta2", type=float, default=0.98)
    ap.add_argument("--seed", type=int, default=360)
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(a.seed)
    Attention.lib = compile_attention()
    tokenizer = Tokenizer(a.tokenizer)
    stream, starts = load(os.path.join(a.work, "train.txt"), tokenizer)
    held, held_starts = load(os.path.join(a.work, "heldout.txt"), tokenizer)
    print(f"train tokens {len(stream)} stories {len(starts)}; held-out tokens {len(held)} stories {len(held_starts)}", flush=True)
    model = Model()
    decay = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() < 2]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}],
                            lr=a.lr, betas=(0.9, a.beta2), eps=1e-8, foreach=True)
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    step, spent, mean = 0, 0.0, None
    if a.state and os.path.exists(a.state):
        s = torch.load(a.state)
        model.load_state_dict(s["model"])
        opt.load_state_dict(s["opt"])
        step, spent, mean = s["step"], s["spent"], s["mean"]
    elif a.init:
        s = torch.load(a.init)
        model.load_state_dict(s["model"])
        opt.load_state_dict(s["opt"])
        mean = s["mean"]
    for g in opt.param_groups:
        g["betas"] = (0.9, a.beta2)
    offsets = torch.arange(a.length + 1)
    order = torch.randperm(len(starts))
    at = 0
    begin, saved = time.time() - spent, time.time()

    def keep():
        export(model, a.out)
        if a.state:
            torch.save(dict(model=model.state_dict(), opt=opt.state_dict(), step=step,
                            spent=time.time() - begin, mean=mean), a.state)

    while True:
        t = step / a.steps if a.steps else (time.time() - begin) / (60 * a.minutes)
        if t >= 1:
            break
        warm = min(1.0, (step + 1) / 100)
        lr = a.lr * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * t)))
        for g in opt.param_groups:
            g["lr"] = lr
        if at + a.batch > len(order):
            order, at = torch.randperm(len(starts)), 0
        rows = stream[starts[order[at:at + a.batch], None] + offsets]
        at += a.batch
        loss = model(rows[:, :-1], rows[:, 1:])
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        step += 1
        value = loss.item()
        mean = value if mean is None else 0.98 * mean + 0.02 * value
        if step % 50 == 0:
            print(f"step {step} time {time.time() - begin:.0f}s lr {lr:.5f} loss {mean:.4f}", flush=True)
        if time.time() - saved > 240:
            keep()
            print(f"saved; held-out loss on 100 stories {heldout_loss(model, held, held_starts, 100)[0]:.4f}", flush=True)
            saved = time.time()
    keep()
    loss, count = heldout_loss(model, held, held_starts, len(held_starts))
    print(f"done: steps {step} tokens seen {step * a.batch * a.length} seconds {time.time() - begin:.0f} "
          f"train loss {mean:.4f} held-out loss {loss:.4f} over {count} tokens", flush=True)


if __name__ == "__main__":
    main()
