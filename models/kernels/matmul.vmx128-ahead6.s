# matmul.vmx128 with another prefetch distance: 6 steps of 128 bytes.
        .set    LITTLE, 0
        .set    AHEAD, 6
        .include "kernels/matmul.vmx128.inc"
