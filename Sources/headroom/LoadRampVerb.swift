import LoadTesting
import Quantities
import Reporting
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
  let llm: ModelArguments
  let objective: ObjectiveArgument
  let from: RateArgument
  let to: RateArgument
  let steps: Int
  let step: SpanArgument
  let pace: ConnectionArguments
  let arrivals: ArrivalsArgument

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    llm = try ModelArguments(&a)
    a.section("Ramp")
    objective = try ObjectiveArgument(&a, example: "p99 < 50ms")
    from = try a.option("from", value: "RATE", help: "the first rate")
    to = try a.option("to", value: "RATE", help: "the last rate")
    steps = try a.option("steps", value: "N", default: 20, help: "rates from the first to the last")
    step = try a.option("step", value: "TIME", default: SpanArgument(.seconds(3)), help: "how long each rate lasts")
    arrivals = try ArrivalsArgument(&a)
    pace = try ConnectionArguments(&a)
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1)
  }

  func run() throws -> ExitCode {
    let console = common.console
    let (expectations, bounds) = objective.bounds(streams: llm.isGiven, console: console)
    var asked = target
    asked = target.at(llm.url(target.address))
    asked = try asked.followed(streams: llm.isGiven, seed: common.seed, console: console)
    var test = RampTest(
      try asked.target(streams: llm.isGiven, seed: common.seed), keeping: bounds,
      from: from.rate, to: to.rate, steps: steps, stepLength: step.span, spacing: arrivals.spacing, seed: common.seed,
      connections: pace.connections(streaming: llm.isGiven, streams: llm.streams(of: target)),
      timeout: pace.timeout(streaming: llm.isGiven),
      limits: target.limits)
    test.streamsPerConnection = target.language.streams
    if llm.isGiven {
      try test.ask(
        try llm.workload(url: asked.address, headers: try target.headers(), seed: common.seed, console: console))
    }
    Interruption.install()
    defer { Interruption.uninstall() }
    let view = LiveView(console, expected: step.span * steps)
    let result = try test.run(isInterrupted: { Interruption.isRequested }, onSecond: { view.show($0) })
    view.end(wasInterrupted: Interruption.isRequested)
    let conclusion = result.conclusion
    let page = result.report(
      url: asked.url, objectives: expectations, arrivals: arrivals.rawValue,
      provenance: LoadOutput.provenance(common))
    let json = conclusion.json(
      LoadQuestion(url: asked.url, expect: expectations, arrivals: arrivals.rawValue, seed: common.seed))
    LoadOutput.write(page, json: json, common) { console in
      console.write(
        conclusion.terminal(
          url: asked.url, objectives: expectations, arrivals: arrivals.rawValue, width: console.width,
          style: console.style))
      for warning in conclusion.warnings { console.warn(warning) }
    }
    console.warn(of: result.load.invalidities, except: [.interrupted, .tooFewConnections])
    if Interruption.isRequested { return .interrupted }
    if result.load.completed == 0, result.load.errors.connect > 0 {
      console.error(nobodyAnswersAt: target.url)
      return .unavailable
    }
    return result.load.ending(isMet: result.conclusion.rate != nil, except: [.interrupted, .tooFewConnections])
  }
}
