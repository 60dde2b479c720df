// The little HTML that the report needs: escaping, tables, the page around it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace thalweg::report {

/// Text for an element or a quoted attribute; bytes that HTML forbids become U+FFFD.
std::string escaped(std::string_view text);

/// A table of text; the first row is its head when `head` is not empty. `numeric`: columns set to
/// the right.
struct HtmlTable {
  std::vector<std::string> head{};
  std::vector<std::vector<std::string>> rows{};
  std::vector<std::size_t> numeric{};
};
std::string html(const HtmlTable& table);

/// A block that the reader opens.
std::string collapsible(std::string_view summary, const std::string& content);

/// A whole page; `body` is HTML, `title` text.
std::string page(std::string_view title, const std::string& body);

}  // namespace thalweg::report
