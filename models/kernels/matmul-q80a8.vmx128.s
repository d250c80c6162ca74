# Weights and inputs as groups of bytes. See matmul-narrow.vmx128.inc.
        .set    FORMAT, 8
        .set    LITTLE, 0
        .set    ACTIVATIONS, 1
        .include "kernels/matmul-narrow.vmx128.inc"
