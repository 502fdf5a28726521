import Documents
import Planning
import Quantities
import Reporting

/// Every address of the dashboard: pages for people, documents for programs.
enum Routes {
  static let all: [Route] = pages + services + simulations + kept + alerts + own

  /// What may be changed of a plan.
  static let whatIf: [Route.Parameter] = [
    .init(
      name: "headroom", summary: "Spare capacity over the expected peak, as a share: 0.5 is 50 %.",
      kind: .number(WhatIf.headrooms)),
    .init(
      name: "lift", summary: "Demand over what the plan expects, as a factor: 1.3 is 30 % more.",
      kind: .number(WhatIf.lifts)),
    .init(
      name: "policy", summary: "A scaling policy: target, threshold, fixed, or the plan's own by its name.", kind: .text
    ),
    .init(
      name: "utilization", summary: "The load that target tracking keeps, as a share.",
      kind: .number(WhatIf.utilizations)),
    .init(name: "lost_region", summary: "A region of the plan that is gone.", kind: .text),
  ]
  /// The same as a form has it: in per cent, and empty where nothing is chosen.
  static let whatIfForm: [Route.Parameter] = [
    .init(name: "headroom", summary: "Spare capacity in per cent.", kind: .number(0...1000)),
    .init(name: "lift", summary: "More or less traffic in per cent.", kind: .number(-95...1900)),
    .init(name: "policy", summary: "A scaling policy.", kind: .text),
    .init(name: "utilization", summary: "The load that target tracking keeps, in per cent.", kind: .number(5...100)),
    .init(name: "lost_region", summary: "A region that is gone.", kind: .text),
    .init(name: "from", summary: "Where the timeline begins.", kind: .time),
    .init(name: "to", summary: "Where it ends.", kind: .time),
  ]

  private static let pages: [Route] = [
    Route(method: .get, pattern: "/", summary: "Services by date of exhaustion.", produces: [.html]) {
      (site, _, _) throws(Problem) in
      try site.cached("/", type: .html) { () throws(Problem) in site.pages.board(site.board) }
    },
    Route(
      method: .get, pattern: "/services/{name}", summary: "A service's plan, and what if.", query: whatIfForm,
      produces: [.html]
    ) { (site, request, names) throws(Problem) in
      let entry = try site.service(names["name"] ?? "")
      let question = WhatIfForm.question(request.query, entry)
      let window = try Questions.window(request)
      // The plan as it stands is asked for most; what was changed is made each time.
      if question.isNothing, window == nil {
        return try site.cached("page \(entry.name)", type: .html) { () throws(Problem) in
          site.pages.service(entry, question, entry.outcome, window: nil, fragment: false)
        }
      }
      try site.charge(request)
      let outcome = try site.changed(entry, question)
      return Response(type: .html, site.pages.service(entry, question, outcome, window: window, fragment: false))
    },
    Route(
      method: .get, pattern: "/services/{name}/what-if", summary: "What if: the answer alone, for the page's script.",
      query: whatIfForm, produces: [.html], isComputing: true
    ) { (site, request, names) throws(Problem) in
      let entry = try site.service(names["name"] ?? "")
      let question = WhatIfForm.question(request.query, entry)
      let outcome = try site.changed(entry, question)
      return Response(type: .html, site.pages.service(entry, question, outcome, window: nil, fragment: true))
    },
    Route(
      method: .get, pattern: "/assets/{file}", summary: "The page's own files.", produces: [.css, .script, .svg],
      access: .open
    ) {
      (_, _, names) throws(Problem) in try Assets.response(names["file"] ?? "")
    },
  ]

