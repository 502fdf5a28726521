import Documents
import LoadTesting
import Quantities
import Terminal

struct LoadRampVerb: Verb {
  static let info = VerbInfo(
    "ramp", "at which rate does the service break, when load climbs gradually?",
    discussion: """
      One test whose rate climbs in steps. The answer is the first rate from which the objective stays broken, with the \
      interval between the last rate that kept it and the first that missed it, both with 95 % confidence. The test ends \
      soon after: two steps at whose every second the objective was broken.

      It takes a service slowly through everything, so that caches and autoscalers come along; load saturation finds the \
      limit more precisely.
      """,
    examples: [
      Example(
        "headroom load ramp http://localhost:8080/ --from 100/s --to 2000/s --expect 'p99 < 50ms'", "20 steps of 3 s"),
      Example(
        "headroom load ramp http://localhost:8080/ --from 10/s --to 500/s --steps 50 --step 20s --expect 'p95 < 1s' "
          + "--arrivals poisson", "slowly, with real users"),
    ], seeAlso: ["load saturation", "load"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let expectation: ExpectationArgument
  let from: RateArgument
  let to: RateArgument
  let steps: Int
  let step: SpanArgument
  let connections: Int
  let timeout: SpanArgument
  let arrivals: ArrivalsArgument

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    a.section("Ramp")
    expectation = try a.option("expect", value: "'pNN < TIME'", help: "the objective: 'p99 < 50ms'")
    from = try a.option("from", value: "RATE", help: "the first rate")
    to = try a.option("to", value: "RATE", help: "the last rate")
    steps = try a.option("steps", value: "N", default: 20, help: "rates from the first to the last")
    step = try a.option("step", value: "TIME", default: SpanArgument(.seconds(3)), help: "how long each rate lasts")
    arrivals = try a.option(
      "arrivals", value: "HOW", default: ArrivalsArgument.constant, help: "how requests are spaced")
    connections = try a.option("connections", short: "c", value: "N", default: 100, help: "the most connections")
    timeout = try a.option(
      "timeout", value: "TIME", default: SpanArgument(.seconds(10)), help: "how long the service has to answer")
    common = try SharedOptions(&a, formats: [.text, .json], seed: 1)
  }

  func run() throws -> ExitCode {
    guard case .latency(let quantile) = expectation.expectation.metric,
      [.below, .atMost].contains(expectation.expectation.comparison), expectation.expectation.limit > 0
    else {
      throw Failure(
        "'\(expectation.expectation)' is no latency percentile below a limit. Write --expect 'p99 < 50ms'.",
        exitCode: .usage)
    }
    let console = common.console
    var test = RampTest(
      try target.target(seed: common.seed), quantile: quantile, within: .seconds(expectation.expectation.limit),
      from: from.rate, to: to.rate, steps: steps, stepLength: step.span, spacing: arrivals.spacing, seed: common.seed,
      connections: connections, timeout: timeout.span, limits: target.limits)
    test.streamsPerConnection = target.language.streams
    Interruption.install()
    defer { Interruption.uninstall() }
    let view = LiveView(console, expected: step.span * steps)
    let result = try test.run(isInterrupted: { Interruption.isRequested }, onSecond: { view.show($0) })
    view.end(wasInterrupted: Interruption.isRequested)
    if common.format == .json {
      var json = JSONWriter(pretty: true)
      result.conclusion.write(to: &json) { json in
        json.key("url")
        json.string(target.url)
        json.key("expect")
        json.string(expectation.expectation.description)
        json.key("arrivals")
        json.string(arrivals.rawValue)
        json.key("seed")
        json.integer(Int(truncatingIfNeeded: common.seed))
      }
      console.print(json.text)
    } else {
      SaturationText.write(
        result.conclusion, url: target.url, expectation: expectation.expectation, arrivals: arrivals, to: console)
    }
    for invalidity in result.load.invalidities where ![.interrupted, .tooFewConnections].contains(invalidity.kind) {
      console.warn("INVALID: \(invalidity.problem). To do: \(invalidity.remedy).")
    }
    if Interruption.isRequested { return .interrupted }
    if result.load.completed == 0, result.load.errors.connect > 0 {
      console.error("nobody answers at \(target.url); start the service, or check the address.")
      return .unavailable
    }
    return result.conclusion.rate == nil ? .objectiveMissed : .done
  }
}
