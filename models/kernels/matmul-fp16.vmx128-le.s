# Weights in 16-bit floats as a little-endian file has them. See matmul-narrow.vmx128.inc.
        .set    FORMAT, 17
        .set    LITTLE, 1
        .set    ACTIVATIONS, 0
        .include "kernels/matmul-narrow.vmx128.inc"
