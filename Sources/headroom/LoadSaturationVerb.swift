import LoadTesting
import Quantities
import Reporting
import Terminal

struct LoadSaturationVerb: Verb {
  static let info = VerbInfo(
    "saturation", "what is the highest rate that keeps the objective?",
    discussion: """
      Loads the service at rates that double until one misses the objective, then halves the interval until it is \
      narrow. Whether a probe kept the objective is decided with 95 % confidence; one that is too close to call is \
      repeated for longer; one that the generator spoiled never counts.

      With constant arrivals the answer is near the service's capacity; with --arrivals poisson it is what \
      independent users can be served.
      """,
    examples: [
      Example("headroom load saturation http://localhost:8080/ --expect 'p99 < 10ms'", "the highest rate"),
      Example(
        "headroom load saturation http://localhost:8080/ --expect 'p99 < 10ms' --arrivals poisson", "with real users"),
    ], seeAlso: ["load"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let objective: ObjectiveArgument
  let start: RateArgument
  let probe: SpanArgument
  let pace: ConnectionArguments
  let arrivals: ArrivalsArgument
  let precision: Double
  let output: LoadOutputArguments

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    a.section("Search")
    objective = try ObjectiveArgument(&a, example: "p99 < 10ms")
    start = try a.option("start", value: "RATE", default: RateArgument(.perSecond(100)), help: "the first rate")
    probe = try a.option(
      "probe", value: "TIME", default: SpanArgument(.seconds(3)), help: "how long each rate is tried")
    precision = try a.option("precision", value: "SHARE", default: 0.02, help: "the width of the answer's interval")
    pace = try ConnectionArguments(&a)
    arrivals = try ArrivalsArgument(&a)
    a.section("Result")
    output = try LoadOutputArguments(&a)
    common = try SharedOptions(&a, formats: [.text, .html, .json, .csv, .markdown], seed: 1)
  }

  func run() throws -> ExitCode {
    let (quantile, limit) = try objective.latency()
    var test = SaturationTest(
      try target.target(seed: common.seed), quantile: quantile, within: limit,
      spacing: arrivals.spacing, seed: common.seed, connections: pace.connections, timeout: pace.timeout,
      probeLength: probe.span, start: start.rate, precision: precision, limits: target.limits)
    test.streamsPerConnection = target.language.streams
    Interruption.install()
    defer { Interruption.uninstall() }
    let console = common.console
    let result = try test.run(
      isInterrupted: { Interruption.isRequested },
      onProbe: { probe in
        console.note(
          "\(NumberFormat.fixed(probe.rate, decimals: 1))/s: \(probe.verdict.rawValue), "
            + "\(NumberFormat.fixed(probe.good * 100, decimals: 2)) % within, "
            + "P\(NumberFormat.significant(quantile * 100, 5)) \(LoadWording.time(probe.latency))")
      })
    let json = result.json(
      LoadQuestion(url: target.url, expect: objective.expectation, arrivals: arrivals.rawValue, seed: common.seed))
    let report = SaturationReport(
      result, url: target.url, objective: objective.expectation, arrivals: arrivals.rawValue,
      provenance: LoadOutput.provenance(common))
    LoadOutput.write(report, json: json, common)
    if Interruption.isRequested { return .interrupted }
    try output.keep(json, kind: LoadDocument.saturation.rawValue, otherwise: target.url, console: console)
    return result.rate == nil ? .objectiveMissed : .done
  }
}
