import Documents
import LoadTesting
import Quantities
import Terminal

struct LoadChaosVerb: Verb {
  static let info = VerbInfo(
    "chaos", "what do users see when the network or a process fails, and how long until they see nothing of it?",
    discussion: """
      A TCP proxy before a service makes the network as bad as told: latency and jitter (added to what the service \
      sends), bandwidth (of each connection, in each direction), reset, half-open (bytes vanish and nobody answers), \
      slow-close. Options hold all the time, --at for a while, --faults reads a schedule. --signal stops (STOP), \
      continues (CONT), ends (TERM) or kills (KILL) a process that you name, and only such.

      With --load the service is loaded through the proxy on the same clock, in an open loop. The report says, for each \
      fault, the availability while it lasted and the recovery time: from its end until the latency and the errors were \
      back within what was usual before the first fault.
      """,
    examples: [
      Example(
        "headroom load chaos --listen 127.0.0.1:9000 --to localhost:8080 --latency 100ms --jitter 20ms",
        "a slow network"),
      Example(
        "headroom load chaos --to localhost:8080 --load http://localhost:8080/ --rate 200/s --duration 40s "
          + "--at '10s..15s half-open' --at '25s..30s latency=200ms,reset=10%'", "load and faults together"),
      Example(
        "headroom load chaos --to localhost:8080 --load http://localhost:8080/ --duration 20s --signal 1234:STOP@8s "
          + "--signal 1234:CONT@10s", "a service that hangs for two seconds"),
    ], seeAlso: ["load", "load mirror"], section: "Testing")

