import Documents
import Glibc
import LoadTesting
import Quantities
import Reporting
import Terminal

struct LoadScenarioVerb: Verb {
  static let info = VerbInfo(
    "scenario", "what does a service make of sessions: log in, look, buy?",
    discussion: """
      Plays a scenario file: sessions arrive on a schedule, whatever the service does, and each goes through its steps: \
      requests with values of a data set or of earlier answers (a token by JSON pointer, header or pattern), cookies, \
      pauses, checks of status and body. Stages ramp, hold and fall in one run. Thresholds are of everything or of a \
      step, a kind of session, a status: 'login p99 < 1s'.

      A step counts from when it was due: the answer before it and the pause. A session whose step fails is over, unless \
      the step says 'if failed: go on'. --example prints a file to start from, --schema its JSON Schema for editors.
      """,
    examples: [
      Example("headroom load scenario --example > shop.yaml", "a file to start from"),
      Example("headroom load scenario shop.yaml", "play it against the service that it names"),
      Example("headroom load scenario shop.yaml http://localhost:9090 --scale 10%", "a tenth of it, elsewhere"),
      Example("headroom load scenario shop.yaml --expect 'login p99 < 1s' -o report.html", "for CI, as a page"),
    ], seeAlso: ["load", "load replay", "load history"], section: "Testing")

  let common: SharedOptions
  let file: String?
  let url: String?
  let scale: Double
  let headers: HeaderArguments
  let route: RouteArguments
  let speaksHTTP2: Bool
  let streams: Int?
  let safety: SafetyArguments
  let thresholds: ThresholdArguments
  let output: LoadOutputArguments
  let asksExample: Bool
  let asksSchema: Bool

  init(_ a: inout Arguments) throws(UsageError) {
    file = try a.positional("FILE", help: "the scenario", completion: .files(["yaml", "yml", "json"]))
    url = try a.positional("URL", help: "the service, where the file names none or another")
    let scaleText: String = try a.option(
      "scale", value: "SHARE", default: "100%", help: "of the file's sessions a second, as 10%")
    scale = (try? Fraction.parse(scaleText).rawValue) ?? Double(scaleText) ?? .nan
    headers = try HeaderArguments(&a, help: "add a header to every request")
    route = try RouteArguments(&a)
    speaksHTTP2 = a.flag(
      "http2", help: "HTTP/2, as the file's 'http2: true': agreed on in TLS, known beforehand without")
    streams = try a.option(
      "streams", value: "N", help: "requests at a time on each HTTP/2 connection, at most (default: the file's, or 10)")
    let hasStreams = (1...1_000_000).contains(streams ?? 1)
    a.check(hasStreams, "'--streams' is a whole number from 1 on. Write --streams 10.")
    safety = try SafetyArguments(&a)
    a.section("Result")
    thresholds = try ThresholdArguments(&a)
    output = try LoadOutputArguments(&a)
    asksExample = a.flag("example", help: "print a scenario to start from, and send nothing")
    asksSchema = a.flag("schema", help: "print the file's JSON Schema, and send nothing")
    let hasScale = scale > 0 && scale.isFinite
    a.check(hasScale, "'--scale \(scaleText)' is no share above 0. Write --scale 10%.")
    let hasWork = file != nil || asksExample || asksSchema
    a.check(hasWork, "No scenario is named. Write 'headroom load scenario shop.yaml', or --example for one.")
    common = try SharedOptions(&a, formats: LoadOutput.formats, seed: 1, now: true)
  }

  func run() throws -> ExitCode {
    let console = common.console
    if asksExample {
      console.write(Scenario.example)
      return .done
    }
    if asksSchema {
      console.write(
        Scenario.schema.jsonSchema(title: "headroom scenario", id: "https://headroom.dev/schema/scenario.json"))
      return .done
    }
    guard let file else { return .usage }
    var scenario = try Scenario.read(
      try Input.read(path: file), file: file == "-" ? "standard input" : file, sources: .files(beside: file))
    guard let address = url ?? scenario.service else {
      throw Failure(
        "'\(file)' names no service. Write 'service: http://localhost:8080' into it, or the address behind it.",
        exitCode: .badInput)
    }
    scenario.add(headers: try headers.lines())
    scenario.profile = scenario.profile.scaled(scale)
    scenario.expectations += thresholds.expectations
    scenario.speaksHTTP2 = scenario.speaksHTTP2 || speaksHTTP2
    scenario.streams = streams ?? scenario.streams
    let target = try LoadTarget(
      url: address, allowedHosts: safety.allowedHosts, socket: route.socket, verifies: !route.isInsecure,
      authorities: route.authorities, speaksHTTP2: scenario.speaksHTTP2, route: try route.route())
    let test = ScenarioTest(scenario, target: target, limits: safety.limits, seed: common.seed)
    Interruption.install()
    defer { Interruption.uninstall() }
    let view = LiveView(console, expected: scenario.profile.length)
    let started = Clock.now()
    let (result, sessions) = try test.run(
      isInterrupted: { Interruption.isRequested }, onSecond: { view.show($0) })
    let wasInterrupted = Interruption.isRequested
    view.end(wasInterrupted: wasInterrupted)
    let record = LoadRecord(
      url: Secret.masked(url: address), seed: common.seed, started: started, schedule: test.schedule, traits: [.data],
      expectations: scenario.expectations, result: result)
    let report = LoadReport(
      record, scenario: ScenarioFigures(name: scenario.name, sessions: sessions),
      provenance: LoadOutput.provenance(common))
    LoadOutput.write(report, common)
    if !wasInterrupted {
      try output.keep(
        report.json(), kind: LoadDocument.run.rawValue, otherwise: scenario.name, console: console)
    }
    console.warn(of: result.invalidities)
    if wasInterrupted { return .interrupted }
    if result.isUnreachable {
      console.error(nobodyAnswersAt: record.url)
      return .unavailable
    }
    return result.ending(isMet: report.isMet)
  }
}

extension ScenarioSources {
  /// Files beside a scenario's own, and the environment.
  static func files(beside file: String) -> ScenarioSources {
    let folder = file.contains("/") ? String(file[...(file.lastIndex(of: "/") ?? file.startIndex)]) : ""
    @Sendable func path(_ name: String) -> String { name.hasPrefix("/") ? name : folder + name }
    return ScenarioSources(
      rows: { try RequestData.rows(path: path($0)) }, text: { try Input.read(path: path($0)) },
      variable: { name in getenv(name).map { String(cString: $0) } })
  }
}
