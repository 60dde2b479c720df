// Rubin 1981, not centred.
data { int<lower=1> J; vector[J] y; vector<lower=0>[J] s; }
parameters { vector[J] eta; real mu; real log_tau; }
model {
  real tau = exp(log_tau);
  target += normal_lpdf(eta | 0, 1) + normal_lpdf(mu | 0, 5);
  target += cauchy_lpdf(tau | 0, 5) + log(2) + log_tau;
  target += normal_lpdf(y | mu + tau * eta, s);
}
