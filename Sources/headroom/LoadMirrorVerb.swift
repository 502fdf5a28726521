import Documents
import LoadTesting
import Quantities
import Terminal

struct LoadMirrorVerb: Verb {
  static let info = VerbInfo(
    "mirror", "what would a second service make of the traffic that the first one has?",
    discussion: """
      Stands between clients and a service and passes every byte on unchanged. A share of the requests is sent to a \
      second service too, over connections of its own; its answers are read and thrown away, statuses and latencies \
      compared. Whatever the second service does, slow, stalled or dead, the first neither waits nor fails: what does \
      not fit into the bounded queue is dropped and counted.

      HTTP/1.1 is looked at; what is something else, or becomes so (an upgrade to WebSocket), passes on unseen and is not \
      copied. Requests keep their Host and their path. Copied requests may change something in the second service: \
      --safe copies only GET, HEAD, OPTIONS and TRACE. The report comes with Ctrl-C or after --duration.
      """,
    examples: [
      Example(
        "headroom load mirror --listen 127.0.0.1:8080 --to http://localhost:8081 --shadow http://localhost:8082",
        "every request"),
      Example(
        "headroom load mirror --listen 127.0.0.1:8080 --to http://localhost:8081 --shadow http://localhost:8082 "
          + "--share 10% --safe", "a tenth of those that only read"),
    ], seeAlso: ["load replay", "load"], section: "Testing")

