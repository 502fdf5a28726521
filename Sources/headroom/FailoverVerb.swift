import Connecting
import Planning
import Quantities
import Reporting
import Simulating
import Terminal

struct FailoverVerb: Verb {
  static let info = VerbInfo(
    "failover", "what happens, second by second, when a region dies?",
    discussion: """
      Plays the loss of a region on the fleet that the plan sizes: health checks see it, clients follow their addresses' \
      time to live, retries pile up, queues fill, capacity starts, caches warm, traffic comes back. Tells the recovery \
      time and what most of it goes to, the data and the requests that are lost and by whom, the worst overload, and \
      whether the service comes back by itself, as a share of runs.

      What is assumed of routing, clients and startup stands under recovery: in the plan.
      """,
    examples: [
      Example("headroom failover plan.yaml --lose us-east-1", "at the peak"),
      Example("headroom failover plan.yaml --lose us-east-1 --at 2026-11-27T14:00Z --json", "at another moment"),
      Example("headroom failover plan.yaml --lose us-east-1 --routing global-accelerator", "with another mechanism"),
      Example("headroom failover plan.yaml --lose us-east-1 --kind brownout --left 40%", "only a part of it fails"),
      Example("headroom failover plan.yaml --lose us-east-1 -o failover.html", "as a page"),
    ], seeAlso: ["recovery", "place", "plan"], section: "Regions")

  let common: SharedOptions
  let file: String?
  let region: String?
  let at: String
  let kind: String
  let left: String
  let factor: Double
  let every: Duration
  let duration: Duration
  let routing: String?
  let catalog: String?
  let service: String?

  private static let kinds = ["lost", "brownout", "slow", "deploy"]

  init(_ a: inout Arguments) throws(UsageError) {
    region = try a.option("lose", value: "REGION", help: "the region that fails")
    at = try a.option("at", value: "TIME", default: "PEAK", help: "when: PEAK, or a time of the forecast")
    kind = try a.option(
      "kind", value: "KIND", default: "lost", help: "how: \(Self.kinds.joined(separator: ", "))")
    left = try a.option(
      "left", value: "SHARE", default: "50%", help: "of brownout and deploy: the capacity that is left")
    factor = try a.option("factor", value: "N", default: 4, help: "of slow: how many times as long a request takes")
    let gap: SpanArgument = try a.option(
      "every", value: "TIME", default: SpanArgument(.minutes(10)), help: "of deploy: from one region to the next")
    every = gap.span
    let span: SpanArgument = try a.option(
      "duration", value: "TIME", default: SpanArgument(.hours(1)), help: "how long it lasts")
    duration = span.span
    let names = RoutingMechanism.presets.map(\.name)
    routing = try a.option(
      "routing", value: "NAME", help: "in place of the plan's: \(names.joined(separator: ", "))")
    service = try ServiceOption.read(&a)
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    file = try a.positional("FILE", help: "the plan file", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
    let isGiven = file != nil && region != nil
    a.check(isGiven, "A plan and a region are needed. Write 'headroom failover plan.yaml --lose us-east-1'.")
    let isKind = Self.kinds.contains(kind)
    a.check(isKind, "There is no kind '\(kind)'. Write one of \(Self.kinds.joined(separator: ", ")).")
    let isPreset = routing.map { names.contains($0) } ?? true
    a.check(isPreset, "There is no routing '\(routing ?? "")'. Write one of \(names.joined(separator: ", ")).")
    let isFactor = factor.isFinite && factor >= 1
    a.check(isFactor, "'--factor \(factor)' is out of range. Write a number from 1.")
    let isLong = duration.seconds >= 1 && duration.seconds <= 7 * 86_400
    a.check(isLong, "'--duration' is out of range. Write a second to a week.")
  }

  func run() throws -> ExitCode {
    guard let file, let region else { return .usage }
    guard let share = try? Fraction.parse(left), (0...1).contains(share.rawValue) else {
      throw Failure("'--left \(left)' is not a share. Write 40%.", exitCode: .usage)
    }
    var moment: Timestamp?
    if at.uppercased() != "PEAK" {
      guard let time = Timestamp(iso8601: at) else {
        throw Failure("'--at \(at)' is neither PEAK nor a time. Write 2026-11-27T14:00Z.", exitCode: .usage)
      }
      moment = time
    }
    let loaded = try LoadedPlan(file: file, common: common, catalogFile: catalog, service: service)
    return try loaded.plan.currency.shown { try answer(loaded, file, losing: region, leaving: share, at: moment) }
  }

  private func answer(
    _ loaded: LoadedPlan, _ file: String, losing region: String, leaving share: Fraction, at moment: Timestamp?
  ) throws -> ExitCode {
    let outcome = try loaded.outcome(seed: common.seed)
    let incident: RegionIncident.Kind =
      switch kind {
      case "brownout": .brownout(left: share.rawValue)
      case "slow": .slow(factor: factor)
      case "deploy": .deploy(left: share.rawValue, every: every.seconds)
      default: .lost
      }
    let question = FailoverQuestion(
      losing: region, kind: incident, lasting: duration.seconds, at: moment,
      mechanism: routing.flatMap { RoutingMechanism.named($0) })
    guard let answer = outcome.failover(question, seed: common.seed) else {
      let names = outcome.sizing.regions.map(\.name)
      throw Failure(
        names.isEmpty
          ? "\(file) lists no regions. Add regions: { us-east-1: { share: 60% }, eu-west-1: { share: 40% } }."
          : "The plan has no region '\(region)'. It has: \(names.joined(separator: ", ")).", exitCode: .usage)
    }
    var words = ["--lose", region]
    if at != "PEAK" { words += ["--at", at] }
    if kind != "lost" { words += ["--kind", kind] }
    ReportWriting.write(
      FailoverReport(
        answer, plan: outcome.plan.name, zone: outcome.plan.zone,
        provenance: ReportWriting.provenance("failover", file, common, options: words)), common)
    return answer.failover.recoverySeconds == nil ? .objectiveMissed : .done
  }
}
