#include <thalweg/models/catalogue.hpp>

#include <thalweg/models/datasets/files.hpp>
#include <thalweg/models/datasets/generated.hpp>
#include <thalweg/models/datasets/shipped.hpp>
#include <thalweg/models/dynamics/gradient_descent.hpp>
#include <thalweg/models/dynamics/gradient_flow.hpp>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>

namespace thalweg {

// Functions with static registries: filled on first use, so that a user's registrar that runs
// before main finds them ready.

Registry<AnyModel>& models() {
  static Registry<AnyModel> registry = [] {
    Registry<AnyModel> r("model");
    r.add<Quadratic>("quadratic", Quadratic::doc());
    r.add<Rosenbrock>("rosenbrock", Rosenbrock::doc());
    return r;
  }();
  return registry;
}

Registry<Dynamics>& dynamics() {
  static Registry<Dynamics> registry = [] {
    Registry<Dynamics> r("dynamics");
    r.add<GradientFlow>("gradient_flow", GradientFlow::doc());
    r.add<GradientDescent>("gradient_descent", GradientDescent::doc());
    return r;
  }();
  return registry;
}

Registry<Dataset>& datasets() {
  static Registry<Dataset> registry = [] {
    Registry<Dataset> r("data set");
    r.add<Digits>("digits", {"1797 handwritten digits of 8 x 8 pixels, ten classes", "",
                             "UCI, E. Alpaydin and C. Kaynak 1998, CC BY 4.0"});
    r.add<Iris>("iris", {"150 iris flowers, 4 lengths in cm, three classes", "",
                         "R. A. Fisher 1936"});
    r.add<TwoMoons>("two_moons", {"two interleaving half circles with noise, two classes",
                                  "(cos t, sin t) and (1 - cos t, 1/2 - sin t), t in [0, pi]"});
    r.add<Spirals>("spirals", {"interleaving spiral arms with noise, one class each",
                               "r (cos a, sin a), a = 2 pi (turns r + k/arms), r in (0, 1)"});
    r.add<Chebyshev>("chebyshev", {"a Chebyshev polynomial on evenly spaced points of [-1, 1]",
                                   "y = cos(degree arccos x)",
                                   "J. Cohen et al., Gradient descent on neural networks typically "
                                   "occurs at the edge of stability, 2021"});
    r.add<DampedOscillator>("damped_oscillator", {"displacement of a damped oscillator against time",
                                                  "y = exp(-damping t) cos(frequency t)"});
    r.add<GaussianMixture>("gaussian_mixture",
                           {"isotropic Gaussian classes with random means",
                            "x ~ N(mu_k, spread^2 I), mu_k ~ N(0, separation^2/dim I)"});
    r.add<TeacherStudent>("teacher_student",
                          {"outputs of a soft committee machine on normal inputs",
                           "y = sum_m phi(B_m . x) + noise, B_m orthonormal; erf is erf(z/sqrt 2)",
                           "D. Saad and S. Solla, On-line learning in soft committee machines, 1995"});
    r.add<CsvData>("csv", {"a table of numbers in a text file (CSV or TSV, also gzipped)"});
    r.add<Hdf5Data>("hdf5", {"inputs and targets in an HDF5 file"});
    r.add<IdxData>("idx", {"images and labels in MNIST's IDX format", "",
                           "Y. LeCun, C. Cortes and C. Burges, MNIST",
                           "data/fetch_mnist gets MNIST's files into data/mnist"});
    return r;
  }();
  return registry;
}

}  // namespace thalweg
