import Catalogs
import Documents
import Planning
import Quantities
import Reporting
import Testing
import Traffic

/// Answers to made-up plans over made-up traffic: the same bytes every time.
enum SamplePlan {
  static let now = Timestamp(iso8601: "2026-11-14T00:00:00Z") ?? Timestamp(nanosecondsSinceEpoch: 0)

  /// A consumer service before Black Friday, with everything that a plan can hold.
  static let full = """
    plan: recommendations
    traffic:
      source: { csv: traffic.csv, time: time, value: requests_per_second }
      time zone: UTC
      events:
        - { name: Black Friday, days: 4, lift: { low: 3, mid: 4, high: 5 } }
        - { name: Summer sale, date: 2026-07-09, days: 3, lift: 1.8 }
        - { name: Christmas, date: 2026-12-18, days: 7, lift: { low: 1.3, mid: 1.6, high: 2 } }
    service:
      capacity: 2000/s per replica
      objective: { p99: 200ms, availability: 99.9% }
      startup: { node: 90s, image: 20s, model load: 45s }
      running: 60
    headroom:
      cover: { forecast error: 90%, failures: 1 of 3 zones, scaling lag: true, growth until: 120d }
    scaling:
      target: { utilization: 70% }
    machines:
      - { type: g5.xlarge, replicas: 1 }
    regions:
      us-east-1: { share: 50% }
      eu-west-1: { share: 30% }
      ap-south-1: { share: 20% }
    survive: 1 region
    horizon: 90d
    """

  /// No history, no machine.
  static let stated = """
    plan: napkin
    traffic:
      average: 30000/s
      peak to average: 2.5
    service:
      capacity: 2000/s per replica
    headroom: 50%
    """

  /// The example traffic, with a word of the reader on it.
  static var trace: Trace {
    let series = TraceGenerator.example().series()
    var report = TraceReport(of: series)
    report.notes = [
      TraceNote(.warning, "3 rows had no value.", because: "Lines 9, 12 and 40 are empty.", remedy: "Fill them in.")
    ]
    return Trace(series: series, source: "traffic.csv", report: report)
  }

  private static let fullAnswer = Result { try answer(full, trace, now) }
  private static let statedAnswer = Result { try answer(stated, nil, now) }

  /// The answer to the full plan, made once: planning takes seconds without optimisation.
  static func outcome() throws -> PlanOutcome { try fullAnswer.get() }
  /// The answer to the plan that states its traffic.
  static func statedOutcome() throws -> PlanOutcome { try statedAnswer.get() }

  static func answer(_ yaml: String, _ trace: Trace?, _ now: Timestamp) throws -> PlanOutcome {
    let spec = try PlanFormat.tested.parse(yaml: Array(yaml.utf8), file: "plan.yaml")
    let (plan, _) = try Plan.resolve(spec, catalog: Catalog.builtIn, zone: { $0 == "UTC" ? .utc : nil })
    return try Planner.outcome(of: plan, trace: trace, now: now, seed: 1)
  }

  static let provenance = Provenance(
    version: "1.0.0", seed: 1, file: "plan.yaml", command: "headroom plan plan.yaml -o report.html")

  static func report(_ outcome: PlanOutcome) -> PlanReport { PlanReport(outcome, provenance: provenance) }
}
