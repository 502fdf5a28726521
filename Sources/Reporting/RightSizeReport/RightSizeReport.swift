import Documents
import Quantities
import Scaling
import Terminal

/// Request and target of an autoscaled workload together: `headroom right-size`.
public struct RightSizeReport: Sendable {
  public let sizing: RightSizing
  /// The workload's name.
  public let name: String
  public let simulation: PodSimulation
  /// Memory to ask for and to be held to; nil where nobody recorded it.
  public let memory: Bytes?
  /// What stands in its way or had to be assumed.
  public let notes: [String]
  private let provenance: Provenance

  public init(
    _ sizing: RightSizing, name: String, simulation: PodSimulation, memory: Bytes? = nil, notes: [String] = [],
    provenance: Provenance = Provenance()
  ) {
    self.sizing = sizing
    self.name = name
    self.simulation = simulation
    self.memory = memory
    self.notes = notes
    self.provenance = provenance
  }

  /// `420m`.
  static func milli(_ value: Int64) -> String { "\(value)m" }
  private static func cores(_ value: Double) -> String { NumberFormat.significant(value, 3) }

  private var saving: Double {
    sizing.today.requestedCores > 0 ? 1 - sizing.together.requestedCores / sizing.today.requestedCores : 0
  }

  /// Whether there is something to change: settings whose cores differ by less than a fiftieth are the same.
  public var isRight: Bool {
    sizing.isMet && abs(saving) < 0.02 && sizing.today.overloaded <= sizing.allowed
  }

  var headline: String {
    let new = sizing.together.settings
    let words = "Request \(Self.milli(new.requestMilli)) and hold \(new.target) % of it"
    guard sizing.isMet else {
      return
        "No setting keeps pods below their ceiling in all but \(Wording.percent(sizing.allowed)) of the time; the calmest: \(words.prefix(1).lowercased() + words.dropFirst())."
    }
    if isRight { return "Request and target fit together as they are." }
    if saving > 0 { return "\(words): \(Wording.percent(saving)) fewer cores requested." }
    return "\(words): today's settings leave too little for the time in which pods start."
  }

  private var settings: [(name: String, outcome: PodOutcome)] {
    var all = [("today", sizing.today), ("both together", sizing.together)]
    if let last = sizing.requestAlone.last {
      all.append(("the request alone, after \(Wording.count(sizing.requestAlone.count, "round"))", last))
    }
    all.append(("the target alone", sizing.targetAlone))
    return all
  }

  private static let columns = [
    "setting", "request", "target", "held at", "pods, mean", "pods, most", "cores requested", "used",
    "over the ceiling",
  ]

  private func row(_ name: String, _ outcome: PodOutcome) -> [String] {
    let settings = outcome.settings
    return [
      name, Self.milli(settings.requestMilli), "\(settings.target) %", Self.milli(Int64(settings.held.rounded())),
      NumberFormat.fixed(outcome.meanPods, decimals: 1), NumberFormat.grouped(Double(outcome.mostPods)),
      Self.cores(outcome.requestedCores), Wording.percent(outcome.utilization), Wording.percent(outcome.overloaded),
    ]
  }

  // MARK: What to write

  /// The two objects' parts, as a patch of each.
  public var manifests: String {
    let new = sizing.together.settings
    var lines = [
      "# The workload: spec.template.spec.containers[].resources", "resources:", "  requests:",
      "    cpu: \(Self.milli(new.requestMilli))",
    ]
    if let memory {
      let text = Self.mebibytes(memory)
      lines += ["    memory: \(text)", "  limits:", "    memory: \(text)"]
    }
    lines += [
      "---", "# The HorizontalPodAutoscaler: spec", "minReplicas: \(new.minimum)", "maxReplicas: \(new.maximum)",
      "metrics:", "  - type: Resource",
      "    resource: { name: cpu, target: { type: Utilization, averageUtilization: \(new.target) } }", "",
    ]
    return lines.joined(separator: "\n")
  }

  private static func mebibytes(_ bytes: Bytes) -> String {
    "\(Int((min(bytes.rawValue, 1e15) / 1_048_576).rounded(.up)))Mi"
  }

  // MARK: Forms

