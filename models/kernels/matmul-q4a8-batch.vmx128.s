# See matmul-batch.vmx128.inc.
        .set    FORMAT, 4
        .set    ACTIVATIONS, 1
        .set    LITTLE, 0
        .include "kernels/matmul-batch.vmx128.inc"
