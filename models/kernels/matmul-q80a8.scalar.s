# See matmul-narrow.scalar.inc.
        .set    FORMAT, 8
        .set    ACTIVATIONS, 1
        .set    LITTLE, 0
        .set    BATCH, 0
        .include "kernels/matmul-narrow.scalar.inc"
