import LoadTesting
import Quantities
import Reporting
import Terminal

struct LoadSweepVerb: Verb {
  static let info = VerbInfo(
    "sweep", "how does throughput trade against latency, level by level?",
    discussion: """
      Loads the service at one level after another, each for the same time: rates (an open loop, as users come) or \
      numbers of requests at a time (a closed loop, as a fixed number of callers ask). The answer is the curve: \
      throughput against the time to the first token, the time for each token and the whole answer; which levels no \
      other beats (the Pareto front); where throughput stops growing (the knee); and the highest level that keeps the \
      objectives together.

      The JSON is what a plan takes: service: { measured: sweep.json } reads the curve of the levels that kept the \
      objectives, or of all where there are none.
      """,
    examples: [
      Example(
        "headroom load sweep http://localhost:8000 --llm --concurrency 1,2,4,8,16,32",
        "a language model, by concurrency"),
      Example(
        "headroom load sweep http://localhost:8000 --llm --rates 0.5,1,2,4 --expect 'ttft p95 < 1s' --expect 'tpot p95 < 50ms'",
        "by rate, under objectives"),
      Example("headroom load sweep http://localhost:8080/ --from 100/s --to 2000/s --levels 8", "any service"),
    ], seeAlso: ["load saturation", "load ramp", "load"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let llm: ModelArguments
  let rates: [Double]
  let concurrencies: [Int]
  let step: SpanArgument
  let warmup: SpanArgument
  let arrivals: ArrivalsArgument
  let pace: ConnectionArguments
  let objective: ObjectiveArgument
  let output: LoadOutputArguments
  let readsStreams: Bool
  let streamFormat: StreamFormatArgument?
  let benchmarkReport: String?

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    llm = try ModelArguments(&a)
    a.section("Sweep")
    let rateText: String? = try a.option(
      "rates", value: "RATE,RATE,...", help: "requests, or sessions, a second: 1,2,4,8")
    let concurrencyText: String? = try a.option(
      "concurrency", value: "N,N,...", help: "requests under way at all times: 1,2,4,8")
    let from: RateArgument? = try a.option("from", value: "RATE", help: "with --to: the first rate")
    let to: RateArgument? = try a.option(
      "to", value: "RATE", help: "with --from: the last rate; each is as many times the one before")
    let count: Int = try a.option("levels", value: "N", default: 8, help: "with --from and --to: how many rates")
    step = try a.option("step", value: "TIME", default: SpanArgument(.seconds(30)), help: "how long each level lasts")
    warmup = try a.option(
      "warmup", value: "TIME", default: SpanArgument(.seconds(3)), help: "leave the beginning of each level out")
    arrivals = try ArrivalsArgument(&a)
    pace = try ConnectionArguments(&a, connections: 1000, timeout: .seconds(600))
    readsStreams = a.flag("sse", help: "responses are streams of tokens: measure their pace")
    streamFormat = try a.option("stream-format", value: "FORMAT", help: "what the streams are written in, with --sse")
    a.section("Result")
    objective = try ObjectiveArgument(&a, example: "ttft p95 < 1s")
    benchmarkReport = try a.option(
      "benchmark-report", value: "FILE",
      help: "with --llm: llm-d's Benchmark Reports too (JSON, schema 0.2), a file a level: FILE-0, FILE-1, ...",
      completion: .files(["json"]))
    let isReport = benchmarkReport == nil || llm.isGiven
    a.check(isReport, "'--benchmark-report' is of a language model. Add --llm.")
    output = try LoadOutputArguments(&a)
    let rateParts = (rateText ?? "").split(separator: ",").map {
      RateArgument(argument: String($0.drop { $0 == " " }))?.rate.perSecond
    }
    let callerParts = (concurrencyText ?? "").split(separator: ",").map { Int($0.drop { $0 == " " }) }
    let isReadable = !rateParts.contains { ($0 ?? 0) <= 0 } && !callerParts.contains { ($0 ?? 0) < 1 }
    a.check(isReadable, "'--rates' and '--concurrency' are lists of numbers above 0. Write --rates 1,2,4,8.")
    let isRange = from != nil && to != nil
    let isHalf = (from != nil) != (to != nil)
    a.check(!isHalf, "'--from' and '--to' belong together. Write --from 1/s --to 16/s.")
    let climbs = from.flatMap { f in to.map { f.rate < $0.rate && f.rate > .zero } } ?? true
    a.check(
      climbs && (2...200).contains(count),
      "'--from', '--to' and '--levels' make no climb. Write --from 1/s --to 16/s --levels 8.")
    let given = [rateText != nil, concurrencyText != nil, isRange].filter { $0 }.count
    a.check(
      given == 1,
      "A sweep has its levels in one way. Write --rates 1,2,4,8, --concurrency 1,2,4,8 or --from 1/s --to 16/s.")
    rates =
      isRange && climbs
      ? SweepTest.geometric(
        from: from?.rate.perSecond ?? 1, to: to?.rate.perSecond ?? 1, count: min(200, max(2, count)))
      : rateParts.compactMap { $0 }
    concurrencies = callerParts.compactMap { $0 }
    common = try SharedOptions(&a, formats: [.text, .html, .json, .csv, .markdown], seed: 1)
  }

  func run() throws -> ExitCode {
    let console = common.console
    var asked = target
    asked = target.at(llm.url(target.address))
    asked = try asked.followed(streams: llm.isGiven, seed: common.seed, console: console)
    let streams = readsStreams || llm.isGiven
    let service = try asked.target(streams: streams, seed: common.seed)
    var test = SweepTest(
      service,
      levels: concurrencies.isEmpty ? rates.map { .rate(.perSecond($0)) } : concurrencies.map { .concurrency($0) },
      stepLength: step.span, warmup: warmup.span, bounds: objective.expectations.compactMap(\.searchBound),
      spacing: arrivals.spacing, seed: common.seed,
      connections: pace.connections(streaming: llm.isGiven, streams: llm.streams(of: target)),
      timeout: pace.timeout,
      limits: target.limits)
    test.streamsPerConnection = target.isMultiplexed ? target.language.streams : 1
    test.readsStreams = streams
    test.streamFormat = streamFormat?.format
    let workload =
      llm.isGiven
      ? try llm.workload(url: asked.address, headers: try target.headers(), seed: common.seed, console: console) : nil
    if let workload { try test.ask(workload) }
    test.keepsOutcomes = benchmarkReport != nil
    Interruption.install()
    defer { Interruption.uninstall() }
    let began = Clock.now()
    var times = [began]
    let result = try test.run(
      isInterrupted: { Interruption.isRequested },
      onPoint: { point in
        times.append(Clock.now())
        console.note(point.line)
        console.warn(of: point.result.invalidities)
      })
    if let benchmarkReport, let workload {
      for (stage, point) in result.points.enumerated() {
        var report = BenchmarkReport(
          LoadRecord(
            url: asked.url, seed: common.seed, started: times[stage], expectations: objective.expectations,
            result: point.result),
          of: workload, version: Headroom.version, arguments: LoadOutput.command)
        switch point.level {
        case .rate(let rate): report.rate = rate.perSecond
        case .concurrency(let count): report.concurrency = count
        }
        report.stage = stage
        report.experiment = "headroom-\(began.iso8601)"
        try LoadOutput.write(report, to: LoadOutput.path(benchmarkReport, ofStage: stage))
      }
    }
    let report = SweepReport(
      result, url: asked.url, objectives: objective.expectations, arrivals: arrivals.rawValue,
      provenance: LoadOutput.provenance(common))
    let json = result.json(
      LoadQuestion(url: asked.url, expect: objective.expectations, arrivals: arrivals.rawValue, seed: common.seed))
    LoadOutput.write(report, json: json, common)
    if Interruption.isRequested { return .interrupted }
    try output.keep(json, kind: LoadDocument.sweep.rawValue, otherwise: asked.url, console: console)
    if !result.points.contains(where: { $0.result.isValid }) { return .worldFailed }
    guard !objective.expectations.isEmpty, result.best == nil else { return .done }
    // Where a level says nothing of the service, that none kept the objective is not known.
    return result.points.allSatisfy(\.result.isValid) ? .objectiveMissed : .worldFailed
  }
}
