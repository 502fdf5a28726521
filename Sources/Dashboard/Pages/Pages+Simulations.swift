import Planning
import Quantities
import Reporting

extension Pages {
  /// Starts a simulation of what is shown.
  func simulationForm(_ entry: ServiceEntry, _ question: WhatIf) -> HTML {
    guard entry.outcome.demand.forecast != nil else { return "" }
    let hidden = Form.fields(WhatIfForm(entry, question).query) ?? []
    let fields = hidden.map { field -> HTML in "<input type=\"hidden\" name=\"\(field.name)\" value=\"\(field.value)\">"
    }
    return """
      <form class="run" method="post" action="\(entry.address)/simulations" aria-label="Simulation">\(fields.joined())
      <div class="buttons"><label for="futures">Simulate the policy over sampled futures</label>
      <input type="number" id="futures" name="futures" value="200" min="\(Questions.futures.lowerBound)" \
      max="\(Questions.futures.upperBound)" required><button type="submit">Simulate</button></div></form>
      """
  }

  /// All simulations.
  func simulations(_ runs: [Run]) -> String {
    let rows = runs.map { run in
      [
        Report.Cell("\(run.id)", link: "/simulations/\(run.id)"), Report.Cell(run.service),
        Report.Cell("\(run.done) of \(run.total)"),
        Report.Cell(run.state.rawValue, mark: run.state == .failed ? .fails : run.state == .done ? .holds : nil),
        Report.Cell(run.futures?.met.map { "\($0) of \(run.futures?.count ?? 0)" } ?? "-"),
        Report.Cell(run.started.iso8601),
      ]
    }
    var report = Report(
      title: "Simulations · headroom", kicker: "Simulations",
      headline: runs.isEmpty
        ? "No simulation was started yet."
        : "\(runs.count) simulation\(runs.count == 1 ? "" : "s") since the server started.",
      lead: runs.isEmpty ? "Start one on a service's page: its policy is then run over many sampled futures." : "")
    if !runs.isEmpty {
      report.sections = [
        Report.Section(
          "Simulations", id: "simulations", "The latest first; they are kept while the server runs.",
          [
            .table(
              Report.Table(
                [
                  .number("number"), .text("service"), .number("futures"), .text("state"), .number("objective met in"),
                  .text("started"),
                ], rows))
          ])
      ]
    }
    return rendered(report.page(withControls: "") { $0 }, here: "/simulations")
  }

  /// One simulation: its progress, or what came of it.
  func simulation(_ run: Run, _ entry: ServiceEntry?) -> String {
    let isOpen = run.state == .waiting || run.state == .running
    var words = ""
    if let entry {
      words = entry.shown { WhatIfReport(run.question, asPlanned: entry.outcome, changed: entry.outcome).words }
    }
    let asked = run.question.isNothing ? "" : ", what if \(words)"
    if let futures = run.futures, let entry {
      let currency = entry.outcome.plan.currency
      return currency.shown {
        var report = FuturesReport(
          futures, name: entry.name, question: asked, objective: entry.outcome.plan.service.objective
        )
        .report()
        report.footer = ["Simulation \(run.id), \(run.total) futures, seed \(entry.seed)."]
        let back: HTML = "<p><a href=\"\(entry.address)\">The plan of \(entry.name)</a></p>"
        return rendered(report.page(withControls: back) { $0 }, here: "/simulations")
      }
    }
    var page = HTMLPage(title: "Simulation \(run.id) · headroom", summary: "\(run.service): \(run.state.rawValue)")
    let title: HTML = "<p class=\"kicker\">\(run.service) · simulation \(run.id)\(asked)</p>"
    if isOpen {
      page.add(
        """
        \(title)<h1>The policy meets \(run.total) futures.</h1>
        <div data-events="/api/v1/simulations/\(run.id)/events">
        <p><progress max="\(run.total)" value="\(run.done)" aria-label="Progress of the simulation"></progress></p>
        <p class="state" role="status">\(run.done) of \(run.total)</p></div>
        <form method="post" action="/simulations/\(run.id)/cancel"><div class="buttons"><button type="submit">Cancel</button>
        <a href="/simulations/\(run.id)">Look again</a></div></form>
        """)
    } else {
      let end: HTML = run.problem.isEmpty ? "" : "<p class=\"notice\">\(run.problem)</p>"
      let address: HTML = entry.map { "<p><a href=\"\($0.address)\">The plan of \($0.name)</a></p>" } ?? ""
      page.add(
        "\(title)<h1>The simulation was \(run.state.rawValue) after \(run.done) of \(run.total) futures.</h1>\(end)\(address)"
      )
    }
    return rendered(page, here: "/simulations")
  }
}
