# Weights in bfloat16 as a little-endian file has them. See matmul-narrow.vmx128.inc.
        .set    FORMAT, 16
        .set    LITTLE, 1
        .set    ACTIVATIONS, 0
        .include "kernels/matmul-narrow.vmx128.inc"
