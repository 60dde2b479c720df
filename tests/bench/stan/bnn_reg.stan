data { int<lower=1> n; int<lower=1> h; vector[n] x; vector[n] y; }
parameters { vector[h] W1; vector[h] b1; vector[h] W2; real b2; }
model {
  target += normal_lpdf(W1 | 0, 1) + normal_lpdf(b1 | 0, 1) + normal_lpdf(W2 | 0, 1) + normal_lpdf(b2 | 0, 1);
  target += normal_lpdf(y | tanh(x * W1' + rep_matrix(b1', n)) * W2 + b2, 0.1);
}
