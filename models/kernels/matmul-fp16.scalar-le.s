# See matmul-narrow.scalar.inc.
        .set    FORMAT, 17
        .set    ACTIVATIONS, 0
        .set    LITTLE, 1
        .set    BATCH, 0
        .include "kernels/matmul-narrow.scalar.inc"
