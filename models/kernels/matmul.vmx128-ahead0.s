# matmul.vmx128 with another prefetch distance: none.
        .set    LITTLE, 0
        .set    AHEAD, 0
        .include "kernels/matmul.vmx128.inc"
