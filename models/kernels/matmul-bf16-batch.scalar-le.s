# See matmul-narrow.scalar.inc.
        .set    FORMAT, 16
        .set    ACTIVATIONS, 0
        .set    LITTLE, 1
        .set    BATCH, 1
        .include "kernels/matmul-narrow.scalar.inc"
