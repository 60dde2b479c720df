#include <thalweg/models/catalogue.hpp>

#include <thalweg/models/datasets/files.hpp>
#include <thalweg/models/datasets/generated.hpp>
#include <thalweg/models/datasets/shipped.hpp>
#include <thalweg/models/datasets/trajectories.hpp>
#include <thalweg/models/depth/adjoints/continuous.hpp>
#include <thalweg/models/depth/adjoints/discrete.hpp>
#include <thalweg/models/depth/continuous_depth.hpp>
#include <thalweg/models/depth/fields/depth_dependent.hpp>
#include <thalweg/models/depth/fields/linear.hpp>
#include <thalweg/models/depth/fields/mlp.hpp>
#include <thalweg/models/depth/fields/structured.hpp>
#include <thalweg/models/depth/neural_ode.hpp>
#include <thalweg/models/depth/normalising_flow.hpp>
#include <thalweg/models/dynamics/adam.hpp>
#include <thalweg/models/dynamics/damped_momentum.hpp>
#include <thalweg/models/dynamics/diagonal_flow.hpp>
#include <thalweg/models/dynamics/gradient_descent.hpp>
#include <thalweg/models/dynamics/gradient_flow.hpp>
#include <thalweg/models/dynamics/heavy_ball.hpp>
#include <thalweg/models/dynamics/high_resolution_flow.hpp>
#include <thalweg/models/dynamics/lbfgs.hpp>
#include <thalweg/models/dynamics/modified_flow.hpp>
#include <thalweg/models/dynamics/natural_gradient_flow.hpp>
#include <thalweg/models/dynamics/nesterov.hpp>
#include <thalweg/models/dynamics/nesterov_flow.hpp>
#include <thalweg/models/dynamics/newton_flow.hpp>
#include <thalweg/models/dynamics/principal_flow.hpp>
#include <thalweg/models/dynamics/stochastic_gradient_descent.hpp>
#include <thalweg/models/networks/deep_linear.hpp>
#include <thalweg/models/networks/linear_regression.hpp>
#include <thalweg/models/networks/logistic_regression.hpp>
#include <thalweg/models/networks/mlp.hpp>
#include <thalweg/models/networks/two_layer_scalar.hpp>
#include <thalweg/models/networks/weight_normalised_mlp.hpp>
#include <thalweg/models/planes/julia.hpp>
#include <thalweg/models/posteriors/bayesian_linear_regression.hpp>
#include <thalweg/models/posteriors/bayesian_logistic_regression.hpp>
#include <thalweg/models/posteriors/bayesian_mlp.hpp>
#include <thalweg/models/posteriors/eight_schools.hpp>
#include <thalweg/models/posteriors/funnel.hpp>
#include <thalweg/models/posteriors/gaussian.hpp>
#include <thalweg/models/potentials/double_well.hpp>
#include <thalweg/models/potentials/logistic_example.hpp>
#include <thalweg/models/potentials/multiscale.hpp>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>
#include <thalweg/models/propagation/mean_field_map.hpp>
#include <thalweg/models/propagation/random_network.hpp>
#include <thalweg/models/systems/cat_map.hpp>
#include <thalweg/models/systems/harmonic.hpp>
#include <thalweg/models/systems/henon.hpp>
#include <thalweg/models/systems/henon_heiles.hpp>
#include <thalweg/models/systems/logistic_map.hpp>
#include <thalweg/models/systems/lorenz63.hpp>
#include <thalweg/models/systems/lorenz96.hpp>
#include <thalweg/models/systems/random_matrix_product.hpp>
#include <thalweg/models/systems/roessler.hpp>
#include <thalweg/models/systems/van_der_pol.hpp>
#include <thalweg/models/trainability/trainability.hpp>
#include <thalweg/models/variational/free_energy.hpp>
#include <thalweg/models/waves/hyperbolic_network.hpp>
#include <thalweg/models/waves/wave.hpp>

