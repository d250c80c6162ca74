# See embedding.vmx128.inc.
        .set    LITTLE, 1
        .include "kernels/embedding.vmx128.inc"
