import LoadTesting
import Quantities
import Reporting
import Terminal

/// The words of `--scenario`.
enum ScenarioArgument: String, CaseIterable, ArgumentValue {
  case server
  case singleStream = "single-stream"
  case multiStream = "multi-stream"
  case offline
  var scenario: MLPerfScenario { MLPerfScenario(rawValue: rawValue) ?? .server }
}

struct LoadMLPerfVerb: Verb {
  static let info = VerbInfo(
    "mlperf", "what is the service worth under MLPerf's scenarios and validity rules?",
    discussion: """
      server sends queries as a Poisson process at --rate, and the claim is that rate within --latency; single-stream \
      asks one query behind the other and gives the 90th percentile; multi-stream asks eight at a time and gives the \
      99th percentile of the time for all eight; offline keeps --connections requests under way and gives samples a \
      second.

      A run is VALID where it took long enough (10 minutes), had enough queries, every query was answered, the latency \
      was kept, and there were enough queries for so many slow ones: MLPerf's early stopping, with 99 % confidence. The \
      scenarios and rules are MLPerf's; a result of this program is no MLPerf result, which needs its models, accuracy \
      checks and a submission.
      """,
    examples: [
      Example(
        "headroom load mlperf http://localhost:8000/v2/models/m/infer --scenario server --rate 200/s --latency 100ms "
          + "--body @request.json", "10 minutes at 200 queries a second"),
      Example(
        "headroom load mlperf http://localhost:8000/v2/models/m/infer --scenario single-stream --min-duration 1m "
          + "--body @request.json", "the 90th percentile, shorter than the rules allow"),
    ], seeAlso: ["load", "load saturation"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let scenario: ScenarioArgument
  let rate: RateArgument?
  let latency: SpanArgument?
  let percentile: Double?
  let leastDuration: SpanArgument
  let leastQueries: Int?
  let pace: ConnectionArguments

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    a.section("Scenario")
    scenario = try a.option("scenario", value: "NAME", default: ScenarioArgument.server, help: "how queries come")
    rate = try a.option("rate", short: "r", value: "RATE", help: "queries a second, of the server scenario")
    latency = try a.option("latency", value: "TIME", help: "the bound that the percentile has to keep")
    percentile = try a.option(
      "percentile", value: "NUMBER", help: "90 for single-stream and offline, else 99, unless said otherwise")
    leastDuration = try a.option(
      "min-duration", value: "TIME", default: SpanArgument(MLPerfScenario.leastDuration), help: "the rule's least time")
    leastQueries = try a.option(
      "min-queries", value: "N", help: "the rule's least queries (server 459, single 64, multi 662, offline 24576)")
    pace = try ConnectionArguments(&a, "the most at a time, of server and offline", timeout: .seconds(60))
    let isServer = scenario == .server
    a.check(rate != nil || !isServer, "The server scenario needs a rate. Write --rate 100/s.")
    a.check(rate == nil || isServer, "'--rate' is of the server scenario. Leave it out.")
    a.check(latency != nil || !isServer, "The server scenario needs a bound. Write --latency 100ms.")
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1)
  }

  func run() throws -> ExitCode {
    let console = common.console
    var test = MLPerfTest(
      try target.target(seed: common.seed), scenario.scenario, rate: rate?.rate ?? .perSecond(1), limit: latency?.span,
      percentile: percentile.map { $0 / 100 }, leastDuration: leastDuration.span, leastQueries: leastQueries,
      seed: common.seed, connections: pace.connections, timeout: pace.timeout, limits: target.limits)
    test.streamsPerConnection = target.language.streams
    Interruption.install()
    defer { Interruption.uninstall() }
    let view = LiveView(console, expected: leastDuration.span)
    let result = try test.run(isInterrupted: { Interruption.isRequested }, onSecond: { view.show($0) })
    view.end(wasInterrupted: Interruption.isRequested)
    let page = result.report(url: target.url, provenance: LoadOutput.provenance(common))
    LoadOutput.write(page, json: result.json(LoadQuestion(url: target.url, seed: common.seed)), common) { console in
      console.write(result.terminal(url: target.url, width: console.width, style: console.style))
      for warning in result.warnings { console.warn(warning) }
    }
    if Interruption.isRequested { return .interrupted }
    if result.load.completed == 0, result.load.errors.connect > 0 {
      console.error(nobodyAnswersAt: target.url)
      return .unavailable
    }
    return result.isValid ? .done : .objectiveMissed
  }
}
