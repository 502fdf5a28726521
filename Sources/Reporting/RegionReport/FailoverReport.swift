import Documents
import Planning
import Quantities
import Simulating
import Terminal

/// What happens, second by second, when a region fails: `headroom failover`.
public struct FailoverReport: ReportDocument {
  public let answer: FailoverAnswer
  public let plan: String
  public let zone: TimeZoneRules
  public let provenance: Provenance

  public init(_ answer: FailoverAnswer, plan: String, zone: TimeZoneRules, provenance: Provenance) {
    self.answer = answer
    self.plan = plan
    self.zone = zone
    self.provenance = provenance
  }

  var failover: Failover { answer.failover }
  private var region: String { failover.setting.regions[failover.incident.region].name }

  var incidentWords: String {
    switch failover.incident.kind {
    case .lost: "Losing \(region)"
    case .brownout(let left): "A brown-out of \(region) that leaves \(NumberFormat.share(left))"
    case .slow(let factor): "\(region) \(NumberFormat.significant(factor, 3)) times as slow"
    case .deploy(let left, let every):
      "A bad release from \(region) on, a region every \(Self.span(every)), that leaves \(NumberFormat.share(left))"
    }
  }

  static func span(_ seconds: Double) -> String { NumberFormat.duration(.seconds(seconds.rounded())) }

  public var headline: String {
    let lost = failover.lost
    guard failover.missedSeconds > 0 else { return "\(incidentWords) is not felt: every second meets the objective." }
    guard let recovery = failover.recoverySeconds else {
      return "\(incidentWords) is not recovered from: the objective is still missed at the end."
    }
    let why = failover.dominant.map { ", most of it to \(FailoverWords.purpose($0.kind))" } ?? ""
    return
      "\(incidentWords) is recovered from in \(Self.span(recovery))\(why); \(NumberFormat.short(lost)) requests are lost."
  }

  var lead: String {
    var sentences: [String] = []
    if failover.peakOverload.load > 1 {
      let peak = failover.peakOverload
      sentences.append(
        "At its worst \(failover.setting.regions[peak.region].name) gets \(NumberFormat.significant(peak.load, 3)) times what it serves."
      )
    }
    if failover.incident.kind == .lost {
      sentences.append("Data of the last \(Self.span(failover.dataLossSeconds)) is lost.")
    }
    let chance = answer.chance
    sentences.append(
      "At the capacity that stands, without an autoscaler's, the retries let the service come back by itself once the region is back in \(chance.recovered) of \(chance.runs) runs (95 % interval \(NumberFormat.share(chance.low)) to \(NumberFormat.share(chance.high)))."
    )
    if failover.recoverySeconds != nil, chance.share < 0.5, failover.setting.scaleUp != .none {
      sentences.append("The recovery told above thus rests on the replicas that are added meanwhile.")
    }
    if let best = answer.remedies.first {
      sentences.append("The cheapest change that makes it: \(best.change.sentence).")
    }
    if let standby = answer.standby, let price = standby.costPerMinute {
      sentences.append(
        "The \(standby.replicas) replicas beyond the peak's own need cost \(standby.costPerMonth) a month and save \(NumberFormat.significant(standby.minutesSaved, 3)) minutes of it: \(price) a month for a minute."
      )
    }
    return sentences.joined(separator: " ")
  }

  private var picture: FailoverPicture { FailoverPicture(failover) }
  private var phases: [[String]] { picture.phases }

  private var origins: [[String]] {
    zip(failover.setting.origins, zip(failover.timeline.lostByOrigin, failover.timeline.offeredByOrigin)).map {
      [
        $0.name, NumberFormat.short($1.0), NumberFormat.share($1.1 > 0 ? $1.0 / $1.1 : 0),
      ]
    }
  }

