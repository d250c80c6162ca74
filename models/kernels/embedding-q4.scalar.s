# See embedding-narrow.scalar.inc.
        .set    FORMAT, 4
        .set    LITTLE, 0
        .include "kernels/embedding-narrow.scalar.inc"
