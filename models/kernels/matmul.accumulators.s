# Four columns a turn, each into a sum of its own, so that four multiply-adds are under way at a time. See
# matmul.unrolled.inc.
        .set    ACCUMULATORS, 4
        .include "kernels/matmul.unrolled.inc"
