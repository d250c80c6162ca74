# See matmul-narrow.scalar.inc.
        .set    FORMAT, 4
        .set    ACTIVATIONS, 1
        .set    LITTLE, 0
        .set    BATCH, 1
        .include "kernels/matmul-narrow.scalar.inc"
