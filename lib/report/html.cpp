#include <thalweg/report/html.hpp>

#include <algorithm>

namespace thalweg::report {
namespace {

/// Length of the valid UTF-8 sequence at the start of `text`, 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t n = first < 0x80   ? 1
                        : first < 0xC2 ? 0
                        : first < 0xE0 ? 2
                        : first < 0xF0 ? 3
                        : first < 0xF5 ? 4
                                       : 0;
  if (n == 0 || n > text.size()) return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if (first == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
  if (first == 0xED && byte(1) >= 0xA0) return 0;  // surrogate
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) >= 0x90) return 0;
  return n;
}

constexpr const char* style = R"css(
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1.5rem 1.5rem 3rem; background: #fff; color: #1a1a1a;
  font: 15px/1.5 Helvetica, Arial, "Liberation Sans", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .8rem; padding-bottom: .25rem; border-bottom: 1px solid #d5d5d5; }
h3 { font-size: 1rem; margin: 0 0 .3rem; }
p { margin: .4rem 0; }
.sub { color: #555; }
.badge { display: inline-block; padding: .1rem .6rem; border-radius: .3rem; font-weight: bold; color: #fff; }
.good { background: #00664b; } .going { background: #005a8d; } .early { background: #8a5a00; } .bad { background: #a33900; }
.warnings { margin: 1rem 0; padding: .6rem 1rem; border-left: .3rem solid #d55e00; background: #fdf3ec; }
.warnings.mild { border-color: #b0b0b0; background: #f5f5f5; }
.warnings ul { margin: .3rem 0; padding-left: 1.2rem; }
.keys { display: grid; grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.keys div { padding: .5rem .7rem; border: 1px solid #dcdcdc; border-radius: .3rem; }
.keys dt { color: #555; font-size: .85rem; } .keys dd { margin: 0; font-size: 1.1rem; font-variant-numeric: tabular-nums; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 1.6rem 2rem; }
figure { margin: 0; max-width: 44rem; break-inside: avoid; }
figure.wide { max-width: none; grid-column: 1 / -1; }
figure svg { display: block; width: 100%; height: auto; font-family: Helvetica, Arial, "Liberation Sans", sans-serif; }
figcaption { font-size: .85rem; line-height: 1.4; color: #333; margin-top: .2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .2rem 1.2rem .2rem 0; border-bottom: 1px solid #e6e6e6; }
th { border-bottom: 1px solid #888; white-space: nowrap; } td:last-child { overflow-wrap: anywhere; }
.right { text-align: right; }
pre, code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .82rem; }
pre { background: #f6f6f6; padding: .8rem 1rem; overflow-x: auto; border-radius: .3rem; margin: .5rem 0; }
details { margin: .8rem 0; } summary { cursor: pointer; font-weight: bold; }
@media print {
  html { font-size: 9pt; } body { max-width: none; padding: 0; font-size: 9pt; }
  .figures { grid-template-columns: 1fr 1fr; gap: 1rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  h2 { break-after: avoid; } tr, .keys div { break-inside: avoid; }
  .badge, .warnings { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t n = utf8_length(text);
    const char c = text.front();
    const auto code = static_cast<unsigned char>(c);
    if (n == 0 || (code < 0x20 && c != '\n' && c != '\t') || code == 0x7f)
      out += "\xEF\xBF\xBD";
    else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += text.substr(0, n);
    text.remove_prefix(std::max<std::size_t>(1, n));
  }
  return out;
}

std::string html(const HtmlTable& table) {
  const auto row = [&](const std::vector<std::string>& cells, const std::string& tag) {
    std::string out = "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool right =
          std::find(table.numeric.begin(), table.numeric.end(), i) != table.numeric.end();
      out += "<" + tag + (right ? " class=\"right\">" : ">") + escaped(cells[i]) + "</" + tag + ">";
    }
    return out + "</tr>\n";
  };
  std::string out = "<div class=\"scroll\"><table>\n";
  if (!table.head.empty()) out += "<thead>" + row(table.head, "th") + "</thead>\n";
  out += "<tbody>\n";
  for (const auto& r : table.rows) out += row(r, "td");
  return out + "</tbody></table></div>\n";
}

std::string collapsible(std::string_view summary, const std::string& content) {
  return "<details><summary>" + escaped(summary) + "</summary>\n" + content + "</details>\n";
}

std::string page(std::string_view title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<title>" +
         escaped(title) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n" + body +
         "</body>\n</html>\n";
}

}  // namespace thalweg::report
