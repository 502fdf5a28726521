import Documents
import Placing
import Planning
import Quantities
import Terminal

/// Which region holds how much of which machine: `headroom place`.
public struct PlacementReport: Sendable {
  public let name: String
  public let problem: RegionProblem
  public let placement: Placement
  /// What other ways to place would cost, the best among them.
  public var alternatives: [PricedStrategy] = []
  /// What must be ordered by when, and what is not counted on.
  public var orders: [PlacementOrder] = []
  /// Placements over all that may be, the cheapest in expectation first; empty where nothing is uncertain.
  public var choices: [RankedPlacement] = []
  /// Of the normal state and each loss.
  private var slack: [PlacementSlack] {
    placement.counts.isEmpty ? [] : problem.slack(capacity: placement.capacity(problem))
  }
  public let provenance: Provenance

  public init(_ placement: Placement, of problem: RegionProblem, name: String, provenance: Provenance) {
    self.placement = placement
    self.problem = problem
    self.name = name
    self.provenance = provenance
  }

  var headline: String {
    switch placement.status {
    case .infeasible:
      return
        "Nothing holds: \(PlacementWords.clash(placement.clash, problem).first ?? "a region's minimum is above its quotas")."
    case .unknown:
      return
        "No plan was found in the time that was given; the least cost is \(PlacementWords.dollars(placement.bound)) or more."
    case .optimal, .feasible: break
    }
    let regions = Set(zip(problem.offers, placement.counts).filter { $0.1 > 0 }.map { $0.0.region }).count
    let machines = placement.counts.reduce(0, +)
    return
      "\(machines) machine\(machines == 1 ? "" : "s") in \(regions) region\(regions == 1 ? "" : "s") for \(PlacementWords.dollars(placement.cost))\(proof)."
  }

  private var proof: String {
    placement.status == .optimal
      ? ", proved the least" : ", at most \(NumberFormat.share(placement.gap)) above the least"
  }
}

enum PlacementWords {
  static func dollars(_ price: HourlyPrice) -> String { "\(price)" }

  /// A clause as a sentence.
  static func sentence(_ clause: String) -> String {
    guard let first = clause.first else { return clause }
    return first.uppercased() + clause.dropFirst() + (clause.hasSuffix(".") ? "" : ".")
  }

  static func rate(_ value: Double) -> String { "\(RequestRate(rawValue: value))" }

  /// Each clash as a clause.
  static func clash(_ clashes: [PlacementClash], _ problem: RegionProblem) -> [String] {
    clashes.map { clash in
      switch clash {
      case .unreachable(let origin, let nearest, let latency, let limit, let isResidency):
        let who = "\(problem.origins[origin].id) has no region that may serve it"
        guard let nearest, let latency else {
          return who + (isResidency ? ": residency leaves none that it can reach" : ": none can be reached")
        }
        return
          "\(who): the nearest\(isResidency ? " that residency allows" : ""), \(problem.regions[nearest].id), is \(NumberFormat.significant(latency, 4)) ms away, and the limit is \(NumberFormat.significant(limit, 4)) ms"
      case .capacity(let origins, let regions, let loss, let hour, let needed, let available):
        let who =
          origins.isEmpty ? "the traffic's share" : origins.map { problem.origins[$0].id }.joined(separator: ", ")
        let lost =
          loss.map {
            " when \(problem.losses[$0].map { problem.regions[$0].id }.joined(separator: " and ")) \(problem.losses[$0].count == 1 ? "is" : "are") lost"
          } ?? ""
        let at = problem.hours.indices.contains(hour) ? " at \(problem.hours[hour]):00 UTC" : ""
        let where_ = regions.isEmpty ? "no region" : regions.map { problem.regions[$0].id }.joined(separator: ", ")
        return
          "\(who) need\(origins.count <= 1 ? "s" : "") \(rate(needed))\(at)\(lost), headroom included, and may be served by \(where_) alone, whose quotas hold \(rate(available))"
      }
    }
  }

  /// What could be changed, for a clash.
  static func remedy(_ clash: PlacementClash, _ problem: RegionProblem) -> String {
    switch clash {
    case .unreachable(_, _, _, _, let isResidency):
      isResidency ? "raise the latency limit or allow another region" : "raise the latency limit"
    case .capacity(_, _, let loss, _, _, _):
      loss == nil
        ? "raise a quota there, lower the headroom, or allow another region"
        : "raise a quota there, serve a smaller share under that loss, or allow another region"
    }
  }
}

