# The convergence diagnostics of R's package posterior (Debian: r-cran-posterior 1.4.0), as the table
# in tests/unit/statistics/convergence_test.cpp. The draws are made of integer and basic floating
# operations, so that C++ has the same bits.
#   Rscript tests/peers/posterior_convergence.R
suppressMessages(library(posterior))

state <- 1
uniform <- function() {
  state <<- (48271 * state) %% 2147483647  # exact in doubles
  state / 2147483647
}
noise <- function() (uniform() + uniform() + uniform()) - 1.5

# x_i = memory x_(i-1) + noise, for one chain after another.
chains <- function(m, n, memory) {
  state <<- 1
  x <- matrix(0, n, m)
  for (c in 1:m) {
    previous <- noise()
    for (i in 1:n) {
      previous <- memory * previous + noise()
      x[i, c] <- previous
    }
  }
  x
}
heavy <- function(m, n) {
  state <<- 1
  x <- matrix(0, n, m)
  for (c in 1:m) for (i in 1:n) {
    u <- uniform() - 0.5
    x[i, c] <- u / (uniform() + 0.001)
  }
  x
}
shifted <- chains(4, 200, 0.5); shifted[, 3] <- shifted[, 3] + 2
stuck <- chains(4, 200, 0.5); stuck[, 2] <- 0.25
wide <- chains(4, 200, 0.3); wide[, 4] <- 5 * wide[, 4]
cases <- list(
  independent = chains(4, 1000, 0), slow = chains(4, 500, 0.95),
  antithetic = chains(4, 250, -0.7), shifted = shifted, stuck = stuck, wide = wide,
  heavy = heavy(4, 301), ties = floor(2 * chains(4, 150, 0.6)), one_chain = chains(1, 100, 0.2),
  short = chains(2, 7, 0), very_short = chains(3, 4, 0), walk = chains(3, 1001, 0.999),
  large_offset = 1e8 + chains(2, 300, 0.5))
for (name in names(cases)) {
  x <- cases[[name]]
  v <- suppressWarnings(c(
    mean(x), sd(as.vector(x)), quantile(as.vector(x), c(0.05, 0.5, 0.95), names = FALSE),
    mcse_mean(x), mcse_sd(x), ess_bulk(x), ess_tail(x), ess_mean(x), ess_sd(x),
    ess_quantile(x, 0.25, names = FALSE), rhat(x)))
  cat(sprintf('    {"%s", {%s}},\n', name,
              paste(ifelse(is.na(v), "none", sprintf("%.17g", v)), collapse = ", ")))
}