namespace thalweg {

// Functions with static registries: filled on first use, so that a user's registrar that runs
// before main finds them ready.

Registry<AnyModel>& models() {
  static Registry<AnyModel> registry = [] {
    Registry<AnyModel> r("model");
    r.add<Quadratic>("quadratic", Quadratic::doc());
    r.add<Rosenbrock>("rosenbrock", Rosenbrock::doc());
    r.add<DoubleWell>("double_well", DoubleWell::doc());
    r.add<Multiscale>("multiscale", Multiscale::doc());
    r.add<LogisticExample>("logistic_example", LogisticExample::doc());
    r.add<LinearRegression>("linear_regression", LinearRegression::doc());
    r.add<LogisticRegression>("logistic_regression", LogisticRegression::doc());
    r.add<TwoLayerScalar>("two_layer_scalar", TwoLayerScalar::doc());
    r.add<DeepLinear>("deep_linear", DeepLinear::doc());
    r.add<Mlp>("mlp", Mlp::doc());
    r.add<WeightNormalisedMlp>("weight_normalised_mlp", WeightNormalisedMlp::doc());
    r.add<NeuralOde>("neural_ode", NeuralOde::doc());
    r.add<Gaussian>("gaussian", Gaussian::doc());
    r.add<Funnel>("funnel", Funnel::doc());
    r.add<EightSchools>("eight_schools", EightSchools::doc());
    r.add<BayesianLinearRegression>("bayesian_linear_regression", BayesianLinearRegression::doc());
    r.add<BayesianLogisticRegression>("bayesian_logistic_regression",
                                      BayesianLogisticRegression::doc());
    r.add<BayesianMlp>("bayesian_mlp", BayesianMlp::doc());
    r.add<FreeEnergy>("free_energy", FreeEnergy::doc());
    r.add<NormalisingFlow>("normalising_flow", NormalisingFlow::doc());
    r.add<ContinuousDepth>("continuous_depth", ContinuousDepth::doc());
    r.add<HyperbolicNetwork>("hyperbolic_network", HyperbolicNetwork::doc());
    r.add<Harmonic>("harmonic", Harmonic::doc());
    r.add<VanDerPol>("van_der_pol", VanDerPol::doc());
    r.add<Lorenz63>("lorenz63", Lorenz63::doc());
    r.add<Lorenz96>("lorenz96", Lorenz96::doc());
    r.add<Roessler>("roessler", Roessler::doc());
    r.add<HenonHeiles>("henon_heiles", HenonHeiles::doc());
    r.add<CatMap>("cat_map", CatMap::doc());
    r.add<RandomMatrixProduct>("random_matrix_product", RandomMatrixProduct::doc());
    r.add<Henon>("henon", Henon::doc());
    r.add<LogisticMap>("logistic_map", LogisticMap::doc());
    r.add<MeanFieldMap>("mean_field", MeanFieldMap::doc());
    r.add<RandomNetwork>("random_network", RandomNetwork::doc());
    r.add<Wave>("wave", Wave::doc());
    return r;
  }();
  return registry;
}

Registry<Dynamics>& dynamics() {
  static Registry<Dynamics> registry = [] {
    Registry<Dynamics> r("dynamics");
    r.add<GradientFlow>("gradient_flow", GradientFlow::doc());
    r.add<GradientDescent>("gradient_descent", GradientDescent::doc());
    r.add<HeavyBall>("heavy_ball", HeavyBall::doc());
    r.add<Nesterov>("nesterov", Nesterov::doc());
    r.add<Adam>("adam", Adam::doc());
    r.add<LbfgsDescent>("lbfgs", LbfgsDescent::doc());
    r.add<StochasticGradientDescent>("stochastic_gradient_descent",
                                     StochasticGradientDescent::doc());
    r.add<ModifiedFlow>("modified_flow", ModifiedFlow::doc());
    r.add<PrincipalFlow>("principal_flow", PrincipalFlow::doc());
    r.add<NewtonFlow>("newton_flow", NewtonFlow::doc());
    r.add<NaturalGradientFlow>("natural_gradient_flow", NaturalGradientFlow::doc());
    r.add<DiagonalFlow>("diagonal_flow", DiagonalFlow::doc());
    r.add<DampedMomentum>("damped_momentum", DampedMomentum::doc());
    r.add<NesterovFlow>("nesterov_flow", NesterovFlow::doc());
    r.add<HighResolutionFlow>("high_resolution_flow", HighResolutionFlow::doc());
    return r;
  }();
  return registry;
}

Registry<Dataset>& datasets() {
  static Registry<Dataset> registry = [] {
    Registry<Dataset> r("data set");
    r.add<Digits>("digits", Digits::doc());
    r.add<Iris>("iris", Iris::doc());
    r.add<GermanCredit>("german_credit", GermanCredit::doc());
    r.add<TwoMoons>("two_moons", TwoMoons::doc());
    r.add<Rings>("rings", Rings::doc());
    r.add<Spirals>("spirals", Spirals::doc());
    r.add<Chebyshev>("chebyshev", Chebyshev::doc());
    r.add<NoisySine>("noisy_sine", NoisySine::doc());
    r.add<CubicSpiral>("cubic_spiral", CubicSpiral::doc());
    r.add<DampedOscillator>("damped_oscillator", DampedOscillator::doc());
    r.add<GaussianMixture>("gaussian_mixture", GaussianMixture::doc());
    r.add<TeacherStudent>("teacher_student", TeacherStudent::doc());
    r.add<CsvData>("csv", CsvData::doc());
    r.add<Hdf5Data>("hdf5", Hdf5Data::doc());
    r.add<IdxData>("idx", IdxData::doc());
    return r;
  }();
  return registry;
}

Registry<FieldRecipe>& vector_fields() {
  static Registry<FieldRecipe> registry = [] {
    Registry<FieldRecipe> r("field");
    r.add<LinearField>("linear", LinearField::doc());
    r.add<AntisymmetricField>("antisymmetric", AntisymmetricField::doc());
    r.add<HamiltonianField>("hamiltonian", HamiltonianField::doc());
    r.add<DepthDependentField>("depth_dependent", DepthDependentField::doc());
    r.add<MlpField>("mlp", MlpField::doc());
    return r;
  }();
  return registry;
}

Registry<FlowRecipe>& adjoints() {
  static Registry<FlowRecipe> registry = [] {
    Registry<FlowRecipe> r("adjoint");
    r.add<DiscreteAdjoint>("discrete", DiscreteAdjoint::doc());
    r.add<CheckpointedAdjoint>("checkpointed", CheckpointedAdjoint::doc());
    r.add<ContinuousAdjoint>("continuous", ContinuousAdjoint::doc());
    r.add<BacksolveAdjoint>("backsolve", BacksolveAdjoint::doc());
    return r;
  }();
  return registry;
}

Registry<PlaneRecipe>& planes() {
  static Registry<PlaneRecipe> registry = [] {
    Registry<PlaneRecipe> r("plane");
    r.add<Julia>("julia", Julia::doc());
    r.add<Trainability>("trainability", Trainability::doc());
    return r;
  }();
  return registry;
}

}  // namespace thalweg