  private static let services: [Route] = [
    Route(
      method: .get, pattern: "/api/v1/services", summary: "Every service, the one that runs out first on top.",
      produces: [.json], gives: "Services"
    ) { (site, _, _) throws(Problem) in
      try site.cached("services.json", type: .json) { () throws(Problem) in
        site.board.report(version: site.settings.version).json()
      }
    },
    Route(
      method: .get, pattern: "/api/v1/services/{name}",
      summary: "A service's whole plan: the document that 'headroom plan --json' writes.", produces: [.json],
      gives: "Plan"
    ) { (site, _, names) throws(Problem) in
      let entry = try site.service(names["name"] ?? "")
      return try site.cached("plan.json \(entry.name)", type: .json) { () throws(Problem) in
        entry.shown { PlanReport(entry.outcome, provenance: entry.provenance).json() }
      }
    },
    Route(
      method: .get, pattern: "/api/v1/services/{name}/what-if",
      summary: "The plan's answer with something changed, beside the plan's own.", query: whatIf, produces: [.json],
      gives: "WhatIf", isComputing: true
    ) { (site, request, names) throws(Problem) in
      let entry = try site.service(names["name"] ?? "")
      let question = try Questions.whatIf(request)
      let outcome = try site.changed(entry, question)
      let text = entry.shown {
        WhatIfReport(question, asPlanned: entry.outcome, changed: outcome, provenance: entry.provenance).json()
      }
      return Response(type: .json, text)
    },
  ]

  private static let simulations: [Route] = [
    Route(
      method: .get, pattern: "/api/v1/simulations",
      summary: "The simulations that were started here, the latest first.",
      produces: [.json], gives: "Simulations"
    ) { (site, _, _) throws(Problem) in Response(type: .json, RunDocuments.list(site.runs.list())) },
    Route(
      method: .post, pattern: "/api/v1/services/{name}/simulations",
      summary: "Starts the plan's own policy over sampled futures.", produces: [.json], success: 202, consumes: [.json],
      gives: "Simulation", takes: "SimulationRequest", isComputing: true
    ) { (site, request, names) throws(Problem) in
      let entry = try site.service(names["name"] ?? "")
      let asked = try Questions.simulation(request)
      let run = try site.start(entry, asked.question, futures: asked.futures)
      return Response(
        202, type: .json, Array(RunDocuments.one(run).utf8),
        headers: [Request.Field("Location", "/api/v1/simulations/\(run.id)")])
    },
    Route(
      method: .get, pattern: "/api/v1/simulations/{id}", summary: "A simulation, with its result once it is done.",
      produces: [.json], gives: "Simulation"
    ) { (site, _, names) throws(Problem) in Response(type: .json, RunDocuments.one(try site.run(names))) },
    Route(
      method: .delete, pattern: "/api/v1/simulations/{id}", summary: "Cancels a simulation, and forgets it.",
      produces: [.json], success: 204
    ) { (site, _, names) throws(Problem) in
      site.runs.forget(try site.run(names).id)
      return Response(204, type: .json, "")
    },
    Route(
      method: .get, pattern: "/api/v1/simulations/{id}/events",
      summary: "A simulation's progress as server-sent events: progress, then done, cancelled or failed.",
      produces: [.events]
    ) { (site, _, names) throws(Problem) in Response(events: RunEvents(site.runs, try site.run(names).id)) },
    Route(
      method: .get, pattern: "/simulations", summary: "The simulations' page.", produces: [.html]
    ) { (site, _, _) throws(Problem) in Response(type: .html, site.pages.simulations(site.runs.list())) },
    Route(
      method: .get, pattern: "/simulations/{id}", summary: "A simulation's page.", produces: [.html]
    ) { (site, _, names) throws(Problem) in
      let run = try site.run(names)
      return Response(type: .html, site.pages.simulation(run, try? site.service(run.service)))
    },
    Route(
      method: .post, pattern: "/services/{name}/simulations", summary: "The same from the page's form.",
      produces: [.html],
      success: 303, consumes: [.form], isComputing: true
    ) { (site, request, names) throws(Problem) in
      let entry = try site.service(names["name"] ?? "")
      let asked = try Questions.simulation(ofForm: request, entry)
      let run = try site.start(entry, asked.question, futures: asked.futures)
      return .seeOther("/simulations/\(run.id)")
    },
    Route(
      method: .post, pattern: "/simulations/{id}/cancel", summary: "The same from the page's form.", produces: [.html],
      success: 303, consumes: [.form]
    ) { (site, _, names) throws(Problem) in
      _ = site.runs.cancel(try site.run(names).id)
      return .seeOther("/simulations/\(names["id"] ?? "")")
    },
  ]

