#include <thalweg/models/planes/julia.hpp>

#include <algorithm>
#include <cmath>

namespace thalweg {

namespace {

class JuliaField final : public PlaneField {
 public:
  explicit JuliaField(const Julia& julia) : julia_(julia) {}

  [[nodiscard]] std::array<PlaneAxis, 2> axes() const override {
    return {
        {{"re_z", "real part of z_0", -1.6, 1.6}, {"im_z", "imaginary part of z_0", -1.6, 1.6}}};
  }
  [[nodiscard]] std::string long_name() const override {
    return "1 + |z| after all iterations where z stays, minus the iterations until it escapes";
  }
  [[nodiscard]] std::string positive() const override { return "z stays bounded"; }
  [[nodiscard]] std::string negative() const override { return "z escapes"; }
  [[nodiscard]] std::string work_unit() const override { return "iterations"; }

  std::int64_t evaluate(std::span<const double> x, std::span<const double> y,
                        std::span<double> values,
                        const std::function<bool()>& stopped) const override {
    // Beyond max(2, |c|) every orbit escapes.
    const double bound = std::max(4.0, julia_.re * julia_.re + julia_.im * julia_.im);
    std::int64_t work = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i % 256 == 0 && stopped()) return -1;
      double a = x[i], b = y[i];
      Index n = 0;
      for (; n < julia_.iterations && a * a + b * b <= bound; ++n) {
        const double square = a * a - b * b + julia_.re;
        b = 2.0 * a * b + julia_.im;
        a = square;
      }
      work += n;
      values[i] = n == julia_.iterations ? 1.0 + std::hypot(a, b) : -1.0 - static_cast<double>(n);
    }
    return work;
  }

 private:
  Julia julia_;
};

}  // namespace

Doc Julia::doc() {
  return {.summary = "starting points of z -> z^2 + c that stay bounded, by default the rabbit",
          .equation = "z <- z^2 + c",
          .source =
              "McMullen, \"Hausdorff dimension and conformal dynamics III\" (1998): dimension "
              "1.3934 of the rabbit's boundary, 1 + |c|^2 / (4 ln 2) for small c",
          .notes = "A point that has not escaped after all iterations counts as bounded."};
}

void Julia::fields(Fields& f) {
  f("re", re, "1", "real part of c", between(-4.0, 4.0));
  f("im", im, "1", "imaginary part of c", between(-4.0, 4.0));
  f("iterations", iterations, "1", "of each point, at most", between(1, 10'000'000));
}

std::shared_ptr<const PlaneField> Julia::operator()(std::uint64_t /*seed*/) const {
  return std::make_shared<JuliaField>(*this);
}

}  // namespace thalweg
