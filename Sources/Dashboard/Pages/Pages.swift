import Planning
import Quantities
import Reporting

/// The dashboard's pages: reports with a banner above them and controls in them.
struct Pages: Sendable {
  let version: String
  let hasStore: Bool

  /// A page of the site.
  /// - Parameter here: the part of the banner that it belongs to.
  func rendered(_ page: HTMLPage, here: String) -> String {
    page.rendered(
      stylesheets: Assets.stylesheets.map(Assets.address), scripts: Assets.scripts.map(Assets.address),
      icon: Assets.address("mark.svg"),
      banner: banner(here: here))
  }

  private func banner(here: String) -> HTML {
    var links: [(String, String)] = [("Services", "/"), ("Alerts", "/alerts"), ("Simulations", "/simulations")]
    if hasStore { links += [("Load tests", "/load-tests"), ("Forecasts", "/forecasts")] }
    links.append(("Interface", "/openapi.json"))
    let items = links.map { name, address -> HTML in
      address == here
        ? "<a href=\"\(address)\" aria-current=\"page\">\(name)</a>\n" : "<a href=\"\(address)\">\(name)</a>\n"
    }
    return
      "<header class=\"site\"><nav aria-label=\"Dashboard\"><a class=\"home\" href=\"/\">headroom</a>\n\(items.joined())</nav></header>"
  }

  // MARK: Services

  func board(_ board: Board) -> String {
    guard board.made != nil else {
      var page = HTMLPage(title: "headroom", summary: "The plans are being answered.")
      page.add("<h1>The plans are being answered.</h1><p class=\"lead\">Load this page again in a moment.</p>")
      return rendered(page, here: "/")
    }
    return rendered(board.report(version: version).report().page(withControls: "") { $0 }, here: "/")
  }

  /// A service's plan with its controls.
  ///
  /// - Parameters:
  ///   - outcome: the plan's answer with what was asked in it.
  ///   - window: the part of time that is shown; nil for the plan's own.
  ///   - fragment: whether the answer to what was asked is wanted alone.
  func service(
    _ entry: ServiceEntry, _ question: WhatIf, _ outcome: PlanOutcome, window: (from: Timestamp, to: Timestamp)?,
    fragment: Bool
  ) -> String {
    entry.shown {
      let whatIf = WhatIfReport(question, asPlanned: entry.outcome, changed: outcome, provenance: entry.provenance)
      let answer = answer(whatIf)
      if fragment { return answer.text }
      var plan = PlanReport(outcome, provenance: entry.provenance)
      plan.window = window
      var report = plan.report()
      if !question.isNothing {
        report.title = "What if: \(report.title)"
        report.kicker = "\(entry.name) · what if \(whatIf.words)"
      }
      let controls: HTML = """
        <div class="explore">
        \(WhatIfForm(entry, question).html)
        <div id="answer" aria-live="polite">\(answer)</div>
        </div>
        \(simulationForm(entry, question))
        """
      let timeline = Timeline(plan, address: entry.address, question: WhatIfForm(entry, question).query)
      return rendered(report.page(withControls: controls) { timeline.framed($0) }, here: "")
    }
  }

  /// The answer to what was asked, as it stands in the page and as the script puts it there.
  private func answer(_ whatIf: WhatIfReport) -> HTML {
    let section = whatIf.section
    return
      "<section id=\"\(section.id)\"><h2>\(section.heading)</h2>\n\(whatIf.report().content(of: section))</section>"
  }

  // MARK: Problems

  /// What a request got instead of an answer: a page for a browser, a document for a program.
  func problem(_ problem: Problem, for request: Request) -> Response {
    let accept = request.headers["accept"]
    let isPage = accept?.contains("text/html") ?? false
    guard isPage, !request.rawPath.hasPrefix("/api/") else { return problem.json() }
    let isFragment = request.path.last == "what-if"
    let body: HTML = "<p class=\"notice\">\(problem.detail)</p>"
    if isFragment { return Response(problem.status, type: .html, Array(body.text.utf8), headers: problem.headers) }
    var page = HTMLPage(title: "\(problem.title) · headroom", summary: problem.detail)
    page.add(
      "<p class=\"kicker\">\(problem.status)</p><h1>\(problem.title)</h1>\(body)<p><a href=\"/\">All services</a></p>")
    return Response(problem.status, type: .html, Array(rendered(page, here: "").utf8), headers: problem.headers)
  }
}