  public func report() -> Report {
    let timeline = failover.timeline
    let end = Double(timeline.offered.count)
    let points = FailoverPicture.points
    let traffic = picture.traffic
    var sections = [
      Report.Section(
        "What the time goes to", id: "phases",
        failover.terms.isEmpty
          ? "Nothing is missed."
          : failover.recoverySeconds == nil
            ? "From the incident to the end: the objective is not met again."
            : "From the incident until the objective is met again.",
        [
          .table(
            Report.Table(
              [.text("from"), .text("phase"), .number("takes")], phases.map { $0.map { Report.Cell($0) } }))
        ]),
      Report.Section(
        "Who loses requests", id: "lost", "By where they come from.",
        [
          .table(
            Report.Table(
              [.text("origin"), .number("lost"), .number("of its requests")],
              origins.map { $0.map { Report.Cell($0) } }))
        ]),
    ]
    let regions = failover.setting.regions.enumerated().map { r, region in
      Report.Part(
        region.name, id: "region-\(r)", "Attempts against what the region serves.",
        PlotChart(
          title: "Attempts and capacity of \(region.name)",
          description: "Attempts that reach the region, retries included, and what it serves, each second.",
          series: [
            .init("attempts", points(timeline.arrivals[r]), .demand),
            .init("capacity", points(timeline.capacity[r]), .capacity),
          ], unit: .requestsPerSecond, xName: "from two minutes before", ticks: PlotChart.elapsed(to: end)))
    }
    sections.append(
      Report.Section(
        "Region by region", id: "regions", "Where the traffic goes.", regions.map { Report.Block.part($0) }))
    sections.append(
      Report.Section(
        "Whether it comes back by itself", id: "storm",
        "A queue can stay full although the load is below its capacity: answers come after their clients have given up, and retries keep it full.",
        [.list(stormLines)]))
    var report = Report(
      title: "\(plan): failover of \(region)", kicker: "\(plan) · failover · \(failover.setting.mechanism.title)",
      headline: headline, lead: lead,
      facts: [
        .init(failover.recoverySeconds.map(Self.span) ?? "not recovered", "recovery time"),
        .init(Self.span(failover.dataLossSeconds), "recovery point: data that is lost"),
        .init(NumberFormat.short(failover.lost), "requests lost"),
        .init(Self.span(failover.missedSeconds), "with the objective missed"),
        .init(NumberFormat.share(answer.chance.share), "of runs come back without an autoscaler"),
      ],
      argument: .init("Traffic", id: "traffic", "What is asked, what is answered.", traffic), sections: sections)
    report.footer = ["\(provenance.program). Routing: \(failover.setting.mechanism.source)."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  private var stormLines: [String] {
    var lines = [
      "At the capacity that stands \(answer.chance.recovered) of \(answer.chance.runs) runs come back within a minute of the trigger's end (95 % interval \(NumberFormat.share(answer.chance.low)) to \(NumberFormat.share(answer.chance.high)))."
    ]
    for trigger in answer.triggers { lines.append("It tips at \(FailoverWords.trigger(trigger, answer.storm)).") }
    if answer.triggers.isEmpty { lines.append("No trigger that was tried tips it.") }
    for one in answer.remedies {
      lines.append("\(one.change.sentence): \(one.chance.recovered) of \(one.chance.runs) runs come back.")
    }
    return lines
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var text = TerminalText.opening(report(), width: width, style: style).joined(separator: "\n") + "\n"
    var table = TextTable([.init("from"), .init("phase", isFlexible: true), .init("takes", .right)])
    for row in phases { table.add(row) }
    if !table.isEmpty { text += table.text(width: width, style: style) + "\n" }
    var lost = TextTable([.init("origin", isFlexible: true), .init("lost", .right), .init("of its requests", .right)])
    for row in origins { lost.add(row) }
    text += lost.text(width: width, style: style) + "\n"
    for line in stormLines { text += TerminalText.wrapped(line, width: width).joined(separator: "\n") + "\n" }
    return text
  }

  /// `"schema": "headroom/failover/1"`; docs/reference/failover-json.md names each key.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/failover/1")
      json.entry("plan", plan)
      json.entry("headline", headline)
      json.entry("region", region)
      json.entry("incident", failover.incident.kind.name)
      json.entry("at", answer.at)
      json.entry("duration_seconds", failover.incident.duration)
      json.object("routing") { json in
        json.entry("name", failover.setting.mechanism.name)
        json.entry("source", failover.setting.mechanism.source)
        json.entry("detection_seconds", failover.setting.mechanism.detectionSeconds)
        json.entry("time_to_live_seconds", failover.setting.mechanism.timeToLive)
      }
      json.entry("rto_seconds", failover.recoverySeconds)
      json.entry("dominant_term", failover.dominant?.kind.rawValue)
      json.objects("terms", failover.terms) { json, term in
        json.entry("name", term.kind.rawValue)
        json.entry("seconds", term.seconds)
      }
      json.entry("rpo_seconds", failover.dataLossSeconds)
      json.entry("missed_seconds", failover.missedSeconds)
      json.entry("lost_requests", failover.lost)
      json.objects("origins", Array(failover.setting.origins.indices)) { json, o in
        json.entry("name", failover.setting.origins[o].name)
        json.entry("offered", failover.timeline.offeredByOrigin[o])
        json.entry("lost", failover.timeline.lostByOrigin[o])
      }
      json.object("peak_overload") { json in
        json.entry("factor", failover.peakOverload.load)
        json.entry("region", failover.setting.regions[failover.peakOverload.region].name)
        json.entry("seconds_after", failover.peakOverload.second - failover.incident.start)
      }
      json.entry("recovers", failover.recovers)
      json.object("retry_storm") { json in
        json.entry("region", failover.setting.regions[failover.peakOverload.region].name)
        json.entry("runs", answer.chance.runs)
        json.entry("recovered", answer.chance.recovered)
        json.entry("share", answer.chance.share)
        json.entry("low", answer.chance.low)
        json.entry("high", answer.chance.high)
        json.objects("tipping_points", answer.triggers) { json, trigger in
          json.entry("kind", trigger.name)
          json.entry("size", FailoverWords.size(trigger, answer.storm))
          json.entry("seconds", trigger.seconds)
        }
        json.objects("remedies", answer.remedies) { json, one in
          json.entry("change", one.change.sentence)
          json.entry("share", one.chance.share)
        }
      }
      json.object("standby", answer.standby) { json, standby in
        json.entry("replicas", standby.replicas)
        json.entry("cost_per_month", standby.costPerMonth)
        json.entry("minutes_saved", standby.minutesSaved)
        json.entry("cost_per_minute", standby.costPerMinute)
      }
      json.object("timeline") { json in
        json.entry("from_seconds", failover.timeline.from - failover.incident.start)
        json.entry("step_seconds", 1.0)
        json.entry("offered", values: failover.timeline.offered.map(Self.rounded))
        json.entry("served", values: failover.timeline.served.map(Self.rounded))
        json.entry("lost", values: failover.timeline.lost.map(Self.rounded))
        json.entry("moved", values: failover.timeline.moved.map(Self.rounded))
        json.object("capacity") { json in
          for (r, region) in failover.setting.regions.enumerated() {
            json.entry(region.name, values: failover.timeline.capacity[r].map(Self.rounded))
          }
        }
        json.object("attempts") { json in
          for (r, region) in failover.setting.regions.enumerated() {
            json.entry(region.name, values: failover.timeline.arrivals[r].map(Self.rounded))
          }
        }
      }
    }
    return json.text + "\n"
  }

