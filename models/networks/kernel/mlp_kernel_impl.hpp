// The kernel's table of functions, for the vector width of the including file.
#pragma once
#include "dense_impl.hpp"
#include "joint_impl.hpp"
#include "linear_impl.hpp"
#include "many_networks_impl.hpp"
#include "passes_impl.hpp"
#include "tangents_impl.hpp"
#include "third_impl.hpp"

namespace thalweg::mlp_kernel {
namespace {

template <class T>
constexpr Functions<T> functions() {
  return {.tile = kTile<T>,
          .activate = activate<T>,
          .exp_log = exp_log<T>,
          .forward = forward<T>,
          .value = value<T>,
          .value_and_gradient = value_and_gradient<T>,
          .linearise = linearise<T>,
          .gradient = gradient<T>,
          .hessian_product = hessian_product<T>,
          .gauss_newton_product = gauss_newton_product<T>,
          .gradient_product = gradient_product<T>,
          .linearise_twice = linearise_twice<T>,
          .tangent = tangent_pass<T>,
          .third_product = third_product<T>};
}

constexpr LinearFunctions linear_functions() {
  return {.tile = kTile<double>,
          .lanes = kLanes<double>,
          .logistic = logistic_sum,
          .matrix_vector = matrix_vector};
}

constexpr DenseFunctions dense_functions() {
  return {.combine = dense_combine,
          .dots = dense_dots,
          .outer = dense_outer,
          .multiply = dense_multiply,
          .multiply_add = dense_multiply_add};
}

constexpr ManyNetworksFunctions many_networks_functions() {
  return {.lanes = kNetLanes, .descend = descend};
}

constexpr JointFunctions joint_functions() {
  return {.lanes = kLanes<double>,
          .tile = kTileVectors,
          .value_and_gradient = joint_value_and_gradient};
}

}  // namespace
}  // namespace thalweg::mlp_kernel
