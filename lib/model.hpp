// All that a file with a user's own model needs:
//
//   #include <thalweg/model.hpp>
//   struct Duffing { ...; void fields(auto& f) {...}  Index dim() const; void rhs(...) const; };
//   THALWEG_MODEL(Duffing, "duffing", "damped, driven double-well oscillator")
//
// linked with thalweg::main. The registrar is safe here because the user's object file is on the
// link line; inside a static library it would be dropped.
#pragma once
#include <thalweg/models/automatic_derivatives.hpp>
#include <thalweg/models/automatic_field.hpp>
#include <thalweg/models/catalogue.hpp>

#include <cmath>

#define THALWEG_CONCAT_(a, b) a##b
#define THALWEG_CONCAT(a, b) THALWEG_CONCAT_(a, b)

/// THALWEG_MODEL(Type, "name", "summary" [, "equation" [, "source" [, "notes"]]])
/// A potential may give its value alone, as a template: models/automatic_derivatives.hpp.
#define THALWEG_MODEL(Type, name, ...)                                          \
  [[maybe_unused]] static const bool THALWEG_CONCAT(thalweg_model_, __LINE__) = \
      (::thalweg::models().add<::thalweg::ModelOf<Type>::type>(                 \
           name, ::thalweg::model_doc<Type>(::thalweg::Doc{__VA_ARGS__})),      \
       true);

/// THALWEG_DYNAMICS(Type, "name", "summary" ...): Type has Motion operator()(const AnyPotential&).
#define THALWEG_DYNAMICS(Type, name, ...)                                          \
  [[maybe_unused]] static const bool THALWEG_CONCAT(thalweg_dynamics_, __LINE__) = \
      (::thalweg::dynamics().add<Type>(name, ::thalweg::Doc{__VA_ARGS__}), true);

/// THALWEG_VECTOR_FIELD(Type, "name", "summary" ...): a field da/dz = f(a, z; theta) for
/// neural_ode, normalising_flow and continuous_depth. Type gives rhs alone, as a template
/// (models/automatic_field.hpp), or is a recipe: shared_ptr<const VectorField> operator()(Index).
#define THALWEG_VECTOR_FIELD(Type, name, ...)                                          \
  [[maybe_unused]] static const bool THALWEG_CONCAT(thalweg_vector_field_, __LINE__) = \
      (::thalweg::vector_fields().add<::thalweg::FieldOf<Type>::type>(                 \
           name, ::thalweg::field_doc<Type>(::thalweg::Doc{__VA_ARGS__})),             \
       true);
