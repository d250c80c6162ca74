# See sample.inc.
        .set    VECTOR, 1
        .include "kernels/sample.inc"
