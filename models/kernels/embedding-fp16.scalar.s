# See embedding-narrow.scalar.inc.
        .set    FORMAT, 17
        .set    LITTLE, 0
        .include "kernels/embedding-narrow.scalar.inc"