  func report() -> Report {
    var report = Report(
      title: "\(name): request and target", kicker: "\(name) · right-size", headline: headline,
      lead: Wording.sentences(notes),
      facts: [
        Report.Fact(
          Self.milli(sizing.together.settings.requestMilli),
          "of a core requested a pod; \(Self.milli(sizing.today.settings.requestMilli)) today"),
        Report.Fact(
          "\(sizing.together.settings.target) %",
          "of it held by the autoscaler; \(sizing.today.settings.target) % today"),
        Report.Fact(
          Self.cores(sizing.together.requestedCores),
          "cores requested on average; \(Self.cores(sizing.today.requestedCores)) today"),
        Report.Fact(
          Wording.percent(sizing.together.overloaded),
          "of the time over the ceiling of \(Self.milli(Int64(simulation.ceilingMilli))); \(Wording.percent(sizing.today.overloaded)) today"
        ),
      ])
    func table(_ rows: [[String]]) -> Report.Block {
      .table(
        Report.Table(
          Self.columns.map { $0 == "setting" ? .text($0) : .number($0) }, rows.map { $0.map { Report.Cell($0) } }))
    }
    report.sections = [
      Report.Section(
        "The settings on what was recorded", id: "settings",
        "Each is the autoscaler's own rules on the recorded use: syncs every 15 s, a measurement \(NumberFormat.duration(simulation.metricDelay)) old, pods that serve \(NumberFormat.duration(simulation.startup)) after the decision.",
        [table(settings.map { row($0.name, $0.outcome) })])
    ]
    if sizing.requestAlone.count > 1 {
      report.sections.append(
        Report.Section(
          "Why not the request alone", id: "spiral",
          "A lower request makes the same use a higher share of it: the autoscaler adds pods, each uses less, and the request falls again.",
          [
            table(
              [row("today", sizing.today)]
                + sizing.requestAlone.enumerated().map { row("round \($0 + 1)", $1) })
          ]))
    }
    report.sections.append(
      Report.Section(
        "What to write", id: "manifests",
        "Both in one change: applied one after the other, the autoscaler acts on the half that is there first.",
        [.code(manifests)]))
    report.footer = ["\(provenance.program)."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }
}

extension RightSizeReport: ReportDocument {
  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var lines = TerminalText.opening(report(), width: width, style: style)
    var table = TextTable(
      Self.columns.enumerated().map { $0 == 0 ? .init($1, isFlexible: true) : .init($1, .right) })
    for (name, outcome) in settings { table.add(row(name, outcome)) }
    lines += table.text(width: width, style: style).split(separator: "\n").map(String.init)
    lines.append("")
    lines += manifests.split(separator: "\n").map(String.init)
    return lines.joined(separator: "\n") + "\n"
  }

  /// `"schema": "headroom/right-size/1"`.
  public func json() -> String {
    func write(_ outcome: PodOutcome, _ json: inout JSONWriter) {
      json.entry("request_milli", Int(outcome.settings.requestMilli))
      json.entry("target_percent", outcome.settings.target)
      json.entry("minimum", outcome.settings.minimum)
      json.entry("maximum", outcome.settings.maximum)
      json.entry("mean_pods", outcome.meanPods)
      json.entry("most_pods", outcome.mostPods)
      json.entry("requested_cores", outcome.requestedCores)
      json.entry("used_cores", outcome.usedCores)
      json.entry("overloaded", outcome.overloaded)
      json.entry("pod_use_milli_p50", outcome.median)
      json.entry("pod_use_milli_p95", outcome.p95)
      json.entry("pod_use_milli_p99", outcome.p99)
    }
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/right-size/1")
      json.entry("name", name)
      json.entry("headline", headline)
      json.entry("met", sizing.isMet)
      json.entry("right", isRight)
      json.entry("allowed_overload", sizing.allowed)
      json.entry("ceiling_milli", simulation.ceilingMilli)
      json.entry("memory_bytes", memory)
      json.object("today") { write(sizing.today, &$0) }
      json.object("together") { write(sizing.together, &$0) }
      json.objects("request_alone", sizing.requestAlone) { json, outcome in write(outcome, &json) }
      json.object("target_alone") { write(sizing.targetAlone, &$0) }
      json.entry("manifests", manifests)
      json.entry("notes", texts: notes)
    }
    return json.text + "\n"
  }
}
