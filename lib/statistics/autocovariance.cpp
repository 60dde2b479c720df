#include <thalweg/statistics/autocovariance.hpp>

#include <complex>
#include <unsupported/Eigen/FFT>
#include <vector>

namespace thalweg {

class Autocovariance::Transform {
 public:
  Transform() { fft_.SetFlag(Eigen::FFT<double>::HalfSpectrum); }

  void covariance(In x, Out gamma) {
    const Index n = x.size();
    // Zeros up to twice the length keep the ends apart; 2^k and 3 * 2^k are fast.
    Index length = 4;
    while (length < 2 * n) length *= 2;
    if (length / 4 * 3 >= 2 * n && length >= 16) length = length / 4 * 3;
    real_.setZero(length);
    real_.head(n) = x.array() - x.mean();
    const double variance = real_.squaredNorm() / static_cast<double>(n);
    spectrum_.resize(length / 2 + 1);
    fft_.fwd(spectrum_.data(), real_.data(), length);
    for (auto& s : spectrum_) s = std::norm(s);
    fft_.inv(real_.data(), spectrum_.data(), length);
    // The transform of a constant is zero but for rounding.
    gamma = variance > 0.0 && real_[0] > 0.0 ? Vec(real_.head(n) * (variance / real_[0]))
                                             : Vec::Zero(n).eval();
  }

 private:
  Eigen::FFT<double> fft_;
  Vec real_;
  Eigen::VectorXcd spectrum_;
};

Autocovariance::Autocovariance() : transform_(std::make_unique<Transform>()) {}
Autocovariance::~Autocovariance() = default;
void Autocovariance::operator()(In x, Out gamma) { transform_->covariance(x, gamma); }

}  // namespace thalweg
