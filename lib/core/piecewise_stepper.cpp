#include <thalweg/core/piecewise_stepper.hpp>

#include <thalweg/core/smooth_pieces.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace thalweg {

namespace {

// Jacobian products of the piece that a solver is in.
class InsidePiece final : public Linearisation {
 public:
  InsidePiece(std::unique_ptr<Linearisation> whole, std::shared_ptr<const SmoothPieces> pieces)
      : whole_(std::move(whole)), pieces_(std::move(pieces)) {}
  void move_to(In x, double t) override { whole_->move_to(x, pieces_->inside(t)); }
  void jvp(MatIn V, MatOut JV) override { whole_->jvp(V, JV); }

 private:
  std::unique_ptr<Linearisation> whole_;
  std::shared_ptr<const SmoothPieces> pieces_;
};

// A motion as seen from inside of a piece.
struct Piece {
  AnySystem whole;
  std::shared_ptr<const SmoothPieces> pieces;

  [[nodiscard]] Index dim() const { return whole.dim(); }
  void rhs(In x, Out dxdt, double t) const { whole.rhs(x, dxdt, pieces->inside(t)); }
  [[nodiscard]] bool has_jvp() const { return whole.has_jvp(); }
  void jvp(In x, In v, Out Jv, double t) const { whole.jvp(x, v, Jv, pieces->inside(t)); }
  [[nodiscard]] std::unique_ptr<Linearisation> linearise(In x, double t) const {
    return std::make_unique<InsidePiece>(whole.linearise(x, pieces->inside(t)), pieces);
  }
  [[nodiscard]] const AnyPotential* potential() const { return whole.potential(); }
  [[nodiscard]] bool is_gradient_flow() const { return whole.is_gradient_flow(); }
};

class PiecewiseStepper final : public Stepper {
 public:
  PiecewiseStepper(const AnySystem& system, const SolverFactory& solver, double tolerance_factor)
      : pieces_(std::make_shared<SmoothPieces>(system.breaks())),
        inner_(solver(AnySystem(Piece{system, pieces_}), tolerance_factor)) {}

  [[nodiscard]] const StepperInfo& info() const override { return inner_->info(); }
  void reset(double t, In x) override {
    pieces_->enter(entered_ = t);
    inner_->reset(t, x);
  }
  // The next piece is entered only now: until here the last step could be asked for its inside.
  StepReport step(double t_end) override {
    if (pieces_->ended(inner_->time())) {
      x_ = inner_->state();
      reset(inner_->time(), x_);
    }
    return inner_->step(pieces_->stop(t_end));
  }
  [[nodiscard]] double time() const override { return inner_->time(); }
  [[nodiscard]] const Vec& state() const override { return inner_->state(); }
  [[nodiscard]] double previous_time() const override { return inner_->previous_time(); }
  [[nodiscard]] double next_step_size() const override { return inner_->next_step_size(); }
  void interpolate(double t, Out x) override { inner_->interpolate(t, x); }
  void save(Archive& archive, const std::string& prefix) const override {
    archive.put(prefix + "piece", entered_);
    inner_->save(archive, prefix);
  }
  void load(const Archive& archive, const std::string& prefix) override {
    pieces_->enter(entered_ = archive.real(prefix + "piece"));
    inner_->load(archive, prefix);
  }
  std::string take_notice() override { return inner_->take_notice(); }
  [[nodiscard]] std::string method() const override { return inner_->method(); }
  [[nodiscard]] std::vector<std::pair<std::string, double>> statistics() const override {
    return inner_->statistics();
  }

 private:
  std::shared_ptr<SmoothPieces> pieces_;
  std::unique_ptr<Stepper> inner_;
  double entered_ = 0.0;  // a time in the piece
  Vec x_;
};

}  // namespace

SolverFactory by_pieces(SolverFactory solver) {
  return [solver = std::move(solver)](const AnySystem& system,
                                      double tolerance_factor) -> std::unique_ptr<Stepper> {
    if (system.breaks().empty()) return solver(system, tolerance_factor);
    return std::make_unique<PiecewiseStepper>(system, solver, tolerance_factor);
  };
}

}  // namespace thalweg
