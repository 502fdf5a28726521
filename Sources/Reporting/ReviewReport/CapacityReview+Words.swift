import Placing
import Planning
import Quantities

extension CapacityReview {
  /// An item's answer, and the figures behind it.
  func words(of item: Item) -> (answer: String, evidence: [String]) {
    let now = outcome.plan.zone.local(outcome.now).date
    switch item.fact {
    case .use(let peak, let share, let before):
      // A history that ended before the last days says nothing of this week.
      let end = outcome.trace?.series.end ?? outcome.now
      let last = outcome.now - end > .days(2) ? outcome.plan.zone.local(end).date : nil
      return Self.use(peak, share, before, until: last.map { Wording.day($0, now: now) })
    case .runway(let standing, let runway):
      var evidence: [String] = []
      if let runway {
        evidence.append("What runs carries \(runway.capacity).")
        if let early = runway.early { evidence.append("At the high end of demand: \(Wording.day(early, now: now)).") }
        if let cause = runway.cause { evidence.append("The cause is \(cause).") }
      }
      guard case .unstated = standing else {
        guard let shortfall = standing.shortfall, shortfall.replicas > shortfall.running else {
          return ("What runs lasts over the horizon.", evidence)
        }
        evidence.append("\(shortfall.running) run, \(shortfall.replicas) are needed with the headroom.")
        let day = shortfall.day.map {
          "Capacity \(shortfall.isExpected ? "runs" : "may run") out on \(Wording.day($0, now: now))"
        }
        return ("\(day ?? "The headroom is missing"): add \(shortfall.replicas - shortfall.running).", evidence)
      }
      return ("The plan does not say what runs.", ["Write service: { running: N }."])
    case .objectives(let missed, let all):
      guard !missed.isEmpty else {
        return (all == 0 ? "The plan has no objective." : "All \(all) objectives hold.", [])
      }
      return (
        "\(missed.count) of \(all) objectives \(missed.count == 1 ? "is" : "are") missed.",
        missed.map { "\(Wording.sentence($0.words.objective)): \($0.words.got), asked \($0.words.asked)." }
      )
    case .urgent(let findings):
      guard !findings.isEmpty else { return ("Nothing asks for action.", []) }
      return (
        "\(Wording.count(findings.count, "finding")) \(findings.count == 1 ? "asks" : "ask") for action.",
        findings.map { Wording.sentences([$0.words.what, $0.words.remedy]) }
      )
    case .trend(let change, let growth):
      var evidence: [String] = []
      if let growth { evidence.append("Growth of \(growth.mid) a year, \(outcome.demand.growthSource).") }
      guard let change else { return ("Eight weeks of history are needed to tell.", evidence) }
      return ("The last four weeks lie \(Wording.change(change)) over the four before.", evidence)
    case .headroom(let fraction, let used, let risk):
      var evidence = [
        "The headroom is \(Wording.percent(fraction)) over the expected peak (\(outcome.headroom.origin))."
      ]
      if let used { evidence.append("Of it the last four weeks used \(Wording.percent(used)).") }
      guard let risk else { return ("How much is enough cannot be told.", evidence) }
      let answer = "The horizon's peak exceeds it in \(Wording.futures(risk))."
      if risk > 0.1 {
        evidence.append("More headroom lowers it: see the curve in 'headroom plan -o report.html'.")
      } else if risk < 0.002, fraction > 0.1 {
        evidence.append("Less would do: the curve in 'headroom plan -o report.html' says what it would save.")
      }
      return (answer, evidence)
    case .forecasts(let review): return Self.forecasts(review)
    case .cost(let month, let budget):
      guard let month else { return ("No price is known.", []) }
      guard let budget else { return ("A month costs \(month); there is no budget.", []) }
      return ("A month costs \(month) of a budget of \(budget).", ["That is \(Wording.percent(month / budget)) of it."])
    case .outlook(let peak, let time):
      let when = time.map { " on \(Wording.day(outcome.plan.zone.local($0).date, now: now))" } ?? ""
      return (
        "The peak over the horizon is \(peak.mid)\(when).",
        ["In \(Wording.percent(peak.confidence)) of the futures between \(peak.low) and \(peak.high)."]
      )
    case .events(let events):
      guard let first = events.first else { return ("No event lies in the horizon.", []) }
      return (
        first.event.start < now
          ? "\(first.event.name) is under way since \(Wording.day(first.event.start, now: now)); \(Wording.count(events.count - 1, "event")) ahead."
          : "\(Wording.count(events.count, "event")) ahead, the first \(first.event.name) on \(Wording.day(first.event.start, now: now)).",
        events.map { event, milestone, due in
          let next = milestone.flatMap { task in due.map { "; \(task.task) it by \($0.short)" } } ?? ""
          return
            "\(event.name), \(event.start.short): \(event.lift.mid.formatted(digits: 3)) of ordinary demand\(next)."
        }
      )
    case .drills(let drills, let undrilled, let isAsked):
      guard isAsked else {
        return ("The plan says nothing about recovery.", ["Write recovery: { posture: warm, rto: 15m }."])
      }
      var evidence = drills.map { "\($0.date.short): \($0.kind.rawValue)\($0.region.isEmpty ? "" : " \($0.region)")." }
      if !undrilled.isEmpty { evidence.append("Never rehearsed: \(Wording.list(undrilled)).") }
      return ("\(Wording.count(drills.count, "drill")) in the next three months.", evidence)
    case .loadTests(let isMeasured, let due):
      let answer =
        isMeasured ? "The capacity of a replica is measured." : "The capacity of a replica is stated, not measured."
      return (answer, due.map { ["The next load test is due by \($0.long)."] } ?? [])
    case .year(let flat, let spent):
      guard let flat, let spent else { return ("No price is known.", []) }
      return ("A year costs \(spent) as the plan spends it.", ["A flat fleet would cost \(flat)."])
    case .commitments(let saving, let existing):
      let evidence = existing > 0 ? ["\(Wording.count(existing, "machine")) are committed already."] : []
      guard let saving else { return ("No price under a commitment is known.", evidence) }
      return saving > .zero
        ? ("Commitments would save \(saving) in three years.", evidence + ["See 'headroom commit'."])
        : ("No commitment would pay.", evidence)
    case .posture(let chosen, let meets, let cheapest, let isAsked):
      guard isAsked else { return ("The plan says nothing about recovery.", []) }
      let other = cheapest.map { ["The cheapest that meets them is \($0.rawValue)."] } ?? ["No posture meets them."]
      guard let chosen else { return ("No standby posture is chosen.", other) }
      return meets == true
        ? ("The posture \(chosen.rawValue) meets its objectives.", other)
        : ("The posture \(chosen.rawValue) misses its objectives.", other)
    }
  }

