# Vectors, one sum of four: as long a chain as matmul.scalar's, a quarter as many links. See matmul.vector.inc.
        .set    ACCUMULATORS, 1
        .set    DOT, 0
        .include "kernels/matmul.vector.inc"
