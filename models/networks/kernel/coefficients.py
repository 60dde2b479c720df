#!/usr/bin/env python3
"""Prints coefficients.inc: polynomials of the elementary functions in simd.hpp.

Interpolation at Chebyshev points in 50 digits (near minimax); the relative error is printed beside.
Usage: python3 coefficients.py > coefficients.inc (needs mpmath).
"""
import mpmath as mp

mp.mp.dps = 50


def interpolate(f, a, b, degree):
    n = degree + 1
    x = [(a + b) / 2 + (b - a) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    vandermonde = mp.matrix(n, n)
    for i in range(n):
        for j in range(n):
            vandermonde[i, j] = x[i] ** j
    c = list(mp.lu_solve(vandermonde, mp.matrix([f(t) for t in x])))
    grid = [a + (b - a) * mp.mpf(i) / 300 for i in range(1, 300)]
    return c, max(abs(mp.polyval(c[::-1], t) / f(t) - 1) for t in grid)


def exp_tail(r):  # (exp(r) - 1 - r) / r^2
    return (mp.expm1(r) - r) / r**2 if abs(r) > 1e-15 else mp.mpf(1) / 2 + r / 6


def atanh_tail(u):  # (atanh(s) / s - 1) / s^2, u = s^2
    s = mp.sqrt(u)
    return (mp.atanh(s) / s - 1) / u if u > 1e-20 else mp.mpf(1) / 3 + u / 5


def erf_ratio(u):  # erf(x) / x, u = x^2
    return mp.erf(mp.sqrt(u)) / mp.sqrt(u) if u > 1e-30 else 2 / mp.sqrt(mp.pi)


def erfc_scaled(t, centre):  # (1 + 2x) exp(x^2) erfc(x), t = (x - centre) / (x + centre)
    x = centre * (1 + t) / (1 - t)
    if x < 200:
        return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)
    y = 1 / (x * x)
    series = 1 - y / 2 + 3 * y**2 / 4 - 15 * y**3 / 8 + 105 * y**4 / 16
    return (2 + 1 / x) / mp.sqrt(mp.pi) * series


half_log2 = mp.log(2) / 2 * mp.mpf("1.001")
zero, one = mp.mpf(0), mp.mpf(1)
print("// Written by coefficients.py.")
for type_name, digits, degrees, centre in (("double", 20, (9, 9, 11, 22), mp.mpf("3.75")),
                                           ("float", 12, (4, 4, 5, 10), mp.mpf(3))):
    print(f"template <>\nstruct Coefficients<{type_name}> {{")
    print(f"  static constexpr {type_name} erfc_centre = {mp.nstr(centre, 5)};")
    fits = (("exp_tail", exp_tail, -half_log2, half_log2), ("atanh_tail", atanh_tail, zero, one / 9),
            ("erf_ratio", erf_ratio, zero, one),
            ("erfc_scaled", lambda t: erfc_scaled(t, centre), -one, one))
    for (name, f, a, b), degree in zip(fits, degrees):
        c, error = interpolate(f, a, b, degree)
        print(f"  // relative error {mp.nstr(error, 2)}")
        print(f"  static constexpr {type_name} {name}[{degree + 1}] = {{")
        for x in c:
            print(f"      {mp.nstr(x, digits)}{'f' if type_name == 'float' else ''},")
        print("  };")
    print("};")
