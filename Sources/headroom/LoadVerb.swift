import Connecting
import LoadTesting
import Planning
import Quantities
import Reporting
import Terminal

struct LoadVerb: Verb {
  static let info = VerbInfo(
    "load", "what does the real service do under load?",
    discussion: """
      Sends requests when a schedule says, whatever the service does, as users do: latency counts from the scheduled \
      time, so that a service that stops for a second is seen to have stopped for everybody who came in that second. \
      Where the generator itself could not keep the schedule, the run is marked INVALID and says what to change.

      Latencies are of whole responses, whatever their status, and of timeouts with the time they took. Only this \
      machine is loaded unless --allow-host names another. Ctrl-C stops new requests and reports what there is.

      With --plan the peak of a plan's forecast is played, what the plan's service model foresees stands beside what \
      was measured, and the plan's objective is judged by it. With --checklist PLAN nothing is sent: it tells which tests the plan still lacks.
      """,
    examples: [
      Example("headroom load http://localhost:8080/ --rate 1000/s --duration 10s", "a constant rate"),
      Example("headroom load http://localhost:8080/ --rate 1000/s --arrivals poisson --expect 'p99 < 200ms'", "for CI"),
      Example("headroom load http://localhost:8080/ --rate 1000/s -o report.html", "as a page with charts"),
      Example("headroom load http://localhost:8080/ --closed --connections 100", "as fast as it answers"),
      Example(
        "headroom load http://localhost:8000/v1/completions --sse --concurrency 100 --body @prompt.json",
        "streams of tokens"),
      Example(
        "headroom load http://localhost:8000 --llm --rate 2/s --duration 60s --expect 'ttft p95 < 1s' --expect 'tpot p95 < 50ms'",
        "a language model"),
      Example(
        "headroom load http://localhost:8000 --llm --dataset sharegpt.json --turns 8 --turn-pause exp:5s --rate 0.5/s",
        "conversations"),
      Example("headroom load https://localhost:8443/ --http2 --streams 50 --rate 1000/s", "over HTTP/2"),
      Example(
        "headroom load grpc://localhost:50051/demo.Greeter/Hello --field 1=string:you --rate 500/s", "a gRPC method"),
      Example(
        "headroom load http://localhost:8080/ --plan plan.yaml --peak-day --duration 10m --scale 10%",
        "a tenth of the plan's peak day in ten minutes"),
      Example("headroom load --checklist plan.yaml --store runs.db", "which tests are missing?"),
    ], seeAlso: ["load saturation", "load merge", "load history", "simulate"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let llm: ModelArguments
  let timing: ScheduleArguments
  let warmup: SpanArgument
  let pace: ConnectionArguments
  let concurrency: Int?
  let isClosed: Bool
  let think: SpanArgument
  let readsStreams: Bool
  let streamFormat: StreamFormatArgument?
  let failsOnErrorBody: Bool
  let goodput: [ExpectationArgument]
  let thresholds: ThresholdArguments
  let scheduleFile: String?
  let resultsFile: String?
  let mostResults: Int
  let benchmarkReport: String?
  let output: LoadOutputArguments
  let checklist: String?

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a, isOptional: true)
    llm = try ModelArguments(&a)
    timing = try ScheduleArguments(&a)
    warmup = try a.option(
      "warmup", value: "TIME", default: SpanArgument(.zero), help: "leave the beginning out of the figures")
    pace = try ConnectionArguments(&a, connections: 10)
    concurrency = try a.option(
      "concurrency", value: "N", help: "N requests under way at all times: --closed --connections N")
    isClosed = a.flag("closed", help: "each connection waits for its answer before it asks again")
    think = try a.option(
      "think", value: "TIME", default: SpanArgument(.zero), help: "the pause between answer and question, with --closed"
    )
    readsStreams = a.flag(
      "sse", help: "responses are streams of tokens (for gRPC: of messages): measure their pace")
    streamFormat = try a.option(
      "stream-format", value: "FORMAT", help: "what the streams are written in, with --sse (default: found out)")
    failsOnErrorBody = a.flag(
      "fail-on-error", help: "an answer whose JSON says {\"error\": ...} is a failure whatever its status")
    a.section("Result")
    goodput = try a.options(
      "goodput", value: "'METRIC < TIME'",
      help: "count the requests that keep all of these: 'ttft < 1s', 'tpot < 50ms', 'e2e < 10s'")
    thresholds = try ThresholdArguments(&a)
    resultsFile = try a.option(
      "results", value: "FILE", help: "write what became of each request, one JSON object a line",
      completion: .files(["ndjson"]))
    mostResults = try a.option(
      "results-limit", value: "N", default: 1_000_000, help: "the most requests in --results, the first ones")
    scheduleFile = try a.option(
      "schedule-out", value: "FILE", help: "write the times to send at, in seconds from the start, one a line",
      completion: .files([]))
    benchmarkReport = try a.option(
      "benchmark-report", value: "FILE", help: "with --llm: write llm-d's Benchmark Report too (JSON, schema 0.2)",
      completion: .files(["json"]))
    output = try LoadOutputArguments(&a)
    checklist = try a.option(
      "checklist", value: "PLAN", help: "send nothing: which tests does this plan's record lack?",
      completion: .files(["yaml", "yml"]))
    let isClosedLoop = isClosed || concurrency != nil
    let hasSchedule = timing.isGiven
    a.check(
      !(isClosedLoop && hasSchedule),
      "'--rate' follows a schedule, '--closed' and '--concurrency' follow the answers. Keep one.")
    let isPart = !timing.shard.isWhole
    a.check(
      !(isClosedLoop && isPart), "A closed loop has no schedule to share. Leave out --shard, or --closed.")
    let isTwice = concurrency != nil && a.isGiven("connections")
    a.check(!isTwice, "'--concurrency' sets the connections. Keep one.")
    a.check(mostResults >= 1 && mostResults <= 16_000_000, "'--results-limit' is 1 to 16000000.")
    let asksModel = llm.isGiven
    let isReport = benchmarkReport == nil || asksModel
    a.check(isReport, "'--benchmark-report' is of a language model. Add --llm.")
    let isFormatted = streamFormat == nil || readsStreams || asksModel
    a.check(isFormatted, "'--stream-format' is of streams. Add --sse.")
    let bounds = goodput.compactMap { $0.expectation.bound }
    a.check(
      bounds.count == goodput.count && bounds.count <= LoadSettings.mostBounds,
      "'--goodput' takes times with an upper limit, eight at most. Write --goodput 'ttft < 1s'.")
    let hasWork = !target.url.isEmpty || checklist != nil
    a.check(hasWork, "No service is named. Write 'headroom load http://localhost:8080/'.")
    common = try SharedOptions(&a, formats: LoadOutput.formats, seed: 1, now: true)
  }

