data { int<lower=1> n; int<lower=1> d; int<lower=1> h; int<lower=2> C; matrix[n, d] X; int<lower=1> y[n]; }
parameters { matrix[d, h] W1; vector[h] b1; matrix[h, C] W2; vector[C] b2; }
model {
  matrix[n, C] f = tanh(X * W1 + rep_matrix(b1', n)) * W2 + rep_matrix(b2', n);
  target += normal_lpdf(to_vector(W1) | 0, 1) + normal_lpdf(b1 | 0, 1);
  target += normal_lpdf(to_vector(W2) | 0, 1) + normal_lpdf(b2 | 0, 1);
  for (i in 1:n) target += categorical_logit_lpmf(y[i] | f[i]');
}
