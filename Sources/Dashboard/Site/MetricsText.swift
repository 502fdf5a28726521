import Documents
import Planning
import Quantities
import Reporting

/// The site's own metrics, as Prometheus reads them: OpenMetrics 1.0, or the older text format where that is asked for.
struct MetricsText {
  private var text = ""
  private let isOpen: Bool

  /// - Parameter isOpenMetrics: counters then have their family's name without `_total`, and the text ends with `# EOF`.
  init(of site: Site, isOpenMetrics: Bool, at now: Timestamp) {
    isOpen = isOpenMetrics
    let board = site.board
    family("headroom_build", "gauge", "The program that answers.", suffix: "_info") { add in
      add([("version", site.settings.version)], 1)
    }
    services(board)
    family("headroom_plans_made_timestamp_seconds", "gauge", "When the plans were answered last.", unit: "seconds") {
      add in
      if let made = board.made { add([], made.secondsSinceEpoch) }
    }
    family("headroom_plans_failed", "gauge", "Plans that could not be answered.") { $0([], Double(board.faults.count)) }
    let standing = site.standing
    family("headroom_alerts", "gauge", "What somebody must know, by severity.") { add in
      for severity in ["act", "change"] {
        add([("severity", severity)], Double(standing.filter { $0.alert.severity == severity }.count))
      }
    }
    let runs = site.runs.list()
    family("headroom_simulations", "gauge", "Simulations that were started from the dashboard, by their state.") {
      add in
      for state in RunState.allCases {
        add([("state", state.rawValue)], Double(runs.filter { $0.state == state }.count))
      }
    }
    requests(site)
    if isOpen { text += "# EOF\n" }
  }

  var string: String { text }

  private mutating func services(_ board: Board) {
    let all = board.services
    func gauge(
      _ name: String, _ help: String, unit: String = "", _ value: @escaping (ServiceEntry) -> Double?
    ) -> Gauge {
      Gauge(name: name, help: help, unit: unit, value: value)
    }
    let gauges = [
      gauge("headroom_peak_requests_per_second", "Expected peak over the horizon.") {
        $0.outcome.sizing.peak.mid.perSecond
      },
      gauge("headroom_capacity_requests_per_second", "What the replicas of today carry.") {
        $0.boardEntry.exhaustion?.capacity.perSecond
      },
      gauge("headroom_spare_ratio", "Capacity of today over the expected peak, less one.", unit: "ratio") {
        $0.boardEntry.exhaustion?.share.rawValue
      },
      gauge("headroom_planned_spare_ratio", "Headroom that the plan asks for.", unit: "ratio") {
        $0.outcome.headroom.fraction
      },
      gauge("headroom_replicas_running", "Replicas of today, as the plan states them.") {
        $0.outcome.sizing.running.map(Double.init)
      },
      gauge("headroom_replicas_planned", "Replicas that the plan asks for.") { Double($0.outcome.sizing.replicas) },
      gauge(
        "headroom_exhaustion_timestamp_seconds", "First day on which the expected peak exceeds the capacity of today.",
        unit: "seconds"
      ) { $0.boardEntry.exhaustion?.expected.map { $0.midnightUTC.secondsSinceEpoch } },
      gauge(
        "headroom_exhaustion_probability_ratio", "Share of futures that exceed the capacity of today.", unit: "ratio"
      ) {
        $0.boardEntry.exhaustion?.probability
      },
      gauge("headroom_objectives_missed", "Objectives that the plan misses.") {
        Double($0.outcome.verdicts.filter { !$0.met }.count)
      },
      gauge("headroom_findings_urgent", "Findings that ask to act.") {
        Double($0.outcome.findings.filter { $0.severity == .act }.count)
      },
    ]
    for gauge in gauges {
      family(gauge.name, "gauge", gauge.help, unit: gauge.unit) { add in
        for entry in all { if let value = gauge.value(entry) { add([("service", entry.name)], value) } }
      }
    }
    family("headroom_cost_per_month", "gauge", "What the plan's policy costs a month, in its currency.") { add in
      for entry in all where entry.outcome.cost.isPriced {
        add(
          [("service", entry.name), ("currency", entry.outcome.plan.currency.code)],
          entry.outcome.cost.underPolicy.dollars)
      }
    }
  }

  private struct Gauge {
    var name: String
    var help: String
    var unit: String
    var value: (ServiceEntry) -> Double?
  }

  private mutating func requests(_ site: Site) {
    let reading = site.meters.read()
    let name = "headroom_http_requests"
    header(isOpen ? name : name + "_total", "counter", "Requests that were answered.", unit: "")
    for (key, count) in reading.requests.sorted(by: {
      ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
    }) {
      sample(name + "_total", [("route", key.route), ("method", key.method), ("code", "\(key.status)")], Double(count))
    }
    let durations = "headroom_http_request_duration_seconds"
    header(durations, "histogram", "Time to make an answer.", unit: "seconds")
    for (route, measured) in reading.durations.sorted(by: { $0.key < $1.key }) {
      var sum = 0
      for (i, count) in measured.buckets.enumerated() {
        sum += count
        let bound = i < Meters.bounds.count ? Self.number(Meters.bounds[i]) : "+Inf"
        sample(durations + "_bucket", [("route", route), ("le", bound)], Double(sum))
      }
      sample(durations + "_sum", [("route", route)], measured.sum)
      sample(durations + "_count", [("route", route)], Double(measured.count))
    }
    family("headroom_http_connections", "gauge", "Connections that are open.") {
      $0([], Double(site.meters.connections.load(ordering: .relaxed)))
    }
  }

  // MARK: Writing

  private mutating func family(
    _ name: String, _ type: String, _ help: String, unit: String = "", suffix: String = "",
    _ fill: ((_ labels: [(String, String)], _ value: Double) -> Void) -> Void
  ) {
    var samples: [(labels: [(String, String)], value: Double)] = []
    fill { samples.append(($0, $1)) }
    guard !samples.isEmpty else { return }
    header(
      isOpen ? name : name + suffix, type == "gauge" && suffix == "_info" && isOpen ? "info" : type, help, unit: unit)
    for one in samples { sample(name + suffix, one.labels, one.value) }
  }

  private mutating func header(_ name: String, _ type: String, _ help: String, unit: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    if isOpen, !unit.isEmpty { text += "# UNIT \(name) \(unit)\n" }
  }

  private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
    }
    text += " \(Self.number(value))\n"
  }

  static func escaped(_ value: String) -> String { LoadReport.escaped(value) }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
    return "\(value)"
  }
}