  private var isOpenLoop: Bool { !isClosed && concurrency == nil }

  private var traits: [LoadRecord.Trait] {
    var traits: [LoadRecord.Trait] = []
    if timing.isRamp { traits.append(.ramp) }
    if target.hasData || llm.dataset != nil { traits.append(.data) }
    if timing.trace != nil || timing.traffic != nil || timing.plan != nil { traits.append(.traffic) }
    return traits
  }

  func run() throws -> ExitCode {
    if let checklist { return try LoadChecklistRun.run(planFile: checklist, store: output.store, common) }
    let console = common.console
    let plan = try timing.plan.map { try LoadedPlan(file: $0, common: common, catalogFile: nil) }
    let streams = readsStreams || llm.isGiven
    let asked = try self.target.at(llm.url(self.target.address))
      .followed(streams: streams, seed: requestSeed, console: console)
    let workload =
      llm.isGiven
      ? try llm.workload(url: asked.address, headers: try asked.headers(), seed: requestSeed, console: console) : nil
    let timeout = pace.timeout(streaming: llm.isGiven)
    let target = try asked.target(streams: streams, seed: requestSeed, timeout: timeout)
    let schedule = isOpenLoop ? try self.schedule(plan, workload) : nil
    let closedFor = timing.requests == nil ? timing.duration.span : self.target.limits.duration
    let pattern: LoadSettings.Pattern =
      schedule.map { .open($0) } ?? .closed(duration: closedFor, think: think.span)
    var settings = LoadSettings(
      pattern,
      connections: pace.connections(streaming: llm.isGiven && isOpenLoop, streams: llm.streams(of: self.target)),
      timeout: timeout,
      warmup: warmup.span, readsStreams: streams, limits: self.target.limits)
    settings.streamsPerConnection = self.target.language.streams
    settings.requests = timing.requests
    if let concurrency {
      (settings.connections, settings.streamsPerConnection) = self.target.language.split(
        concurrency: concurrency, isMultiplexed: self.target.isMultiplexed && !llm.keepsConnections)
    }
    settings.streamFormat = streamFormat?.format
    settings.failsOnErrorBody = failsOnErrorBody
    settings.bounds = goodput.compactMap { $0.expectation.bound }
    settings.keepsOutcomes = resultsFile != nil
    try workload?.prepare(&settings, for: target)
    settings.mostOutcomes = mostResults
    if let scheduleFile {
      guard let schedule else {
        throw Failure("A closed loop has no schedule to write. Leave out --schedule-out or --closed.", exitCode: .usage)
      }
      try schedule.write(to: scheduleFile)
    }
    Interruption.install()
    defer { Interruption.uninstall() }
    try timing.waitForStart(console)
    let view = LiveView(console, expected: settings.duration)
    let started = Clock.now()
    let result = try LoadTest(target, settings).run(
      isInterrupted: { Interruption.isRequested }, onSecond: { view.show($0) })
    let wasInterrupted = Interruption.isRequested
    view.end(wasInterrupted: wasInterrupted)
    let record = LoadRecord(
      url: asked.url, seed: common.seed, started: started, schedule: schedule, traits: traits,
      expectations: thresholds.expectations, result: result)
    let prediction = plan.map { self.foreseen(record, $0.plan) }
    let judged = (plan?.plan.service.objective).flatMap { objective in
      objective.isEmpty ? nil : (objective, result.outcome(from: started, objective: objective))
    }
    let report = LoadReport(
      record, prediction: prediction, judged: judged, provenance: LoadOutput.provenance(common))
    LoadOutput.write(report, common)
    if let resultsFile {
      if result.outcomes.count >= mostResults, result.offered + result.excluded > mostResults {
        console.warn("'\(resultsFile)' holds the first \(mostResults) requests. Keep more with --results-limit N.")
      }
      try LoadOutput.writeResults(result, of: target.requests, to: resultsFile, warmup: warmup.span)
    }
    if let benchmarkReport, let workload {
      let report = BenchmarkReport(
        record, of: workload, version: Headroom.version, arguments: LoadOutput.command,
        rate: timing.rate?.rate.perSecond, concurrency: concurrency ?? (isClosed ? pace.connections : nil))
      try LoadOutput.write(report, to: benchmarkReport)
    }
    if !wasInterrupted {
      try output.keep(
        report.json(), kind: "load", otherwise: plan?.plan.name ?? self.target.url, console: console)
    }
    console.warn(of: result.invalidities)
    if let problem = result.languageProblem {
      common.console.warn(
        "\(problem). Does \(target.endpoint) speak \(target.language.rawValue)? Leave out --http2 for HTTP/1.1.")
    }
    if let problem = result.tunnelProblem { console.warn("\(problem): no connection came about through it.") }
    if wasInterrupted { return .interrupted }
    if result.isUnreachable {
      console.error(
        result.securityProblem.map {
          "the certificate of \(target.endpoint) is not accepted: \($0). Name its authority with --cacert FILE, or "
            + "leave it unchecked with --insecure."
        } ?? "nobody answers at \(target.endpoint); start the service, or check the address.")
      return .unavailable
    }
    return result.ending(isMet: report.isMet)
  }

