/* printf of floating point, rounding modes, the mathematical functions, conversions. */
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const double values[] = {0.0, -0.0, 1.0, -1.5, 0.1, 1.0 / 3, 123456.789, 1e-5, 1e22, 1.7976931348623157e308,
                                2.2250738585072014e-308, 4.9406564584124654e-324, 3.141592653589793, -2.5, 65504.5};

#ifndef __FAST_MATH__
static void rounding(void) {
  static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD};
  for (int i = 0; i < 4; i++) {
    fesetround(modes[i]);
    volatile double third = 1.0, three = 3.0;
    volatile float single = 1.0f;
    double q = third / three, r = -third / three, s = third + three * 1e-17;
    float t = single / 3.0f;
    printf("%d %.20f %.20f %.20f %.10f %.2f %.0f %ld\n", i, q, r, s, t, 2.345, 2.5, lrint(2.5));
  }
  fesetround(FE_TONEAREST);
}
#endif

int main(void) {
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
    double v = values[i];
    printf("%f|%e|%g|%a|%.3f|%10.2e|%-12g|%+.0f|%#g\n", v, v, v, v, v, v, v, v, v);
  }
  printf("%Lf %Lg %.20Lf\n", 1.25L, 1e30L, 1.0L / 3.0L);
  printf("%d %u %5d|%-5d|%05d %x %o %lld %p\n", -1, 4000000000u, 42, 42, 42, 255, 8, 1234567890123456789LL, (void *)0x10000000);
#ifndef __FAST_MATH__
  printf("%f %F %g %e\n", INFINITY, -INFINITY, NAN, 1 / INFINITY);
  rounding();
#endif
  double d = 0.5;
  float f = 0.5f;
  for (int i = 0; i < 12; i++) {
    printf("%.6g %.6g %.6g %.6g %.6g %.6g\n", sin(d), cos(d * 3), exp(d), log(d + 1), pow(d, 1.7), sqrt(d));
    printf("%.5g %.5g %.5g %.5g %.5g %.5g\n", sinf(f), cosf(f * 3), expf(f), logf(f + 1), powf(f, 1.7f), sqrtf(f));
    printf("%.6g %.6g %g %g %g %d\n", atan2(d, 3), fmod(d * 100, 7), floor(d), ceil(d), trunc(-d), (int)(d * 1000));
    d *= 1.9;
    f *= 1.7f;
  }
  for (int i = 0; i < 8; i++) {
    int64_t n = (int64_t)1 << (i * 8 + 5);
    uint32_t u = (uint32_t)(n * 3);
    printf("%.1f %.1f %.1f %.9g %lld %u %d\n", (double)n, (double)u, (double)(int32_t)u, (double)(float)n, (long long)(n * 1.5),
           (unsigned)(u * 0.25), (int)(short)(n * 0.125));
  }
  return 0;
}
