# See embedding-narrow.vmx128.inc.
        .set    FORMAT, 17
        .set    LITTLE, 1
        .include "kernels/embedding-narrow.vmx128.inc"
