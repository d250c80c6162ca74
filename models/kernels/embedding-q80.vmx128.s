# See embedding-narrow.vmx128.inc.
        .set    FORMAT, 8
        .set    LITTLE, 0
        .include "kernels/embedding-narrow.vmx128.inc"
