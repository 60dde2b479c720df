#include <thalweg/report/html.hpp>
#include <thalweg/report/svg.hpp>

#include <thalweg/core/error.hpp>

namespace thalweg::report {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Removes from each `begin` to the next `end`, both included.
void erase_all(std::string& text, std::string_view begin, std::string_view end) {
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    const auto stop = text.find(end, at);
    if (stop == std::string::npos) return;
    text.erase(at, stop + end.size() - at);
  }
}

}  // namespace

std::string inline_svg(const std::string& svg, const std::string& id, std::string_view title) {
  const auto begin = svg.find("<svg");
  const auto end = svg.rfind("</svg>");
  const auto view = svg.find("viewBox=\"");
  if (begin == std::string::npos || end == std::string::npos || view == std::string::npos)
    throw IoError("gnuplot's picture is not a complete SVG");
  const auto view_end = svg.find('"', view + 9);
  const auto body_begin = svg.find('>', begin) + 1;
  std::string body = svg.substr(body_begin, end - body_begin);

  erase_all(body, "<title>", "</title>\n");
  erase_all(body, "<desc>", "</desc>\n");
  erase_all(body, "<filter ", "</filter>\n");
  if (body.find("xlink:href='#gpPt", body.find("</defs>")) == std::string::npos)
    erase_all(body, "<defs>", "</defs>\n");
  erase_all(body, " font-family=\"", "\" ");
  for (const char* quote : {"'", "\""}) {
    replace_all(body, std::string("id=") + quote, std::string("id=") + quote + id + "-");
    replace_all(body, std::string("xlink:href=") + quote + "#",
                std::string("href=") + quote + "#" + id + "-");
  }
  return "<svg viewBox=\"" + svg.substr(view + 9, view_end - view - 9) +
         "\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"" + escaped(title) +
         "\">\n" + body + "</svg>";
}

}  // namespace thalweg::report
