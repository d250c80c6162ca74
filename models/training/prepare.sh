#!/bin/sh
# Corpus (and, where there is none, the tokenizer): sh prepare.sh [work-folder]. Standard library only.
set -e
cd "$(dirname "$0")"
work=${1:-work}
mkdir -p "$work"
python3 corpus.py --seed 360 --stories 40000 --check --out "$work/train.txt"
python3 corpus.py --seed 2005 --stories 2000 --check --out "$work/all.txt"
# held-out stories: another seed, and none that the training text holds
grep -vxFf "$work/train.txt" "$work/all.txt" > "$work/heldout.txt"
# the shipped tokenizer stays as it is: models are trained on its ids
if [ ! -f ../story/tokenizer.bin ]; then
  head -n 10000 "$work/train.txt" > "$work/sample.txt"
  python3 tokenizer.py "$work/sample.txt" ../story/tokenizer.bin
fi
