import LoadTesting
import Quantities
import Reporting
import Terminal

struct LoadSaturationVerb: Verb {
  static let info = VerbInfo(
    "saturation", "what is the highest rate that keeps the objective?",
    discussion: """
      Loads the service at rates that double until one misses the objective, then halves the interval, and looks for \
      longer near the limit. Whether a probe kept the objective is decided with 95 % confidence; one that is too close \
      to call is looked at for longer; one that the generator spoiled never counts.

      A rate is kept only if it can be kept for ever: one at which the queue grows is missed, however loose the bound. \
      The answer is the highest rate that was kept, with the interval in which the limit lies.

      Without --expect 99 % of the requests have to be answered well within 1 s. With constant arrivals the answer is near the service's capacity; with --arrivals poisson it is what \
      independent users can be served.
      """,
    examples: [
      Example("headroom load saturation http://localhost:8080/ --expect 'p99 < 10ms'", "the highest rate"),
      Example(
        "headroom load saturation http://localhost:8080/ --expect 'p99 < 10ms' --arrivals poisson", "with real users"),
    ], seeAlso: ["load"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let llm: ModelArguments
  let objective: ObjectiveArgument
  let start: RateArgument?
  let probe: SpanArgument?
  let pace: ConnectionArguments
  let arrivals: ArrivalsArgument
  let precision: Double
  let budget: SpanArgument?
  let output: LoadOutputArguments

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    llm = try ModelArguments(&a)
    a.section("Search")
    objective = try ObjectiveArgument(&a, example: "p99 < 10ms")
    start = try a.option("start", value: "RATE", help: "the first rate (default: 100/s, of a language model 1/s)")
    probe = try a.option(
      "probe", value: "TIME",
      help:
        "how long a short look takes; near the limit they are up to 12 times as long (default: 3s, of a language model 20s)"
    )
    precision = try a.option("precision", value: "SHARE", default: 0.01, help: "how precisely the limit is wanted")
    budget = try a.option(
      "budget", value: "TIME", help: "how long narrowing the limit down may take (default: 100 times --probe)")
    pace = try ConnectionArguments(&a)
    arrivals = try ArrivalsArgument(&a)
    a.section("Result")
    output = try LoadOutputArguments(&a)
    common = try SharedOptions(&a, formats: [.text, .html, .json, .csv, .markdown], seed: 1)
  }

  func run() throws -> ExitCode {
    let console = common.console
    let (expectations, bounds) = objective.bounds(streams: llm.isGiven, console: console)
    var asked = target
    asked = target.at(llm.url(target.address))
    asked = try asked.followed(streams: llm.isGiven, seed: common.seed, console: console)
    var test = SaturationTest(
      try asked.target(streams: llm.isGiven, seed: common.seed), keeping: bounds,
      spacing: arrivals.spacing, seed: common.seed,
      connections: pace.connections(streaming: llm.isGiven, streams: llm.streams(of: target)),
      timeout: pace.timeout(streaming: llm.isGiven),
      probeLength: probe?.span ?? .seconds(llm.isGiven ? 20 : 3),
      start: start?.rate ?? .perSecond(llm.isGiven ? 1 : 100), precision: precision, limits: target.limits)
    test.streamsPerConnection = target.language.streams
    if llm.isGiven {
      try test.ask(
        try llm.workload(url: asked.address, headers: try target.headers(), seed: common.seed, console: console))
    }
    Interruption.install()
    defer { Interruption.uninstall() }
    if llm.isGiven { test.lowestRate = .perSecond(0.05) }
    if let budget { test.budget = budget.span }
    let result = try test.run(
      isInterrupted: { Interruption.isRequested },
      onProbe: { probe in
        console.note(
          "\(NumberFormat.fixed(probe.rate, decimals: 1))/s: \(probe.verdict.rawValue), "
            + "\(NumberFormat.fixed(probe.good * 100, decimals: 2)) % within, \(LoadWording.time(probe.latency))"
            + (probe.binding == "capacity" ? ", the queue grows" : ""))
      })
    let json = result.json(
      LoadQuestion(url: asked.url, expect: expectations, arrivals: arrivals.rawValue, seed: common.seed))
    let report = SaturationReport(
      result, url: asked.url, objectives: expectations, arrivals: arrivals.rawValue,
      provenance: LoadOutput.provenance(common))
    LoadOutput.write(report, json: json, common)
    if Interruption.isRequested { return .interrupted }
    try output.keep(json, kind: LoadDocument.saturation.rawValue, otherwise: asked.url, console: console)
    guard result.rate == nil else { return .done }
    switch result.reason {
    case SaturationSearch.Reason.unreachable.rawValue:
      console.error(nobodyAnswersAt: asked.url)
      return .unavailable
    // The generator spoiled the probes: nothing is known of the service.
    case SaturationSearch.Reason.aborted.rawValue: return .worldFailed
    default: return .objectiveMissed
    }
  }
}