  let common: SharedOptions
  let listen: AddressArgument?
  let service: AddressArgument
  let duration: SpanArgument?
  let always: [(word: String, value: String?)]
  let at: [String]
  let signals: [String]
  let file: String?
  let load: String?
  let rate: RateArgument
  let arrivals: ArrivalsArgument
  let warmup: SpanArgument
  let connections: Int
  let timeout: SpanArgument
  let headers: [String]
  let body: String?
  let closesConnections: Bool
  let expectations: [ExpectationArgument]
  let allowedHosts: [String]
  let limits: LoadLimits

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("Proxy")
    listen = try a.option("listen", value: "HOST:PORT", help: "where clients connect to (with --load: any free port)")
    service = try a.option("to", value: "HOST:PORT", help: "the service")
    duration = try a.option("duration", short: "d", value: "TIME", help: "end by itself after this time")
    a.section("Faults")
    var always: [(word: String, value: String?)] = []
    for (word, value, help) in [
      ("latency", "TIME", "added to what the service sends"),
      ("jitter", "TIME", "latency varies by plus or minus so much"),
      ("bandwidth", "SIZE/s", "of each connection, in each direction"),
      ("reset", "SHARE", "of new connections that are reset, as 10%"),
      ("slow-close", "TIME", "ends of connections are passed on so much later"),
    ] {
      let text: String? = try a.option(word, value: value, help: help)
      if let text { always.append((word, text)) }
    }
    if a.flag("half-open", help: "connections swallow everything and stay silent") { always.append(("half-open", nil)) }
    self.always = always
    at = try a.options(
      "at", value: "'FROM..TO FAULT,...'", help: "for a while: '10s..20s latency=100ms,jitter=20ms'")
    signals = try a.options("signal", value: "PID:SIGNAL@TIME", help: "STOP, CONT, TERM or KILL: 1234:STOP@3s")
    file = try a.option(
      "faults", value: "FILE", help: "a schedule in YAML", completion: .files(["yaml", "yml"]))
    a.section("Load")
    load = try a.option("load", value: "URL", help: "load this service through the proxy and report recovery")
    rate = try a.option(
      "rate", short: "r", value: "RATE", default: RateArgument(.perSecond(100)), help: "requests a second")
    arrivals = try a.option(
      "arrivals", value: "HOW", default: ArrivalsArgument.constant, help: "how requests are spaced")
    warmup = try a.option(
      "warmup", value: "TIME", default: SpanArgument(.seconds(1)), help: "the beginning that is not usual yet")
    connections = try a.option("connections", short: "c", value: "N", default: 1000, help: "the most connections")
    timeout = try a.option(
      "timeout", value: "TIME", default: SpanArgument(.seconds(5)), help: "how long the service has to answer")
    headers = try a.options("header", short: "H", value: "'NAME: VALUE'", help: "add a header")
    body = try a.option("body", value: "TEXT", help: "the body, or @FILE to read it from a file")
    closesConnections = a.flag("no-keep-alive", help: "a connection for each request")
    expectations = try a.options(
      "expect", value: "'FIGURE < LIMIT'", help: "exit with 2 where the load's figures are not so")
    a.section("Safety")
    allowedHosts = try a.options("allow-host", value: "HOST", help: "a host besides this machine that may be loaded")
    let maxRate = try a.option(
      "max-rate", value: "RATE", default: RateArgument(LoadLimits().rate), help: "refuse to ask for more than this")
    let maxDuration = try a.option(
      "max-duration", value: "TIME", default: SpanArgument(LoadLimits().duration), help: "refuse to run for longer")
    limits = LoadLimits(rate: maxRate.rate, duration: maxDuration.span)
    let needsListen = listen != nil || load != nil
    a.check(needsListen, "There is nobody to connect. Write --listen 127.0.0.1:9000, or --load URL.")
    common = try SharedOptions(&a, formats: [.text, .json], seed: 1)
  }

  private func schedule() throws -> FaultSchedule {
    var faults: [Fault] = []
    var problems: [String] = []
    func take(_ read: () throws(LoadTestingError) -> Fault) {
      do throws(LoadTestingError) { faults.append(try read()) } catch { problems.append("\(error).") }
    }
    if !always.isEmpty {
      let text = always.map { word, value in value.map { "\(word)=\($0)" } ?? word }.joined(separator: ",")
      take { () throws(LoadTestingError) in Fault(start: .zero, end: nil, .toxics(try Toxics(text))) }
    }
    for text in at { take { () throws(LoadTestingError) in try Fault(at: text) } }
    for text in signals { take { () throws(LoadTestingError) in try Fault(signal: text) } }
    if !problems.isEmpty { throw Failure(problems, exitCode: .usage) }
    if let file { faults += try FaultSchedule(yaml: try Input.read(path: file), file: file).faults }
    return FaultSchedule(faults)
  }

  func run() throws -> ExitCode {
    let schedule = try schedule()
    let console = common.console
    var settings = ChaosProxy.Settings(
      listenHost: listen?.host ?? "127.0.0.1", listenPort: listen?.port ?? 0, schedule)
    settings.seed = common.seed
    if load != nil { return try runLoaded(settings) }
    settings.duration = duration?.span
    let target = try LoadTarget(url: "http://\(service.host):\(service.port)", allowedHosts: allowedHosts)
    let proxy = try ChaosProxy(to: target, settings)
    console.note(
      "Listening on \(settings.listenHost):\(proxy.port), passing on to \(service.argumentText). Ctrl-C ends it with a "
        + "report.")
    Interruption.install()
    defer { Interruption.uninstall() }
    let result = try proxy.run(
      isInterrupted: { Interruption.isRequested }, onFault: { console.note("\($0)") })
    if common.format == .json {
      var json = JSONWriter(pretty: true)
      result.write(to: &json) { head(&$0) }
      console.print(json.text)
    } else {
      write(result)
    }
    return Interruption.isRequested && duration != nil ? .interrupted : .done
  }

  private func head(_ json: inout JSONWriter) {
    json.key("to")
    json.string(service.argumentText)
    json.key("seed")
    json.integer(Int(truncatingIfNeeded: common.seed))
    if let load {
      json.key("url")
      json.string(load)
    }
  }

  private func runLoaded(_ proxy: ChaosProxy.Settings) throws -> ExitCode {
    let console = common.console
    let bytes = try body.map { $0.hasPrefix("@") ? try Input.read(path: String($0.dropFirst())) : Array($0.utf8) } ?? []
    // The connection goes to the service that the proxy stands before; the URL's host is only its name.
    let target = try LoadTarget(
      url: load ?? "", method: body == nil ? "GET" : "POST", headers: headers, body: bytes, allowedHosts: allowedHosts,
      keepsAlive: !closesConnections)
    let place = try LoadTarget(url: "http://\(service.host):\(service.port)", allowedHosts: allowedHosts)
    let arrivals = ArrivalSchedule(
      .constant(rate.rate, for: duration?.span ?? .seconds(30)), spacing: arrivals.spacing, seed: common.seed)
    let settings = LoadSettings(
      .open(arrivals), connections: connections, timeout: timeout.span, warmup: warmup.span, limits: limits)
    Interruption.install()
    defer { Interruption.uninstall() }
    let view = LiveView(console, expected: settings.duration)
    let result = try ChaosTest(target, at: place, settings, proxy).run(
      isInterrupted: { Interruption.isRequested }, onSecond: { view.show($0) },
      onFault: { console.note("\($0)") })
    view.end(wasInterrupted: Interruption.isRequested)
    let expected = expectations.map(\.expectation)
    if common.format == .json {
      var json = JSONWriter(pretty: true)
      result.chaos.write(to: &json, load: result.load, recovery: result.recovery, expectations: expected) { head(&$0) }
      console.print(json.text)
    } else {
      LoadText.write(result.load, url: load ?? "", expectations: expected, to: console)
      console.print()
      write(result.recovery)
      console.print()
      write(result.chaos)
    }
    for invalidity in result.load.invalidities where invalidity.kind != .interrupted {
      console.warn("INVALID: \(invalidity.problem). To do: \(invalidity.remedy).")
    }
    if Interruption.isRequested { return .interrupted }
    return expected.allSatisfy { $0.isMet(by: result.load) } ? .done : .objectiveMissed
  }

  private func write(_ result: ChaosResult) {
    let console = common.console
    console.print(
      "\(NumberFormat.grouped(Double(result.connections))) connections in \(NumberFormat.duration(result.duration)): "
        + "\(result.resets) reset, \(result.swallowed) left half-open, \(result.refused) not taken by the service")
    console.print(
      "\(Bytes(rawValue: Double(result.bytesToService))) to the service, "
        + "\(Bytes(rawValue: Double(result.bytesToClients))) back, "
        + "\(Bytes(rawValue: Double(result.bytesSwallowed))) swallowed")
    for entry in result.entries where !entry.hasHappened { console.warn("this did not happen: \(entry.fault).") }
    for pid in result.resumed { console.warn("process \(pid) was still stopped, and was continued at the end.") }
  }

  private func write(_ recovery: FaultRecovery) {
    let console = common.console
    guard !recovery.effects.isEmpty else { return }
    if let band = recovery.band {
      console.print(
        "Usual before the first fault: P95 \(LoadText.time(band.latency)), at most "
          + "\(LoadText.time(band.latencyLimit)); \(percent(band.errors)) failed")
    }
    var table = TextTable([
      .init("fault", isFlexible: true), .init("requests", .right), .init("available", .right), .init("P50", .right),
      .init("P99", .right), .init("recovered after"),
    ])
    for effect in recovery.effects {
      let after = effect.recovery.map { NumberFormat.duration(.seconds($0)) } ?? "no: \(effect.reason ?? "unknown")"
      table.add([
        effect.window.what, NumberFormat.grouped(Double(effect.offered)), effect.availability.map(percent) ?? "-",
        LoadText.time(effect.p50), LoadText.time(effect.p99), after,
      ])
    }
    console.write(table.text(width: console.width, style: console.style))
  }

  private func percent(_ share: Double) -> String { NumberFormat.fixed(share * 100, decimals: 2) + " %" }
}
