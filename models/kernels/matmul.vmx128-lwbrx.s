# See matmul-lwbrx.vmx128.inc.
        .set    HALF, 0
        .include "kernels/matmul-lwbrx.vmx128.inc"
