# Weights as groups of half bytes. See matmul-narrow.vmx128.inc.
        .set    FORMAT, 4
        .set    LITTLE, 0
        .set    ACTIVATIONS, 0
        .include "kernels/matmul-narrow.vmx128.inc"
