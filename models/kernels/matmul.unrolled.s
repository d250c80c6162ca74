# Four columns a turn, one sum: the loop's own instructions are fewer, its chain is as long. See
# matmul.unrolled.inc.
        .set    ACCUMULATORS, 1
        .include "kernels/matmul.unrolled.inc"
