import Reporting

extension Pages {
  /// Load tests of the store, compared.
  func loadTests(_ history: LoadHistory) -> String {
    guard !history.runs.isEmpty else {
      return empty(
        "Load tests", "No load test is kept yet.",
        "Keep one: headroom load URL --store FILE. From the third of a test on, a change is told from chance.",
        here: "/load-tests")
    }
    let report = history.report(file: "Load tests", provenance: Provenance(version: version))
    return rendered(report.page(withControls: "") { $0 }, here: "/load-tests")
  }

  /// Forecasts of the store beside what came.
  func forecasts(_ review: ReviewReport) -> String {
    guard !review.review.series.isEmpty else {
      let names = review.review.withoutTraffic
      return empty(
        "Forecasts",
        names.isEmpty ? "No forecast is kept yet." : "No traffic is known for the forecasts that are kept.",
        names.isEmpty
          ? "Keep one: headroom forecast traffic.csv --store FILE. When more traffic has come, it is held against it here."
          : "They are of \(names.prefix(5).joined(separator: ", ")): serve a plan of that name, or keep its traffic with headroom plan --store.",
        here: "/forecasts")
    }
    return rendered(review.report().page(withControls: "") { $0 }, here: "/forecasts")
  }

  private func empty(_ title: String, _ headline: String, _ words: String, here: String) -> String {
    var page = HTMLPage(title: "\(title) · headroom", summary: headline)
    page.add("<p class=\"kicker\">\(title)</p><h1>\(headline)</h1><p class=\"lead\">\(words)</p>")
    return rendered(page, here: here)
  }
}