  /// What the store keeps.
  private static let kept: [Route] = [
    Route(method: .get, pattern: "/load-tests", summary: "Load tests over time.", produces: [.html], isComputing: true)
    {
      (site, _, _) throws(Problem) in Response(type: .html, site.pages.loadTests(try site.loadHistory()))
    },
    Route(
      method: .get, pattern: "/api/v1/load-tests", summary: "The load tests that the store keeps, compared.",
      produces: [.json], gives: "LoadTests", isComputing: true, needsStore: true
    ) { (site, _, _) throws(Problem) in Response(type: .json, try site.loadHistory().json() + "\n") },
    Route(
      method: .get, pattern: "/forecasts", summary: "Forecasts against what came.", produces: [.html], isComputing: true
    ) { (site, _, _) throws(Problem) in Response(type: .html, site.pages.forecasts(try site.forecastReview())) },
    Route(
      method: .get, pattern: "/api/v1/forecasts", summary: "Kept forecasts beside the traffic that came.",
      produces: [.json], gives: "Forecasts", isComputing: true, needsStore: true
    ) { (site, _, _) throws(Problem) in Response(type: .json, try site.forecastReview().json()) },
  ]

  private static let alerts: [Route] = [
    Route(
      method: .get, pattern: "/api/v1/alerts", summary: "What somebody must know, with its reason and its remedy.",
      produces: [.json], gives: "Alerts"
    ) { (site, _, _) throws(Problem) in Response(type: .json, AlertDocuments.list(site.standing)) },
    Route(method: .get, pattern: "/alerts", summary: "The same as a page.", produces: [.html]) {
      (site, _, _) throws(Problem) in Response(type: .html, site.pages.alerts(site.standing))
    },
  ]

  /// What operators ask.
  private static let own: [Route] = [
    Route(
      method: .get, pattern: "/healthz", summary: "Whether the process answers.", produces: [.plain], access: .open
    ) { (_, _, _) throws(Problem) in Response(type: .plain, "ok\n") },
    Route(
      method: .get, pattern: "/readyz", summary: "Whether the plans are answered; 503 until then.", produces: [.plain],
      access: .open
    ) { (site, _, _) throws(Problem) in
      guard site.board.made != nil, !site.runs.isClosed else {
        throw Problem(
          503, "Not ready", site.runs.isClosed ? "The server shuts down." : "The plans are still being answered.",
          headers: [Request.Field("Retry-After", "1")])
      }
      return Response(type: .plain, "ready\n")
    },
    Route(
      method: .get, pattern: "/metrics", summary: "The server's own metrics and those of its services, for Prometheus.",
      produces: [.metrics, .textMetrics]
    ) { (site, request, _) throws(Problem) in
      let accept = request.headers["accept"]
      // The older format for whoever does not name the newer one: curl, browsers, old scrapers.
      let isOpen =
        accept?.contains(MediaType.metrics.name) ?? false
        && MediaType.metrics.weight(in: accept) >= MediaType.textMetrics.weight(in: accept)
      let text = MetricsText(of: site, isOpenMetrics: isOpen, at: site.settings.clock()).string
      return Response(type: isOpen ? .metrics : .textMetrics, text)
    },
    Route(
      method: .get, pattern: "/openapi.json", summary: "This interface.", produces: [.json]
    ) { (site, _, _) throws(Problem) in
      try site.cached("openapi.json", type: .json) { () throws(Problem) in
        OpenAPI.document(Routes.all, version: site.settings.version)
      }
    },
  ]
}

extension Site {
  func run(_ names: [String: String]) throws(Problem) -> Run {
    guard let id = Int(names["id"] ?? ""), let run = runs.run(id) else {
      throw .notFound("No simulation has that number. The last \(RunRegistry.mostKept) are kept while the server runs.")
    }
    return run
  }

  func start(_ entry: ServiceEntry, _ question: WhatIf, futures: Int) throws(Problem) -> Run {
    guard entry.outcome.demand.forecast != nil else {
      throw Problem(
        409, "Cannot be simulated", "The plan states its traffic, so that there is no forecast to draw futures from.")
    }
    return try runs.start(entry, question, outcome: try changed(entry, question), futures: futures)
  }
}
