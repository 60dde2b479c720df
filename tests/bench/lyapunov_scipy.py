"""The spectrum of Lorenz' attractor as one would write it with scipy: the tangent system by solve_ivp's
Dormand-Prince method, QR after every interval. Prints seconds and exponents as JSON."""
import json
import sys
import time

import numpy as np
from scipy.integrate import solve_ivp

duration, interval, rtol, atol = (float(x) for x in sys.argv[1:5])
sigma, rho, beta = 10.0, 28.0, 8.0 / 3.0


def rhs(_, state):
    x, y, z = state[:3]
    V = state[3:].reshape(3, 3)
    J = np.array([[-sigma, sigma, 0.0], [rho - z, -1.0, -x], [y, x, -beta]])
    return np.concatenate([[sigma * (y - x), x * (rho - z) - y, x * y - beta * z], (J @ V).ravel()])


begin = time.perf_counter()
state = np.concatenate([np.ones(3), np.eye(3).ravel()])
growth = np.zeros(3)
n = round(duration / interval)
for _ in range(n):
    state = solve_ivp(rhs, (0.0, interval), state, method="RK45", rtol=rtol, atol=atol).y[:, -1]
    Q, R = np.linalg.qr(state[3:].reshape(3, 3))
    growth += np.log(np.abs(np.diag(R)))
    state[3:] = Q.ravel()
print(json.dumps({"seconds": time.perf_counter() - begin, "exponents": (growth / (n * interval)).tolist()}))
