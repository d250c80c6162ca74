# Vectors, four sums of four. See matmul.vector.inc.
        .set    ACCUMULATORS, 4
        .set    DOT, 0
        .include "kernels/matmul.vector.inc"
