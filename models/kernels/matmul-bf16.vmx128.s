# Weights in bfloat16. See matmul-narrow.vmx128.inc.
        .set    FORMAT, 16
        .set    LITTLE, 0
        .set    ACTIVATIONS, 0
        .include "kernels/matmul-narrow.vmx128.inc"
