# See matmul-batch.vmx128.inc.
        .set    FORMAT, 32
        .set    ACTIVATIONS, 0
        .set    LITTLE, 1
        .include "kernels/matmul-batch.vmx128.inc"