  private static func rounded(_ x: Double) -> Double { (x * 1000).rounded() / 1000 }
}

enum FailoverWords {
  static func phase(_ kind: Failover.Term.Kind) -> String {
    switch kind {
    case .detect: "health checks see it"
    case .decide: "somebody decides"
    case .route: "clients are led elsewhere"
    case .scale: "capacity is started"
    case .warm: "caches warm"
    case .drain: "queues drain and the last clients follow"
    }
  }
  static func purpose(_ kind: Failover.Term.Kind) -> String {
    switch kind {
    case .detect: "see it"
    case .decide: "decide"
    case .route: "lead clients elsewhere"
    case .scale: "start capacity"
    case .warm: "warm caches"
    case .drain: "drain queues and wait for the last clients"
    }
  }
  /// A trigger's size, free of the copy's scale: times the load, share lost, times as slow.
  static func size(_ trigger: RetryStorm.Trigger, _ storm: RetryStorm) -> Double {
    switch trigger {
    case .spike(let rate, _): storm.rate > 0 ? rate / (storm.rate * min(1, 50 / storm.capacity)) : 0
    case .capacityLost(let share, _): share
    case .degraded(let factor, _): factor
    }
  }
  static func trigger(_ trigger: RetryStorm.Trigger, _ storm: RetryStorm) -> String {
    let size = size(trigger, storm)
    let lasting = "for \(FailoverReport.span(trigger.seconds))"
    return switch trigger {
    case .spike: "\(NumberFormat.significant(size, 3)) times its load \(lasting)"
    case .capacityLost: "\(NumberFormat.share(size)) of its capacity lost \(lasting)"
    case .degraded: "requests \(NumberFormat.significant(size, 3)) times as slow \(lasting)"
    }
  }
}
