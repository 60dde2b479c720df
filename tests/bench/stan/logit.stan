// The fused primitive of generalised linear models.
data { int<lower=1> n; int<lower=1> d; matrix[n, d] X; int<lower=0, upper=1> y[n]; }
parameters { real a; vector[d] b; }
model { target += normal_lpdf(a | 0, 1) + normal_lpdf(b | 0, 1) + bernoulli_logit_glm_lpmf(y | X, a, b); }
