# See sample.inc.
        .set    VECTOR, 0
        .include "kernels/sample.inc"