  /// When requests are sent: by the options, or, where those say nothing, by the times of the data set.
  private func schedule(_ plan: LoadedPlan?, _ workload: LanguageWorkload?) throws -> ArrivalSchedule {
    if !timing.isGiven, let times = workload?.times {
      let played = times.map { $0 / llm.traceSpeed }.filter { !timing.hasDuration || $0 < timing.duration.span.seconds }
      let start = Timestamp(secondsSinceEpoch: 0)
      common.console.note("Playing \(played.count) sessions at the times of the data set.")
      return ArrivalSchedule(timestamps: played.map { start + .seconds($0) }).sharded(timing.shard)
    }
    return try timing.schedule(
      seed: common.seed, plan: plan, usual: llm.isGiven ? .perSecond(1) : .perSecond(100), console: common.console)
  }

  /// Shards draw their requests from the same mix, each its own.
  private var requestSeed: UInt64 { common.seed &+ UInt64(timing.shard.number - 1) &* 0x9E37_79B9 }

  /// What the plan's model says of the seconds that were measured, and what was measured.
  private func foreseen(
    _ record: LoadRecord, _ plan: Plan
  ) -> (foreseen: LoadPrediction, measured: LoadMeasurement) {
    let first = Int(warmup.span.seconds.rounded(.up))
    let full = Int((timing.isGiven ? record.result.window : timing.duration.span).seconds)
    // The last second is as a rule a part of one: the answers that came behind the end.
    let rates = record.result.timeline.filter { $0.second >= first && $0.second < first + max(1, full) }
      .map { Double($0.offered) }
    let model = plan.service.model.mid
    return (
      LoadPrediction(of: model, replicas: timing.replicas, rates: rates),
      LoadPrediction.measured(record.result, model: model, replicas: timing.replicas)
    )
  }
}
