# See matmul-batch.vmx128.inc.
        .set    FORMAT, 8
        .set    ACTIVATIONS, 0
        .set    LITTLE, 0
        .include "kernels/matmul-batch.vmx128.inc"
