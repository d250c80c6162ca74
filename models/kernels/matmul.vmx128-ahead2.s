# matmul.vmx128 with another prefetch distance: 2 steps of 128 bytes.
        .set    LITTLE, 0
        .set    AHEAD, 2
        .include "kernels/matmul.vmx128.inc"
