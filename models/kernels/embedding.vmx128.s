# See embedding.vmx128.inc.
        .set    LITTLE, 0
        .include "kernels/embedding.vmx128.inc"
