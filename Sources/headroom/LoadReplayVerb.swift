import Documents
import LoadTesting
import Quantities
import Reporting
import Synchronization
import Terminal

struct LoadReplayVerb: Verb {
  static let info = VerbInfo(
    "replay", "what does a service make of recorded requests, at their own spacing?",
    discussion: """
      Reads an access log and sends its requests at the recorded times, or faster: nginx, Apache and Traefik (combined), \
      Application and Classic Load Balancers, Envoy, HAProxy, JSON lines (one's own with time, method and path; nginx, \
      Envoy, Caddy, Traefik, Google Cloud), or a GoReplay file. The spacing is kept whatever the service does. Where a \
      line is written at the end of its request and says how long that took, it is sent so much earlier; where a log \
      tells whole seconds only, the requests of one second are spread over it evenly. Content is sent as it was meant: \
      recorded chunks, lengths and connection headers are not repeated.

      Only GET, HEAD and OPTIONS are sent unless --all-methods allows the others. With --shadow a second service gets \
      the same requests at the same times, and the answers are compared.
      """,
    examples: [
      Example("headroom load replay http://localhost:8080 --log access.log", "as it was"),
      Example("headroom load replay http://localhost:8080 --log access.log --speed 10", "ten times as fast"),
      Example(
        "headroom load replay http://localhost:8080 --log access.log --shadow http://localhost:8081 --bodies",
        "does the new version answer the same?"),
    ], seeAlso: ["load", "analyze"], section: "Testing")

  let common: SharedOptions
  let target: TargetArguments
  let log: String
  let speed: Double
  let shadow: String?
  let comparesBodies: Bool
  let sendsAll: Bool
  let pace: ConnectionArguments
  let thresholds: ThresholdArguments
  let output: LoadOutputArguments

  init(_ a: inout Arguments) throws(UsageError) {
    target = try TargetArguments(&a)
    a.section("Replay")
    log = try a.option("log", value: "FILE", help: "the recorded requests; .gz too", completion: .files([]))
    speed = try a.option("speed", value: "FACTOR", default: 1, help: "2 plays twice as fast")
    shadow = try a.option("shadow", value: "URL", help: "a second service that gets the same and is compared")
    comparesBodies = a.flag("bodies", help: "with --shadow: compare the content of answers too")
    sendsAll = a.flag("all-methods", help: "send POST, PUT, DELETE and the like too")
    pace = try ConnectionArguments(&a)
    a.section("Result")
    thresholds = try ThresholdArguments(&a)
    output = try LoadOutputArguments(&a)
    a.check(speed > 0 && speed.isFinite, "'--speed' is a factor above 0. Write --speed 2.")
    a.check(shadow != nil || !comparesBodies, "'--bodies' compares with '--shadow'. Add --shadow URL.")
    common = try SharedOptions(&a, formats: LoadOutput.formats)
  }

