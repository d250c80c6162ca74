# Weights stay little-endian, swapped by vperm on their way to the multiply-adds. See matmul.vmx128.inc.
        .set    LITTLE, 1
        .include "kernels/matmul.vmx128.inc"
