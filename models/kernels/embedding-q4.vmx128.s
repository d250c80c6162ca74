# See embedding-narrow.vmx128.inc.
        .set    FORMAT, 4
        .set    LITTLE, 0
        .include "kernels/embedding-narrow.vmx128.inc"
