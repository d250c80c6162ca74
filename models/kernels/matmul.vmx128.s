# See matmul.vmx128.inc.
        .set    LITTLE, 0
        .include "kernels/matmul.vmx128.inc"
