# See embedding-narrow.scalar.inc.
        .set    FORMAT, 8
        .set    LITTLE, 0
        .include "kernels/embedding-narrow.scalar.inc"