  /// - Parameter end: when the last week ended that is known, where that is not now.
  private static func use(
    _ peak: RequestRate?, _ share: Double?, _ before: Double?, until end: String?
  ) -> (String, [String]) {
    let week = end.map { "The last known week's peak, until \($0)," } ?? "The week's peak"
    guard let peak else { return ("No demand of the last week is known.", []) }
    guard let share else { return ("\(week) was \(peak); what runs is not said.", []) }
    var evidence = ["\(week) was \(peak)."]
    if let before { evidence.append("The week before used \(Wording.percent(before)) of what runs.") }
    if share >= 0.9 { evidence.append("From 90 % on more is added: the next peak may be above it.") }
    return ("\(week) used \(Wording.percent(share)) of what runs.", evidence)
  }

  private static func forecasts(_ review: ForecastReview?) -> (String, [String]) {
    guard let review, review.promises.indices.contains(2) else {
      return ("No forecast was kept.", ["Keep one each week: headroom forecast plan.yaml --store headroom.db."])
    }
    let p95 = review.promises[2].exceeded
    var evidence: [String] = []
    if review.excess.isFinite { evidence.append("Demand came \(Wording.change(review.excess)) over the middle.") }
    guard p95.count > 0 else { return ("Too little has come to judge the kept forecasts.", evidence) }
    return (
      "The P95 held \(p95.count - p95.hits) of \(p95.count) peaks\(review.isKept ? "" : ": more were exceeded than chance explains").",
      evidence
    )
  }
}
