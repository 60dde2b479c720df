# Stan's no-U-turn sampler on the densities of bench_samplers.cpp, judged by the same rules: smallest rank-normalised
# bulk ESS of 4 x 1000 draws, of networks over predictions, by gradient and by CPU second of sampling.
#   Rscript bench_samplers_stan.R MODELS DATA SEEDS     MODELS: folder of .stan; DATA: logit.csv, bnn_*.csv with the
#                                                       inputs and the target last; JSON, a line each
suppressMessages({library(rstan); library(posterior)})
arguments <- commandArgs(trailingOnly = TRUE)
models <- arguments[1]
data_of <- function(name) as.matrix(read.csv(file.path(arguments[2], paste0(name, ".csv")), header = FALSE))
seeds <- as.integer(arguments[3])

# Q_ki = sqrt(2/d) cos(pi (i + 1/2) k / d), row 0 over sqrt 2; variances 1000^(-k/(d-1))
d <- 100
k <- 0:(d - 1)
Q <- sqrt(2 / d) * cos(pi * outer(k, k + 0.5) / d)
Q[1, ] <- Q[1, ] / sqrt(2)
P <- t(Q) %*% diag(1000^(k / (d - 1))) %*% Q

logit <- data_of("logit")
reg <- data_of("bnn_reg")
cls <- data_of("bnn_cls")
grid <- seq(-1.5, 1.5, length.out = 7)
targets <- list(
  gauss100 = list(data = list(d = d, P = (P + t(P)) / 2), metrics = c("diag_e", "dense_e")),
  eight_nc = list(data = list(J = 8, y = c(28, 8, -3, 7, -1, 1, 18, 12), s = c(15, 10, 16, 11, 9, 11, 10, 18)),
                  metrics = "diag_e", times = 20),  # more seeds where a run takes no time and its ESS varies much
  logit = list(data = list(n = nrow(logit), d = 24, X = logit[, 1:24], y = as.integer(logit[, 25])),
               metrics = c("diag_e", "dense_e")),
  bnn_reg = list(data = list(n = nrow(reg), h = 10, x = reg[, 1], y = reg[, 2]), metrics = "diag_e",
                 predict = function(q) colSums(tanh(outer(q[1:10], grid) + q[11:20]) * q[21:30]) + q[31]),
  bnn_cls = list(data = list(n = nrow(cls), d = 4, h = 8, C = 3, X = cls[, 1:4], y = as.integer(cls[, 5]) + 1L),
                 metrics = "diag_e",
                 predict = function(q) {
                   hidden <- tanh(cls[, 1:4] %*% matrix(q[1:32], 4, 8) + rep(q[33:40], each = nrow(cls)))
                   f <- hidden %*% matrix(q[41:64], 8, 3) + rep(q[65:67], each = nrow(cls))
                   p <- exp(f - apply(f, 1, max))
                   t(p / rowSums(p))[seq(1, 3 * nrow(cls), by = 7)]
                 }))

for (name in names(targets)) {
  target <- targets[[name]]
  model <- stan_model(file.path(models, paste0(name, ".stan")))
  runs <- if (is.null(target$times)) seeds else seeds * target$times
  for (metric in target$metrics) {
    per_gradient <- c()
    total <- c(ess = 0, seconds = 0, steps = 0, size = 0, divergences = 0)
    for (seed in 1:runs) {
      fit <- sampling(model, data = target$data, chains = 4, iter = 2000, warmup = 1000, seed = seed, cores = 1,
                      refresh = 0, control = list(adapt_delta = 0.8, max_treedepth = 10, metric = metric))
      draws <- as.array(fit)
      draws <- draws[, , dimnames(draws)[[3]] != "lp__", drop = FALSE]
      if (!is.null(target$predict)) {
        values <- apply(draws, c(1, 2), target$predict)  # (prediction, draw, chain)
        draws <- aperm(values, c(2, 3, 1))
      }
      least <- min(apply(draws, 3, ess_bulk))
      statistics <- get_sampler_params(fit, inc_warmup = FALSE)
      steps <- sum(sapply(statistics, function(s) sum(s[, "n_leapfrog__"])))
      per_gradient <- c(per_gradient, least / steps)
      total <- total + c(least, sum(get_elapsed_time(fit)[, "sample"]), steps,
                         mean(sapply(statistics, function(s) mean(s[, "stepsize__"]))),
                         sum(sapply(statistics, function(s) sum(s[, "divergent__"]))))
    }
    cat(sprintf(paste0('{"target": "%s", "options": "nuts %s", "stan": true, "step": %.4f, "steps_per_draw": %.2f, ',
                       '"ess_per_gradient": %.6f, "standard_error": %.6f, "ess": %.0f, "ess_per_second": %.1f, ',
                       '"gradients_per_second": %.0f, "divergences": %d}\n'),
                name, if (metric == "diag_e") "diagonal" else "dense", total["size"] / runs,
                total["steps"] / runs / 4000, mean(per_gradient),
                if (runs > 1) sd(per_gradient) / sqrt(runs) else 0, total["ess"] / runs,
                total["ess"] / total["seconds"], total["steps"] / total["seconds"],
                as.integer(total["divergences"])))
    flush(stdout())
  }
}
