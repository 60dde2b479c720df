#include <support/catch.hpp>

#include <cmath>
#include <limits>
#include <thalweg/app/progress_bar.hpp>

using namespace thalweg;

namespace {

ProgressView view() {
  ProgressView v;
  v.progress.t = 43.125;
  v.progress.t_end = 100.0;
  v.progress.dt = 2.34e-3;
  v.progress.steps = {.accepted = 975, .rejected = 25};
  v.fraction = 0.43125;
  v.loss = 0.012345678;
  v.seconds_left = 82.4;
  return v;
}

}  // namespace

TEST_CASE("the progress line shows bar, time, step, loss, rejected share and time left",
          "[app][unit]") {
  CHECK(progress_bar_text(view(), 120) ==
        "[============>                 ]   43 %  t 43.12/100  step 0.0023  loss 0.01235  "
        "rejected 2.5 %  left 1:23");
  CHECK(progress_sentence(view()) ==
        "t = 43.125 of 100 (43 %), step 0.00234, 2.5 % rejected, loss 0.0123457, about 1:23 left");
}

TEST_CASE("the progress line never exceeds the terminal and drops the least important part first",
          "[app][property]") {
  std::size_t last = 0;
  for (int width = 0; width <= 200; ++width) {
    const auto text = progress_bar_text(view(), width);
    CHECK(text.size() <= static_cast<std::size_t>(width));
    if (width >= 5) CHECK(text.find("43 %") != std::string::npos);
    const bool step = text.find("step") != std::string::npos;
    const bool rejected = text.find("rejected") != std::string::npos;
    const bool left = text.find("left") != std::string::npos;
    const bool loss = text.find("loss") != std::string::npos;
    const bool time = text.find("t 43") != std::string::npos;
    CHECK((!rejected || step));
    CHECK((!step || left));
    CHECK((!left || loss));
    CHECK((!loss || time));
    last = text.size();
  }
  CHECK(last > 80);
}

TEST_CASE("what is not known is left out of the progress line", "[app][unit]") {
  auto v = view();
  v.loss = v.seconds_left = std::numeric_limits<double>::quiet_NaN();
  CHECK(progress_bar_text(v, 120).find("loss") == std::string::npos);
  CHECK(progress_bar_text(v, 120).find("left") == std::string::npos);
  CHECK(progress_sentence(v).find("nan") == std::string::npos);
}

TEST_CASE("100 % is said at the end only, and nonsense fractions do no harm", "[app][property]") {
  auto v = view();
  const auto shows = [&](double fraction, const char* text) {
    v.fraction = fraction;
    return progress_bar_text(v, 120).find(text) != std::string::npos;
  };
  CHECK(shows(0.99999, " 99 %"));
  CHECK(shows(1.0, "100 %"));
  CHECK(shows(1.0, "[==============================]"));
  CHECK(shows(7.0, "100 %"));
  CHECK(shows(-1.0, "  0 %"));
  CHECK(shows(std::numeric_limits<double>::quiet_NaN(), "  0 %"));
}

TEST_CASE("time left is exact at constant speed and follows a change of speed", "[app][unit]") {
  TimeLeft left;
  CHECK(std::isnan(left.update(10.0, 0.2)));  // a resumed run does not begin at 0
  CHECK(left.update(20.0, 0.3) == Approx(70.0));
  CHECK(left.update(30.0, 0.4) == Approx(60.0));
  CHECK(left.update(30.0, 0.4) == Approx(60.0));  // no time has passed
  // Ten times slower from here: after 100 s (five memories of 20 s) the old speed counts e^-5.
  double fraction = 0.4, seconds = 30.0;
  double told = 0.0;
  for (int i = 0; i < 100; ++i) told = left.update(seconds += 1.0, fraction += 0.001);
  CHECK(told == Approx((1.0 - fraction) / (0.001 + 0.009 * std::exp(-5.0))));
}

TEST_CASE("a run that does not move has no time left to tell", "[app][unit]") {
  TimeLeft left;
  left.update(0.0, 0.5);
  CHECK(std::isnan(left.update(1.0, 0.5)));
}

TEST_CASE("durations read like a clock", "[app][unit]") {
  CHECK(duration_text(0.2) == "1 s");
  CHECK(duration_text(59.0) == "59 s");
  CHECK(duration_text(60.0) == "1:00");
  CHECK(duration_text(3599.5) == "1:00:00");
  CHECK(duration_text(7384.0) == "2:03:04");
  CHECK(duration_text(3 * 86400.0 + 4 * 3600.0 + 12.0) == "3 d 4 h");
  CHECK(duration_text(1e300) == "years");
  CHECK(duration_text(std::numeric_limits<double>::quiet_NaN()) == "years");
}