  let common: SharedOptions
  let listen: AddressArgument
  let first: String
  let shadow: String
  let share: ShareArgument
  let onlySafe: Bool
  let duration: SpanArgument?
  let timeout: SpanArgument
  let connections: Int
  let queue: Int
  let queueBytes: SizeArgument
  let largest: SizeArgument
  let allowedHosts: [String]

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("Mirror")
    listen = try a.option("listen", value: "HOST:PORT", help: "where clients connect to; port 0 is any that is free")
    first = try a.option("to", value: "URL", help: "the service whose traffic it is")
    shadow = try a.option("shadow", value: "URL", help: "the service that gets the copies")
    share = try a.option("share", value: "SHARE", default: ShareArgument(1), help: "how much of the traffic is copied")
    onlySafe = a.flag("safe", help: "copy only requests that change nothing: GET, HEAD, OPTIONS, TRACE")
    duration = try a.option("duration", short: "d", value: "TIME", help: "end by itself after this time")
    timeout = try a.option(
      "timeout", value: "TIME", default: SpanArgument(.seconds(10)), help: "how long the shadow has to answer")
    a.section("Bounds")
    connections = try a.option("connections", short: "c", value: "N", default: 32, help: "the most to the shadow")
    queue = try a.option("queue", value: "N", default: 1000, help: "requests that may wait for the shadow")
    queueBytes = try a.option(
      "queue-bytes", value: "SIZE", default: SizeArgument(64 << 20), help: "memory for copies, all together")
    largest = try a.option(
      "max-copy", value: "SIZE", default: SizeArgument(1 << 20), help: "larger requests are not copied")
    a.section("Safety")
    allowedHosts = try a.options(
      "allow-host", value: "HOST", help: "a host besides this machine that may get the traffic or its copies")
    a.check(queue > 0, "'--queue' is a number above 0. Write --queue 1000.")
    a.check((1...1000).contains(connections), "'--connections' is a number from 1 to 1000. Write --connections 32.")
    common = try SharedOptions(&a, formats: [.text, .json], seed: 1)
  }

  func run() throws -> ExitCode {
    let console = common.console
    var settings = MirrorProxy.Settings(listenHost: listen.host, listenPort: listen.port, share: share.value)
    settings.onlySafe = onlySafe
    settings.seed = common.seed
    settings.shadowTimeout = timeout.span
    settings.shadowConnections = connections
    settings.queue = queue
    settings.queueBytes = queueBytes.bytes
    settings.largestRequest = largest.bytes
    settings.duration = duration?.span
    let proxy = try MirrorProxy(
      to: LoadTarget(url: first, allowedHosts: allowedHosts),
      shadow: LoadTarget(url: shadow, allowedHosts: allowedHosts),
      settings)
    console.note(
      "Listening on \(listen.host):\(proxy.port), passing on to \(first), copying \(share.argumentText) to \(shadow). "
        + "Ctrl-C ends it with a report.")
    Interruption.install()
    defer { Interruption.uninstall() }
    let result = try proxy.run(
      isInterrupted: { Interruption.isRequested },
      onSecond: { second in
        guard !console.isQuiet else { return }
        let line =
          "\(second.second) s: \(second.requests) requests, \(second.mirrored) copied, \(second.dropped) dropped, "
          + "\(second.connections) clients, \(second.waiting) waiting"
        if console.isWatched {
          console.messages.write("\r\u{1B}[K" + line)
        } else if second.second % 10 == 0 {
          console.messages.write(line + "\n")
        }
      })
    if console.isWatched, !console.isQuiet { console.messages.write("\r\u{1B}[K") }
    if common.format == .json {
      var json = JSONWriter(pretty: true)
      result.write(to: &json) { json in
        for (key, value) in [("to", first), ("shadow_url", shadow)] {
          json.key(key)
          json.string(value)
        }
        json.key("share")
        json.number(share.value)
        json.key("seed")
        json.integer(Int(truncatingIfNeeded: common.seed))
      }
      console.print(json.text)
    } else {
      write(result, to: console)
    }
    // Ctrl-C is how a mirror without a duration ends: that is no failure.
    return Interruption.isRequested && duration != nil ? .interrupted : .done
  }

  private func write(_ result: MirrorResult, to console: Console) {
    console.print(
      "\(first): \(NumberFormat.grouped(Double(result.requests))) requests of "
        + "\(NumberFormat.grouped(Double(result.connections))) connections in \(NumberFormat.duration(result.duration))"
    )
    var counts = TextTable([.init("requests"), .init("", .right)])
    func row(_ name: String, _ count: Int, always: Bool = false) {
      if always || count > 0 { counts.add([name, NumberFormat.grouped(Double(count))]) }
    }
    row("answered by the first", result.answered, always: true)
    row("unanswered", result.unanswered)
    row("clients refused, no connection to the first", result.refused)
    row("connections passed on unseen", result.opaqueConnections)
    row("copied to the second", result.mirrored, always: true)
    row("not copied: the second lagged", result.droppedBehind)
    row("not copied: too large", result.droppedTooLarge)
    row("not copied: may change something", result.droppedUnsafe)
    row("not copied: not whole", result.droppedIncomplete)
    row("still waiting at the end", result.waiting)
    row("answered by the second", result.shadowAnswered, always: true)
    for (name, count) in result.shadowErrors.named { row("the second failed: \(name)", count) }
    console.write(counts.text(width: console.width, style: console.style))
    console.print()
    var names: [TextTable.Column] = [.init("latency")]
    for name in ["mean", "P50", "P90", "P95", "P99", "P99.9", "max"] { names.append(.init(name, .right)) }
    var table = TextTable(names)
    func row(_ name: String, _ spectrum: LatencySpectrum) {
      guard spectrum.count > 0 else { return }
      table.add(
        [name, LoadText.time(spectrum.mean)]
          + LatencySpectrum.named.map { LoadText.time(spectrum.quantile($0.quantile)) } + [
            LoadText.time(spectrum.maximum)
          ]
      )
    }
    row("first, all", result.latency)
    row("first, compared", result.firstLatency)
    row("second, compared", result.shadowLatency)
    console.write(table.text(width: console.width, style: console.style))
    guard result.compared > 0 else { return }
    let verdict = result.isSame ? console.style(.good, "the same") : console.style(.bad, "not the same")
    console.print("The second answered \(verdict): \(NumberFormat.grouped(Double(result.compared))) compared")
    if result.otherStatus > 0 { console.print("  another status: \(result.otherStatus)") }
    for (pair, count) in result.statusPairs.sorted(by: { $0.value > $1.value }).prefix(10) {
      console.print("    \(pair.first) became \(pair.second): \(count)")
    }
    if result.onlyFirst > 0 { console.print("  answered by the first only: \(result.onlyFirst)") }
    if result.onlyShadow > 0 { console.print("  answered by the second only: \(result.onlyShadow)") }
    console.print(
      "  slower by, request by request: P50 \(LoadText.time(result.slowerP50)), P95 "
        + "\(LoadText.time(result.slowerP95)), P99 \(LoadText.time(result.slowerP99))")
  }
}
