# See matmul-lwbrx.vmx128.inc.
        .set    HALF, 1
        .include "kernels/matmul-lwbrx.vmx128.inc"
