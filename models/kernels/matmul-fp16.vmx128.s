# Weights in 16-bit floats. See matmul-narrow.vmx128.inc.
        .set    FORMAT, 17
        .set    LITTLE, 0
        .set    ACTIVATIONS, 0
        .include "kernels/matmul-narrow.vmx128.inc"
