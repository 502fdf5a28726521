import Documents
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
    ], seeAlso: ["load", "size"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let expectation: ExpectationArgument
  let start: RateArgument
  let probe: SpanArgument
  let connections: Int
  let timeout: SpanArgument
  let arrivals: ArrivalsArgument
  let precision: Double
  let output: LoadOutputArguments

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    a.section("Search")
    expectation = try a.option("expect", value: "'pNN < TIME'", help: "the objective: 'p99 < 10ms'")
    start = try a.option("start", value: "RATE", default: RateArgument(.perSecond(100)), help: "the first rate")
    probe = try a.option(
      "probe", value: "TIME", default: SpanArgument(.seconds(3)), help: "how long each rate is tried")
    precision = try a.option("precision", value: "SHARE", default: 0.02, help: "the width of the answer's interval")
    connections = try a.option("connections", short: "c", value: "N", default: 100, help: "the most connections")
    timeout = try a.option(
      "timeout", value: "TIME", default: SpanArgument(.seconds(10)), help: "how long the service has to answer")
    arrivals = try a.option(
      "arrivals", value: "HOW", default: ArrivalsArgument.constant, help: "how requests are spaced")
    a.section("Result")
    output = try LoadOutputArguments(&a)
    common = try SharedOptions(&a, formats: [.text, .html, .json, .csv, .markdown], seed: 1)
  }

  func run() throws -> ExitCode {
    guard case .latency(let quantile) = expectation.expectation.metric,
      [.below, .atMost].contains(expectation.expectation.comparison), expectation.expectation.limit > 0
    else {
      throw Failure(
        "'\(expectation.expectation)' is no latency percentile below a limit. Write --expect 'p99 < 10ms'.",
        exitCode: .usage)
    }
    var test = SaturationTest(
      try target.target(seed: common.seed), quantile: quantile, within: .seconds(expectation.expectation.limit),
      spacing: arrivals.spacing, seed: common.seed, connections: connections, timeout: timeout.span,
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
            + "P\(NumberFormat.significant(quantile * 100, 5)) \(LoadText.time(probe.latency))")
      })
    var json = JSONWriter(pretty: true)
    result.write(to: &json) { json in
      json.key("url")
      json.string(target.url)
      json.key("expect")
      json.string(expectation.expectation.description)
      json.key("arrivals")
      json.string(arrivals.rawValue)
      json.key("seed")
      json.integer(Int(truncatingIfNeeded: common.seed))
    }
    let report = SaturationReport(
      result, url: target.url, objective: expectation.expectation, arrivals: arrivals.rawValue,
      provenance: LoadOutput.provenance(["headroom"] + CommandLine.arguments.dropFirst(), common))
    LoadOutput.write(
      report, json: { json.text },
      text: {
        SaturationText.write(
          result, url: target.url, expectation: expectation.expectation, arrivals: arrivals, to: $0)
      }, common)
    if Interruption.isRequested { return .interrupted }
    try output.keep(json.text, kind: "load-saturation", otherwise: target.url, console: console)
    return result.rate == nil ? .objectiveMissed : .done
  }
}

/// A search's or a ramp's result for people.
enum SaturationText {
  static func write(
    _ result: SaturationResult, url: String, expectation: LoadExpectation, arrivals: ArrivalsArgument,
    to console: Console
  ) {
    func rate(_ value: Double?) -> String { value.map { NumberFormat.fixed($0, decimals: 1) + "/s" } ?? "-" }
    if let best = result.rate {
      console.print(
        "\(url) keeps \(expectation) up to \(rate(best)) (between \(rate(result.low)) and "
          + "\(rate(result.high))), \(arrivals.rawValue) arrivals")
    } else {
      console.print("\(url) kept \(expectation) at no rate that was tried")
    }
    if let binding = result.binding { console.print("In the way above: \(binding)") }
    if !result.isConverged { console.warn("the search ended early: \(result.reason)") }
    var table = TextTable([
      .init("rate", .right), .init("verdict"), .init("within", .right), .init("95 % interval", .right),
      .init("answered", .right), .init("latency", .right), .init("in service", .right),
    ])
    func percent(_ value: Double) -> String { NumberFormat.fixed(value * 100, decimals: 2) + " %" }
    for probe in result.probes {
      table.add([
        rate(probe.rate), probe.verdict.rawValue, percent(probe.good),
        "\(percent(probe.goodLow)) to \(percent(probe.goodHigh))", rate(probe.achieved), LoadText.time(probe.latency),
        NumberFormat.significant(probe.concurrency, 3),
      ])
    }
    console.write(table.text(width: console.width, style: console.style))
    if let law = result.scalability {
      console.print(
        "Scalability (USL): \(rate(law.lambda)) for one request at a time, contention "
          + "\(NumberFormat.significant(law.sigma, 3)), coherence \(NumberFormat.significant(law.kappa, 3)); R2 "
          + NumberFormat.significant(law.fit, 3))
    }
    if let knee = result.knee {
      console.print(
        "Throughput stops growing at \(NumberFormat.significant(knee.concurrency, 3)) requests in the service, "
          + rate(knee.throughput))
    }
  }
}