  func run() throws -> ExitCode {
    let console = common.console
    let recording = try RequestRecording(try Input.read(path: log, limit: 2 << 30), file: log)
    if let odd = recording.odd {
      let what = recording.format == .goreplay ? "payload" : "line"
      console.warn(
        "\(recording.skipped) \(what)\(recording.skipped == 1 ? " is" : "s are") no request as \(recording.format.rawValue) "
          + "has it, the first \(log):\(odd.line): '\(odd.text)'.")
    }
    let safe: Set<String> = ["GET", "HEAD", "OPTIONS"]
    let kept = sendsAll ? recording.requests : recording.requests.filter { safe.contains($0.method) }
    if kept.count < recording.requests.count {
      console.warn(
        "\(recording.requests.count - kept.count) requests may change something and are left out. Send them with "
          + "--all-methods.")
    }
    guard !kept.isEmpty else {
      throw Failure("No request is left to send. Allow POST and the like with --all-methods.", exitCode: .badInput)
    }
    let schedule = ArrivalSchedule(timestamps: kept.map(\.time), speed: speed)
    var settings = LoadSettings(
      .open(schedule), connections: pace.connections, timeout: pace.timeout, limits: target.limits)
    settings.keepsOutcomes = true
    settings.streamsPerConnection = target.language.streams
    let first = try set(target.target(), kept)
    Interruption.install()
    defer { Interruption.uninstall() }
    var results: [LoadResult] = []
    let started = Clock.now()
    if let shadow {
      let allowed = target.allowedHosts
      let second = try set(
        LoadTarget(
          url: shadow, headers: try target.headers(), allowedHosts: allowed, verifies: !target.route.isInsecure,
          authorities: target.route.authorities, speaksHTTP2: target.language.speaksHTTP2), kept)
      let settings = settings
      let failure = Mutex<LoadTestingError?>(nil)
      // Two threads whatever the number of cores: the two tests have to run at the same time.
      let both = ParallelMap.map(2, threads: 2) { i -> LoadResult? in
        do throws(LoadTestingError) {
          return try LoadTest(i == 0 ? first : second, settings).run(isInterrupted: { Interruption.isRequested })
        } catch {
          failure.withLock { $0 = $0 ?? error }
          return nil
        }
      }
      if let error = failure.withLock({ $0 }) { throw error }
      results = both.compactMap { $0 }
    } else {
      let view = LiveView(console, expected: settings.duration)
      results = [
        try LoadTest(first, settings).run(
          isInterrupted: { Interruption.isRequested }, onSecond: { view.show($0) })
      ]
      view.end(wasInterrupted: Interruption.isRequested)
    }
    let record = LoadRecord(
      url: target.url, started: started, schedule: schedule, traits: [.data, .traffic],
      expectations: thresholds.expectations, result: results[0])
    return try write(record, results, kept, recording)
  }

  /// The target with the recorded requests, in their order.
  private func set(_ target: LoadTarget, _ requests: [RecordedRequest]) throws -> LoadTarget {
    var target = target
    let made = try requests.map { request in
      do throws(LoadTestingError) {
        return try target.request(
          method: request.method, path: request.path, headers: request.headers, body: request.body)
      } catch {
        throw Failure("\(log):\(request.line): \(error.problem). To do: \(error.remedy).", exitCode: .badInput)
      }
    }
    target.requests = RequestSet(
      [RequestSet.Class(name: "all", requests: made)],
      order: .listed(classes: [UInt16](repeating: 0, count: made.count)))
    return target
  }

  private func write(
    _ record: LoadRecord, _ results: [LoadResult], _ requests: [RecordedRequest], _ recording: RequestRecording
  ) throws -> ExitCode {
    let console = common.console
    let result = record.result
    let asRecorded = zip(result.outcomes, requests).reduce(into: (same: 0, other: 0)) { count, pair in
      guard let status = pair.1.status, pair.0.ending == .answered else { return }
      if status == pair.0.status { count.same += 1 } else { count.other += 1 }
    }
    let comparison =
      results.count > 1
      ? ShadowComparison(result.outcomes, results[1].outcomes, comparesBodies: comparesBodies) : nil
    let figures = ReplayFigures(
      log: log, format: recording.format.rawValue, speed: speed, asRecorded: asRecorded)
    let report = LoadReport(record, provenance: LoadOutput.provenance(common))
    let json = report.json { json in
      figures.write(to: &json)
      if let comparison, let shadow {
        json.key("shadow")
        comparison.write(to: &json, url: Secret.masked(url: shadow), result: results[1])
      }
    }
    LoadOutput.write(report, json: json, common)
    if LoadOutput.format(common) == .text {
      console.write(figures.terminal)
      if let comparison, let shadow {
        console.print()
        console.write(results[1].terminal(url: Secret.masked(url: shadow), width: console.width, style: console.style))
        console.write(comparison.terminal(style: console.style))
      }
    }
    console.warn(of: results.flatMap(\.invalidities))
    if Interruption.isRequested { return .interrupted }
    try output.keep(json, kind: LoadDocument.run.rawValue, otherwise: target.url, console: console)
    if result.isUnreachable {
      console.error(nobodyAnswersAt: target.url)
      return .unavailable
    }
    if let spoiled = results.first(where: { !$0.isValid }) { return spoiled.ending(isMet: false) }
    return result.ending(isMet: record.isMet)
  }
}
