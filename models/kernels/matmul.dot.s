# Dot products of quadwords, four sums. See matmul.vector.inc.
        .set    ACCUMULATORS, 4
        .set    DOT, 1
        .include "kernels/matmul.vector.inc"
