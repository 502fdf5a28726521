import Connecting
import Documents
import Planning
import Quantities
import Reporting
import Storing
import Traffic

@testable import Dashboard

/// A small site over made-up plans: one that measures its traffic, one over regions, one that states its traffic.
enum SampleSite {
  static let now = Timestamp(iso8601: "2026-11-14T00:00:00Z") ?? Timestamp(nanosecondsSinceEpoch: 0)

  /// Weeks of a growing service whose replicas of today are few; its name has what addresses must encode.
  static let measured = """
    plan: rank & <feed>
    traffic:
      source: { csv: traffic.csv, time: time, value: requests_per_second }
    service:
      capacity: 2000/s per replica
      objective: { p99: 200ms, availability: 99.9% }
      startup: { node: 90s }
      running: 22
    headroom: 50%
    scaling: { target: { utilization: 70% } }
    machines: [ { type: g5.xlarge, replicas: 1 } ]
    horizon: 28d
    """
  static let regional = """
    plan: search
    traffic: { average: 20000/s, peak to average: 2 }
    service: { capacity: 500/s, running: 150 }
    headroom: 25%
    machines: [ { type: g5.xlarge } ]
    regions: { us-east-1: { share: 50% }, eu-west-1: { share: 30% }, ap-south-1: { share: 20% } }
    survive: 1 region
    """
  static let stated = """
    plan: napkin
    traffic: { average: 30000/s }
    service: { capacity: 2000/s }
    """

  private static let entries = Result { try [measured, regional, stated].map(entry) }

  static func entry(_ yaml: String) throws -> ServiceEntry {
    let spec = try PlanFormat.standard.parse(yaml: Array(yaml.utf8), file: "plan.yaml")
    let plan = try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }).plan
    let day = now.utc.date - 42
    let trace = yaml.contains("csv:") ? TraceGenerator.example(start: day, days: 42, seed: 1).trace() : nil
    let outcome = try Planner.outcome(of: plan, trace: trace, now: now, seed: 1)
    return ServiceEntry(
      name: plan.name, outcome: outcome, provenance: Provenance(version: "1.0.0", file: "plan.yaml"), seed: 1)
  }

  /// One thread: the tests themselves run on all of them.
  struct InTurn: Workers {
    var count: Int { 1 }
    func map<Result: Sendable>(_ count: Int, _ transform: @escaping @Sendable (Int) -> Result) -> [Result] {
      (0..<count).map(transform)
    }
  }

  static func site(
    door: Door = Door(), store: Store? = nil, limits: RateLimits = RateLimits(), isReady: Bool = true
  ) throws -> Site {
    let settings = SiteSettings(
      version: "1.0.0", hosts: HostNames(["plans.example.org"]), door: door, workers: InTurn(), clock: { now })
    let board = isReady ? Board(try entries.get(), made: now) : Board()
    return Site(settings, board: board, store: store, limits: limits)
  }

  static let name = "rank%20%26%20%3Cfeed%3E"
}

extension Site {
  /// Asks as a browser or a program on this machine does.
  func ask(
    _ method: String = "GET", _ target: String, accept: String? = nil, headers: [Request.Field] = [], body: String = ""
  ) -> Response {
    var fields = [Request.Field("Host", "127.0.0.1:8080")] + headers
    if let accept { fields.append(Request.Field("Accept", accept)) }
    guard let request = Request(method, target, headers: fields, body: Array(body.utf8)) else {
      return refusal(.badRequest("no target"))
    }
    return answer(request)
  }
}