extension PlacementReport {
  /// `"schema": "headroom/placement/1"`; docs/reference/placement-json.md names each key.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/placement/1")
      json.entry("name", name)
      writeAnswer(to: &json)
    }
    return json.text + "\n"
  }

  /// The keys of an answer, for a document of its own and for a line of `--batch`.
  public func writeAnswer(to json: inout JSONWriter) {
    json.entry("status", placement.status.rawValue)
    let isThere = !placement.counts.isEmpty
    json.entry("cost_per_h", isThere ? placement.cost : nil)
    json.entry("bound_per_h", placement.status == .infeasible ? nil : placement.bound)
    json.entry("gap", isThere ? placement.gap : nil)
    json.entry("egress_per_h", isThere ? placement.egress : nil)
    json.entry("relaxation_per_h", placement.status == .infeasible ? nil : placement.relaxation)
    json.object("instances") { json in
      for (r, region) in problem.regions.enumerated() {
        let here = zip(problem.offers, placement.counts).filter { $0.0.region == r && $0.1 > 0 }
        guard !here.isEmpty else { continue }
        json.object(region.id) { json in for (offer, n) in here { json.entry(offer.machine, n) } }
      }
    }
    let slack = slack
    json.entry("cliff", slack.map(\.factor).min().flatMap { $0.isFinite ? $0 - 1 : nil })
    json.objects("slack", slack) { json, one in
      json.entry("lost", texts: one.loss.map { problem.losses[$0].map { problem.regions[$0].id } } ?? [])
      json.entry("hour", problem.hours.indices.contains(one.hour) ? problem.hours[one.hour] : one.hour)
      json.entry("factor", one.factor.isFinite ? one.factor : nil)
    }
    json.objects("orders", orders) { json, one in one.write(to: &json) }
    json.objects("choices", choices) { json, one in write(one, to: &json) }
    json.objects("unservable", placement.unservable) { json, one in
      json.entry("origin", problem.origins[one.origin].id)
      json.entry("when_lost", texts: problem.losses[one.loss].map { problem.regions[$0].id })
    }
    json.entry("because", texts: PlacementWords.clash(placement.clash, problem))
    json.objects("clash", placement.clash) { json, clash in
      switch clash {
      case .unreachable(let origin, let nearest, let latency, let limit, _):
        json.entry("kind", "unreachable")
        json.entry("origins", texts: [problem.origins[origin].id])
        json.entry("nearest", nearest.map { problem.regions[$0].id })
        json.entry("latency_ms", latency)
        json.entry("limit_ms", limit)
      case .capacity(let origins, let regions, let loss, let hour, let needed, let available):
        json.entry("kind", "capacity")
        json.entry("origins", texts: origins.map { problem.origins[$0].id })
        json.entry("regions", texts: regions.map { problem.regions[$0].id })
        json.entry("lost", texts: loss.map { problem.losses[$0].map { problem.regions[$0].id } } ?? [])
        json.entry("hour", hour)
        json.entry("needed_rps", needed)
        json.entry("available_rps", available)
      }
      json.entry("remedy", PlacementWords.remedy(clash, problem))
    }
    json.objects("strategies", alternatives) { json, one in
      json.entry("name", one.strategy.name)
      json.entry("status", one.placement.status.rawValue)
      json.entry("cost_per_h", one.placement.counts.isEmpty ? nil : one.placement.cost)
      json.entry("bound_per_h", one.placement.status == .infeasible ? nil : one.placement.bound)
    }
  }

  private func write(_ one: RankedPlacement, to json: inout JSONWriter) {
    json.entry("made_for", one.factor)
    json.entry("quantile", one.quantile)
    json.entry("cost_per_h", one.placement.cost)
    json.entry("expected_cost_per_h", one.expectedCost)
    json.entry("expected_regret_per_h", one.expectedRegret)
    json.entry("worst_regret_per_h", one.worstRegret)
    json.entry("worlds_placed", one.worldsPlaced)
    json.entry("sufficient", one.sufficient)
    json.entry("cliff", one.cliff.isFinite ? one.cliff : nil)
    json.entry("is_least_regret", one == leastRegret)
    json.object("instances") { json in
      for (r, region) in problem.regions.enumerated() {
        let here = zip(problem.offers, one.placement.counts).filter { $0.0.region == r && $0.1 > 0 }
        guard !here.isEmpty else { continue }
        json.object(region.id) { json in for (offer, n) in here { json.entry(offer.machine, n) } }
      }
    }
  }

  /// The choice that may cost least too much.
  private var leastRegret: RankedPlacement? { choices.min { $0.worstRegret < $1.worstRegret } }

  var choiceTable: TextTable {
    var table = TextTable([
      .init("made for", isFlexible: true), .init("an hour", .right), .init("expected", .right), .init("regret", .right),
      .init("at worst", .right), .init("suffices", .right), .init("to the cliff", .right),
    ])
    for one in choices {
      table.add([
        "\(NumberFormat.significant(one.factor, 3)) x the demand\(one == leastRegret ? " (least regret)" : "")",
        PlacementWords.dollars(one.placement.cost), PlacementWords.dollars(one.expectedCost),
        PlacementWords.dollars(one.expectedRegret), PlacementWords.dollars(one.worstRegret),
        NumberFormat.share(one.sufficient), one.cliff.isFinite ? Self.signed(one.cliff) : "-",
      ])
    }
    return table
  }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var text = TerminalText.wrapped(headline, width: width).map { style(.heading, $0) }.joined(separator: "\n") + "\n"
    if placement.status == .feasible || placement.status == .optimal {
      text +=
        "Bound \(PlacementWords.dollars(placement.bound)), gap \(NumberFormat.share(placement.gap)), egress \(PlacementWords.dollars(placement.egress)).\n\n"
      text += table.text(width: width, style: style)
    }
    for clash in placement.clash {
      text += "To do: \(PlacementWords.remedy(clash, problem)).\n"
    }
    if let slackSentence { text += TerminalText.wrapped(slackSentence, width: width).joined(separator: "\n") + "\n" }
    for line in notes { text += TerminalText.wrapped(line, width: width).joined(separator: "\n") + "\n" }
    if !choices.isEmpty { text += "\n" + choiceTable.text(width: width, style: style) }
    if !alternatives.isEmpty {
      text += "\n" + strategies.text(width: width, style: style)
      if let word = standbyWord { text += TerminalText.wrapped(word, width: width).joined(separator: "\n") + "\n" }
    }
    return text
  }

  /// By how much everything may grow, and what gives way first.
  var slackSentence: String? {
    guard let tight = slack.min(by: { $0.factor < $1.factor }), tight.factor.isFinite else { return nil }
    let state = tight.loss.map {
      "when \(problem.losses[$0].map { problem.regions[$0].id }.joined(separator: " and ")) \(problem.losses[$0].count == 1 ? "is" : "are") lost"
    }
    return
      "All demand may grow by \(NumberFormat.share(max(0, tight.factor - 1))) before something no longer holds: first \(state ?? "in the normal state")."
  }

  /// What the reader must know beside the machines.
  var notes: [String] {
    let byLoss = Dictionary(grouping: placement.unservable, by: \.origin)
    return orders.map(\.sentence)
      + byLoss.keys.sorted().map { origin in
        let losses = (byLoss[origin] ?? []).map {
          problem.losses[$0.loss].map { problem.regions[$0].id }.joined(separator: " and ")
        }
        return
          "\(problem.origins[origin].id) cannot be served when \(losses.joined(separator: ", or ")) \(losses.count == 1 && (byLoss[origin]?.first.map { problem.losses[$0.loss].count } ?? 1) == 1 ? "is" : "are") lost: no other region may serve it."
      }
  }

  var table: TextTable {
    var table = TextTable([
      .init("region", isFlexible: true), .init("machine", isFlexible: true), .init("count", .right),
      .init("quota", .right), .init("serves", .right), .init("an hour", .right),
    ])
    let lines = RegionUse.lines(placement, problem)
    for line in lines {
      table.add([
        line.region, line.machine, "\(line.count)", "\(line.quota)", PlacementWords.rate(line.rate),
        PlacementWords.dollars(line.cost),
      ])
    }
    return table
  }

  /// Why a rule may cost less than the least: it promises less.
  var standbyWord: String? {
    let isCheaper = alternatives.contains { one in
      if case .activePassive(let share) = one.strategy {
        return share < 1 && !one.placement.counts.isEmpty && one.placement.cost < placement.cost
      }
      return false
    }
    return isCheaper
      ? "A standby that is cold or warm costs less because it holds less: what is missing starts after the loss, and requests are lost until then."
      : nil
  }

  var strategies: TextTable {
    var table = TextTable([
      .init("strategy", isFlexible: true), .init("an hour", .right), .init("against the best", .right),
    ])
    for one in alternatives {
      let has = !one.placement.counts.isEmpty
      table.add([
        one.strategy.title, has ? PlacementWords.dollars(one.placement.cost) : one.placement.status.rawValue,
        has && placement.cost > .zero ? Self.signed(one.placement.cost / placement.cost - 1) : "",
      ])
    }
    return table
  }

  private static func signed(_ change: Double) -> String {
    (change < 0 ? "-" : "+") + NumberFormat.share(abs(change))
  }

  public func markdown() -> String {
    "# \(headline)\n\n" + (placement.counts.isEmpty ? "" : table.markdown + "\n") + notes.map { $0 + "\n" }.joined()
      + (choices.isEmpty ? "" : "\n" + choiceTable.markdown)
      + (alternatives.isEmpty ? "" : "\n" + strategies.markdown + (standbyWord.map { "\n\($0)\n" } ?? ""))
  }
}
