# matmul.vmx128 with another prefetch distance: 1 steps of 128 bytes.
        .set    LITTLE, 0
        .set    AHEAD, 1
        .include "kernels/matmul.vmx128.inc"
